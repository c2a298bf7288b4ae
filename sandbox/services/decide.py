"""Decide an outcome: request header, queued one-shot, own rules, vendors' test values, built-in table, success."""

from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import F

from merchants.models import Merchant
from merchants.states import Environment
from mypay.kit.errors import ValidationError
from sandbox import builtin
from sandbox.matching import Facts, matches
from sandbox.models import Rule
from sandbox.states import OUTCOMES, Challenge, DecidedBy, Flow, Outcome

HEADER = "X-Mock-Scenario"


@dataclass(frozen=True, slots=True)
class Decision:
    """What will happen, and why; `delay_ms` None means the flow's usual time.

    `code` is the status code a failed payment then has instead of the outcome's own; `challenge`
    what its payer is asked for first, empty for the flow's own way.
    """

    outcome: Outcome
    decided_by: DecidedBy
    reason: str = ""
    delay_ms: int | None = None
    code: str = ""
    challenge: str = ""

    def after_ms(self, usual: int) -> int:
        """How long what is decided takes: as asked, else the usual time."""
        return usual if self.delay_ms is None else self.delay_ms

    def to_json(self) -> dict[str, Any]:
        """The decision as kept on the row it is for."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Decision":
        return cls(**{**kept, "outcome": Outcome(kept["outcome"]), "decided_by": DecidedBy(kept["decided_by"])})


def scripted(*, merchant: Merchant, flow: Flow, facts: Facts, header: str = "") -> Decision | None:
    """What the merchant itself asked for by header, one-shot or rule; None if nothing.

    A one-shot that matches is used up, in the caller's transaction. Raises ValidationError when the
    header names no outcome of the flow.
    """
    return by_header(merchant=merchant, flow=flow, header=header) or by_rules(merchant=merchant, flow=flow, facts=facts)


def by_header(*, merchant: Merchant, flow: Flow, header: str) -> Decision | None:
    """What the request's header pins; raises ValidationError when it names no outcome of the flow."""
    if not header or merchant.environment != Environment.SANDBOX:
        return None
    name, _, challenge = header.partition(";")
    if challenge and flow != Flow.PAYMENT:
        raise ValidationError(f"{HEADER}: only payments have a challenge", field=HEADER)
    return Decision(_named(name, flow), DecidedBy.HEADER, challenge=_challenge(challenge))


def by_rules(*, merchant: Merchant, flow: Flow, facts: Facts) -> Decision | None:
    """What the merchant's one-shots and rules say; a one-shot is used up in the caller's transaction."""
    if merchant.environment != Environment.SANDBOX or not merchant.has_scenarios:
        return None
    rules = Rule.objects.filter(merchant=merchant, flow=flow)
    # One-shots before standing rules, each kind by priority and age; few rows, so sorted here.
    for rule in sorted(rules, key=lambda rule: rule.uses_left is None):
        if matches(rule.match, facts) and _use(rule):
            decided_by = DecidedBy.RULE if rule.uses_left is None else DecidedBy.ONE_SHOT
            return Decision(Outcome(rule.outcome), decided_by, rule.reason, rule.delay_ms, rule.code, rule.challenge)
    return None


def _challenge(text: str) -> str:
    """`challenge=otp`, as it stands after the outcome in the header."""
    if not text:
        return ""
    name, _, value = text.strip().lower().partition("=")
    if name.strip() != "challenge" or value.strip() not in Challenge.values:
        raise ValidationError(f"{HEADER}: after the outcome may stand challenge= and one of {', '.join(Challenge.values)}", field=HEADER)
    return value.strip()


def _named(header: str, flow: Flow) -> Outcome:
    name = header.strip().lower().replace("-", "_")
    if name not in OUTCOMES[flow]:
        raise ValidationError(f"{HEADER} must be one of {', '.join(OUTCOMES[flow])}", field=HEADER)
    return Outcome(name)


def _use(rule: Rule) -> bool:
    """Take one use; False when another request took the last."""
    if rule.uses_left is None:
        return True
    left = Rule.objects.filter(pk=rule.pk, uses_left__gt=0)
    return left.update(uses_left=F("uses_left") - 1) == 1


def from_table(flow: Flow, facts: Facts) -> Decision:
    """What a vendor's test value or the built-in table says, else success."""
    magic = builtin.published(facts.number) if flow == Flow.PAYMENT else None
    if magic is not None:
        return Decision(magic.outcome, DecidedBy.VENDOR, code=magic.code, challenge=magic.challenge)
    for match, outcome in builtin.table(flow):
        if matches(match, facts):
            return Decision(outcome, DecidedBy.TABLE, challenge=str(builtin.CHALLENGES.get(facts.number, "")))
    return Decision(Outcome.SUCCESS, DecidedBy.DEFAULT)


def by_number(facts: Facts) -> Outcome | None:
    """What the account number alone decides; None when it is no magic one (verify-account)."""
    return next((outcome for match, outcome in builtin.by_number() if matches(match, facts)), None)
