"""The steps that a decided outcome takes a payment through, and how long each takes."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from mypay.settings import environment
from payments.outcomes import failure_code
from payments.states import (
    AUTHORIZATION_DAYS,
    AUTHORIZATION_EXPIRED_CODE,
    AUTHORIZED_CODE,
    PROCESSING_CODE,
    REVERSED_CODE,
    CaptureMode,
    PaymentStatus,
)
from sandbox.services.decide import Decision
from sandbox.states import Outcome

DISPUTED = "disputed"
_DAY_MS = 86_400_000
_S = PaymentStatus


@dataclass(frozen=True, slots=True)
class Step:
    """A payment's next status (or DISPUTED), its status code, and how long after the present one it comes."""

    status: str
    code: str
    after_ms: int = 0

    def to_json(self) -> list[Any]:
        return [str(self.status), self.code, self.after_ms]

    @classmethod
    def from_json(cls, kept: list[Any]) -> "Step":
        return cls(*kept)


def plan(decision: Decision, capture_mode: str, authorization_days: int = AUTHORIZATION_DAYS) -> list[Step]:
    """All steps from the moment the payer has done his part; the first comes at once.

    An authorisation that nobody captures ends after that many days.
    """
    later = decision.after_ms(environment.PAYMENT_LATER_MS)
    code = Outcome.SUCCESS.value.upper()
    paid = Step(_S.AUTHORIZED, AUTHORIZED_CODE) if capture_mode == CaptureMode.MANUAL else Step(_S.CAPTURED, code)
    waiting = Step(_S.PROCESSING, PROCESSING_CODE)
    then = partial(_then, paid, decision=decision, authorization_days=authorization_days)
    match decision.outcome:
        case Outcome.PENDING:
            return [waiting]
        case Outcome.PENDING_THEN_SUCCESS:
            return [waiting, *then(later)]
        case Outcome.PENDING_THEN_FAILED:
            return [waiting, _failed(decision, later)]
        case Outcome.FAILED_THEN_SUCCESS:
            return [_failed(decision), *then(later)]
        case Outcome.SUCCESS | Outcome.SUCCESS_THEN_REVERSED | Outcome.SUCCESS_THEN_DISPUTED:
            first = then(0)
        case _:
            first = [_failed(decision)]
    # A delay asked for on an outcome that has none of its own is a time of waiting before it.
    is_delayed = decision.delay_ms and decision.outcome not in (Outcome.SUCCESS_THEN_REVERSED, Outcome.SUCCESS_THEN_DISPUTED)
    return [waiting, Step(first[0].status, first[0].code, later), *first[1:]] if is_delayed else first


def after_capture(decision: Decision) -> list[Step]:
    """What becomes of a captured payment by itself."""
    later = decision.after_ms(environment.PAYMENT_LATER_MS)
    if decision.outcome == Outcome.SUCCESS_THEN_REVERSED:
        return [Step(_S.REVERSED, REVERSED_CODE, later)]
    if decision.outcome == Outcome.SUCCESS_THEN_DISPUTED:
        return [Step(DISPUTED, "", later)]
    return []


def _then(paid: Step, after_ms: int, *, decision: Decision, authorization_days: int) -> list[Step]:
    """Paid, and what follows: an authorisation that nobody captures ends."""
    if paid.status == _S.AUTHORIZED:
        rest = [Step(_S.VOIDED, AUTHORIZATION_EXPIRED_CODE, authorization_days * _DAY_MS)]
    else:
        rest = after_capture(decision)
    return [Step(paid.status, paid.code, after_ms), *rest]


def _failed(decision: Decision, after_ms: int = 0) -> Step:
    return Step(_S.FAILED, failure_code(decision), after_ms)
