"""Scenarios in plain words: what becomes of a payment or payout, step by step, and the built-in values that decide it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mypay.settings import environment
from payments.scenarios import spaced
from payments.services import plan as payment_plan
from payments.services.challenge import RIGHT_OTP, RIGHT_PIN
from payments.states import CaptureMode, PaymentStatus, RefundStatus
from payouts.services import plan as payout_plan
from payouts.states import PayoutStatus
from sandbox import builtin
from sandbox.models import Rule
from sandbox.services.decide import Decision
from sandbox.states import OUTCOMES, Challenge, DecidedBy, Flow, Outcome

_SECOND, _MINUTE, _HOUR, _DAY = 1000, 60_000, 3_600_000, 86_400_000
_UNITS = ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min"), (_SECOND, "s"))
_MATCHES = {
    "amount": "amount is {}",
    "minAmount": "amount from {}",
    "maxAmount": "amount up to {}",
    "number": "number is {}",
    "numberEndsWith": "number ends in {}",
    "method": "method is {}",
    "type": "event is {}",
    "endpointId": "endpoint is {}",
    "subjectId": "object is {}",
    "reference": "reference is {}",
    "path": "path begins with {}",
    "route": "route is {}",
}
_DISPUTE_STEPS = {Outcome.WON: "The amount comes back to you", Outcome.LOST: "The payer keeps the amount"}
_ASKED = {
    Challenge.OTP: f"a one-time password: {RIGHT_OTP}",
    Challenge.MPIN: f"the wallet’s MPIN: {RIGHT_PIN}",
    Challenge.PHONE: f"an answer on the phone, with the PIN {RIGHT_PIN}",
    Challenge.THREE_DS: "3-D Secure",
}


@dataclass(frozen=True, slots=True)
class Step:
    """A status, and how long after the one before it comes; empty for at once."""

    label: str
    after: str = ""


@dataclass(frozen=True, slots=True)
class Magic:
    """A built-in value and what it decides."""

    value: str
    outcome: Outcome
    also: list[str] = field(default_factory=list)
    note: str = ""
    steps: list[Step] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class MagicGroup:
    """Built-in values of one kind, with a word on how to use them."""

    title: str
    note: str
    rows: list[Magic]


@dataclass(frozen=True, slots=True)
class Scripted:
    """A merchant's rule as the table shows it."""

    rule: Rule
    conditions: list[str]
    steps: list[Step]


def duration(milliseconds: int) -> str:
    """`1 min 30 s`; empty for none."""
    rest, told = milliseconds, []
    for size, unit in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            told.append(f"{count} {unit}")
    return " ".join([*told[:2], *([f"{rest} ms"] if rest and not told else [])])


def conditions(match: Mapping[str, Any]) -> list[str]:
    """What a rule, fault or trick matches, each condition in words."""
    told = []
    for name, value in match.items():
        if name == "metadata":
            told += [f"metadata {key} is {wanted}" for key, wanted in value.items()]
        elif name == "method" and str(value).isupper():
            told.append(f"{value} requests" if value not in ("BANK", "WALLET") else f"to a {value.lower()}")
        else:
            told.append(_MATCHES.get(name, f"{name} is {{}}").format(value))
    return told


def steps(flow: str, outcome: str, delay_ms: int | None = None, code: str = "") -> list[Step]:
    """The statuses that the outcome leads through, in order."""
    decision = Decision(Outcome(outcome), DecidedBy.RULE, delay_ms=delay_ms, code=code)
    match flow:
        case Flow.PAYOUT:
            planned = [(str(PayoutStatus(step.status).label), step.after_ms) for step in payout_plan.plan(decision)]
            (first, _), *rest = planned
            return _timed([("Pending", 0), (first, environment.PAYOUT_FIRST_DELAY_MS), *rest])
        case Flow.PAYMENT:
            return _timed((_payment_step(step), step.after_ms) for step in payment_plan.plan(decision, CaptureMode.AUTOMATIC))
        case Flow.REFUND:
            return _timed(_refund_steps(decision))
        case _:
            return [Step(_DISPUTE_STEPS[decision.outcome])]


