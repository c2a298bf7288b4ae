"""Write a merchant's rules."""

import re
from typing import Any

from django.db import transaction

from audit.services.record import record
from audit.tags import Tag
from merchants.models import Merchant
from merchants.states import Environment
from mypay.kit.errors import ApiError, NotFound
from sandbox.models import Rule
from sandbox.states import Flow, Outcome

MAX_REASON = 200
MAX_DELAY_MS = 2_000_000_000
CODE = re.compile(r"[A-Z][A-Z0-9_]{0,23}", re.ASCII)


def require_sandbox(merchant: Merchant) -> None:
    """The controls work on sandbox merchants only; raises 403 SANDBOX_ONLY otherwise."""
    if merchant.environment != Environment.SANDBOX:
        raise ApiError("Only sandbox merchants have these controls", code="SANDBOX_ONLY", status=403)


def add_rule(
    *,
    merchant: Merchant,
    flow: Flow,
    outcome: Outcome,
    match: dict[str, Any],
    reason: str = "",
    delay_ms: int | None = None,
    priority: int = 100,
    uses: int | None = None,
    code: str = "",
    challenge: str = "",
) -> Rule:
    """A rule for the merchant's coming requests; `uses=1` queues a one-shot."""
    require_sandbox(merchant)
    with transaction.atomic():
        rule = Rule.objects.create(
            merchant=merchant, flow=flow, outcome=outcome, match=match, reason=reason, code=code,
            challenge=challenge, delay_ms=delay_ms, priority=priority, uses_left=uses,
        )  # fmt: skip
        Merchant.objects.filter(pk=merchant.pk).update(has_scenarios=True)
        record(
            tag=Tag.RULE_CREATED, resource_id=rule.pk, merchant_id=merchant.pk, details={"flow": flow, "outcome": outcome, "match": match}
        )
    return rule


def change_rule(*, merchant: Merchant, rule_id: int, outcome: Outcome, match: dict[str, Any], **terms: Any) -> Rule:
    """The rule with everything but its flow said anew; `terms` as of `add_rule`. Raises NotFound for an unknown or foreign one."""
    require_sandbox(merchant)
    with transaction.atomic():
        rule = Rule.objects.select_for_update().filter(merchant=merchant, pk=rule_id).first()
        if rule is None:
            raise NotFound("Rule not found")
        rule.outcome, rule.match, rule.uses_left = outcome, match, terms.pop("uses", None)
        for name, value in terms.items():
            setattr(rule, name, value)
        rule.save()
        details = {"flow": rule.flow, "outcome": outcome, "match": match}
        record(tag=Tag.RULE_CHANGED, resource_id=rule.pk, merchant_id=merchant.pk, details=details)
    return rule


def remove_rules(*, merchant: Merchant, rule_id: int | None = None) -> int:
    """Delete one rule, or all; raises NotFound for an unknown or foreign one."""
    require_sandbox(merchant)
    rules = Rule.objects.filter(merchant=merchant)
    with transaction.atomic():
        gone = rules if rule_id is None else rules.filter(pk=rule_id)
        count, _ = gone.delete()
        if rule_id is not None and count == 0:
            raise NotFound("Rule not found")
        Merchant.objects.filter(pk=merchant.pk).update(has_scenarios=rules.exists())
        record(tag=Tag.RULE_DELETED, resource_id=rule_id or "all", merchant_id=merchant.pk, details={"count": count})
    return count
