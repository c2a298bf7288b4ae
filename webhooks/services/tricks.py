"""Write a merchant's tricks, and play them on deliveries as these are made."""

import json
from collections.abc import Iterable, Sequence

from django.db import transaction

from audit.services.record import record
from audit.tags import Tag
from merchants.models import Merchant
from merchants.states import Environment
from mypay.kit import clock, plain
from mypay.kit.errors import NotFound
from sandbox.services.rules import require_sandbox
from webhooks.models import Event, TrickRule
from webhooks.states import Trick
from webhooks.tricks import DELAY_SECONDS, Facts, matches


def add_trick(
    *, merchant: Merchant, trick: Trick, match: dict[str, str], delay_seconds: int = DELAY_SECONDS, uses: int | None = None
) -> TrickRule:
    """A trick for the merchant's coming deliveries; `uses=1` is played once."""
    require_sandbox(merchant)
    with transaction.atomic():
        rule = TrickRule.objects.create(
            merchant=merchant, trick=trick, match=match, delay_seconds=delay_seconds, uses_left=uses, created_at=clock.now(merchant)
        )
        record(tag=Tag.TRICK_CREATED, resource_id=rule.pk, merchant_id=merchant.pk, details={"trick": trick, "match": match})
    return rule


def remove_tricks(*, merchant: Merchant, rule_id: int | None = None) -> int:
    """Delete one trick, or all; raises NotFound for an unknown or foreign one."""
    require_sandbox(merchant)
    own = TrickRule.objects.filter(merchant=merchant)
    with transaction.atomic():
        count, _ = (own if rule_id is None else own.filter(pk=rule_id)).delete()
        if rule_id is not None and count == 0:
            raise NotFound("Trick not found")
        record(tag=Tag.TRICK_DELETED, resource_id=rule_id or "all", merchant_id=merchant.pk, details={"count": count})
    return count


class Deck:
    """The tricks of some merchants, to be asked for each delivery; those with uses come before standing ones."""

    def __init__(self, rules: Iterable[TrickRule] = ()) -> None:
        self._rules = sorted(rules, key=lambda rule: (rule.uses_left is None, rule.pk))
        self._used: dict[int, TrickRule] = {}

    def play(self, event: Event, target: str) -> TrickRule | None:
        """The rule that makes the event's delivery to that target go wrong, its use spent; None for an honest delivery."""
        own = [rule for rule in self._rules if rule.merchant_id == event.merchant_id and rule.uses_left != 0]
        facts = _facts(event, target) if own else None
        for rule in own:
            if facts and matches(rule.match, facts):
                if rule.uses_left is not None:
                    rule.uses_left -= 1
                    self._used[rule.pk] = rule
                return rule
        return None

    def save(self) -> None:
        """Write the uses that are left."""
        for rule in self._used.values():
            rule.save(update_fields=["uses_left"])


def _facts(event: Event, target: str) -> Facts:
    data = json.loads(event.data)
    reference = data.get("reference") or data.get("merchantReference") or ""
    return Facts(event.type, target, str(event.subject_id), str(reference))


def playable(merchant_ids: Sequence[int]) -> plain.Read:
    """Whether any of these merchants has a trick left: a row of it."""
    left = f"WHERE {plain.among('merchant_id', merchant_ids)} AND (uses_left IS NULL OR uses_left <> 0) LIMIT 1"
    return plain.Read(TrickRule, left, merchant_ids, ("id",))


def deck(merchants: Iterable[Merchant]) -> Deck:
    """The tricks of these merchants' sandboxes, locked until the transaction ends."""
    sandboxes = [merchant.pk for merchant in merchants if merchant.environment == Environment.SANDBOX]
    return Deck(TrickRule.objects.filter(merchant__in=sandboxes).exclude(uses_left=0).select_for_update())