def _timed(planned: Iterable[tuple[str, int]]) -> list[Step]:
    return [Step(label, duration(after_ms)) for label, after_ms in planned]


def _payment_step(step: payment_plan.Step) -> str:
    if step.status == payment_plan.DISPUTED:
        return "Disputed by the payer"
    label = str(PaymentStatus(step.status).label)
    return f"{label}: {step.code}" if step.status == PaymentStatus.FAILED else label


def _refund_steps(decision: Decision) -> Iterator[tuple[str, int]]:
    yield "Pending", 0
    if decision.outcome != Outcome.PENDING:
        is_later = decision.outcome.value.startswith("pending")
        usual = environment.PAYMENT_LATER_MS if is_later else environment.REFUND_PROCESSING_MS
        ends = RefundStatus.SUCCEEDED if decision.outcome.value.endswith("success") else RefundStatus.FAILED
        yield str(ends.label), decision.after_ms(usual)


def scripted(rules: Iterable[Rule]) -> list[Scripted]:
    """The rules, told."""
    return [Scripted(rule, conditions(rule.match), steps(rule.flow, rule.outcome, rule.delay_ms, rule.code)) for rule in rules]


def outcomes(flow: Flow) -> list[Magic]:
    """All outcomes of a flow with their words for the header, and what each does."""
    return [Magic(outcome.value, outcome, steps=steps(flow, outcome)) for outcome in OUTCOMES[flow]]


def built_in(flow: Flow) -> list[MagicGroup]:
    """The values that decide without any rule."""
    if flow == Flow.PAYOUT:
        return [MagicGroup("Accounts and amounts", "The amount is looked at first, then the account’s last four digits.", _payout_values())]
    if flow == Flow.PAYMENT:
        return [
            MagicGroup("Mobile wallets", "With any PIN. Any other number is paid.", _payers(builtin.WALLET_NUMBERS)),
            MagicGroup("Cards", "With any future expiry date and any CVV. Any other valid number is paid.", _cards()),
            MagicGroup("UPI and M-Pesa", "Any other address or number is paid.", _payers(builtin.UPI_ADDRESSES | builtin.MPESA_NUMBERS)),
            MagicGroup("Payers who are asked for more", "They succeed once they have answered.", _asked()),
        ]
    return []


def _payout_values() -> list[Magic]:
    numbers: dict[Outcome, list[str]] = {}
    rows: list[Magic] = []
    for match, outcome in builtin.table(Flow.PAYOUT):
        if "number" in match:
            numbers.setdefault(outcome, []).append(match["number"])
    for match, outcome in builtin.table(Flow.PAYOUT):
        if "minAmount" in match:
            rows.append(Magic(f"PKR {int(match['minAmount']):,} and more", outcome, steps=steps(Flow.PAYOUT, outcome)))
        elif "numberEndsWith" in match:
            ending = f"…{match['numberEndsWith']}"
            rows.append(Magic(ending, outcome, numbers.get(outcome, []), steps=steps(Flow.PAYOUT, outcome)))
    return rows


def _payers(numbers: Mapping[str, Outcome]) -> list[Magic]:
    return [Magic(number, outcome, steps=steps(Flow.PAYMENT, outcome)) for number, outcome in numbers.items()]


def _cards() -> list[Magic]:
    return [
        Magic(spaced(number), outcome, note=_note(number), steps=steps(Flow.PAYMENT, outcome))
        for number, outcome in builtin.CARD_NUMBERS.items()
    ]


def _asked() -> list[Magic]:
    return [
        Magic(
            spaced(number) if number in builtin.CARD_NUMBERS else number,
            Outcome.SUCCESS,
            note=_note(number),
            steps=steps(Flow.PAYMENT, Outcome.SUCCESS),
        )
        for number in builtin.CHALLENGES
    ]


def _note(number: str) -> str:
    challenge = builtin.CHALLENGES.get(number)
    return f"Asks for {_ASKED[challenge]}" if challenge in _ASKED else ""
