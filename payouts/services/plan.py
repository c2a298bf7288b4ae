"""The steps that a decided outcome takes a payout through, and how long each takes."""

from dataclasses import dataclass
from typing import Any

from mypay.settings import environment
from payouts.states import PayoutStatus as S
from sandbox.services.decide import Decision
from sandbox.states import Outcome

REASONS = {S.FAILED: "Account validation failed", S.ON_HOLD: "Account is blocked or restricted"}


@dataclass(frozen=True, slots=True)
class Step:
    """The next status, how long after the present one, and its failure reason."""

    status: S
    after_ms: int
    reason: str = ""

    def to_json(self) -> list[Any]:
        return [self.status.value, self.after_ms, self.reason]

    @classmethod
    def from_json(cls, kept: list[Any]) -> "Step":
        return cls(S(kept[0]), kept[1], kept[2])


def plan(decision: Decision) -> list[Step]:
    """All steps from PENDING on; the first is PROCESSING and comes at once."""
    times = environment
    usual = times.PAYOUT_PROCESSING_MS
    to_outcome = decision.after_ms(usual)
    start = Step(S.PROCESSING, 0)

    def end(status: S, after_ms: int = to_outcome) -> Step:
        return Step(status, after_ms, decision.reason or REASONS.get(status, ""))

    match decision.outcome:
        case Outcome.SUCCESS:
            return [start, Step(S.SUCCESS, to_outcome)]
        case Outcome.RETRY:
            return [start, Step(S.RETRY, usual), Step(S.PROCESSING, times.PAYOUT_RETRY_MS), Step(S.SUCCESS, to_outcome)]
        case Outcome.FAILED:
            return [start, end(S.FAILED)]
        case Outcome.ON_HOLD:
            return [start, end(S.ON_HOLD)]
        case Outcome.IN_REVIEW:
            return [start, Step(S.IN_REVIEW, to_outcome)]
        case Outcome.PENDING:
            return [start, Step(S.PENDING, to_outcome)]
        case Outcome.PENDING_THEN_SUCCESS:
            return [start, Step(S.PENDING, usual), Step(S.PROCESSING, to_outcome), Step(S.SUCCESS, usual)]
        case Outcome.PENDING_THEN_FAILED:
            return [start, Step(S.PENDING, usual), Step(S.PROCESSING, to_outcome), end(S.FAILED, usual)]
        case _:
            raise ValueError(f"{decision.outcome} is not an outcome of payouts")
