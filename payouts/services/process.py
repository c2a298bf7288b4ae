"""Take a payout one step further: the work that comes due."""

from datetime import datetime
from typing import Any

from mypay.kit import clock, scheduling
from mypay.kit.errors import StaleState
from payouts.models import Payout
from payouts.services.plan import Step, plan
from payouts.services.transition import Change, apply
from payouts.states import FINAL, PayoutStatus
from sandbox.matching import Facts
from sandbox.services.decide import Decision, from_table
from sandbox.states import Flow

PROCESSING_ERROR = "Processing error"


def facts(payout: Payout) -> Facts:
    """What rules may match a payout on."""
    return Facts(
        amount=payout.amount,
        currency=payout.currency,
        number=payout.account_number,
        method=str(payout.destination_type),
        metadata=payout.metadata or {},
    )


def process_payout(pk: Any, at: datetime | None) -> None:
    """Do the payout's next step if it is due at `at` (None: now on the merchant's clock).

    Harmless on a payout that is not due, rests or was moved by somebody else meanwhile.
    """
    due = scheduling.due(Payout.objects.select_related("merchant"), pk, at)
    if due is None:
        return
    payout, now = due
    step, *rest = _steps(payout)
    change = Change(status=step.status, at=now, reason=step.reason, rest=tuple(rest))
    _apply(payout, change)


def _steps(payout: Payout) -> list[Step]:
    """The steps still to come; at the first of them the outcome is decided and pinned."""
    if payout.plan is not None:
        return [Step.from_json(kept) for kept in payout.plan]
    scenario = Decision.from_json(payout.scenario) if payout.scenario else None
    return plan(scenario or from_table(Flow.PAYOUT, facts(payout)))


def _apply(payout: Payout, change: Change) -> None:
    try:
        apply(payout, change)
    except StaleState:
        return


def fail_payout(pk: Any, error: Exception) -> None:
    """A payout whose processing keeps failing: FAILED, its amount available again."""
    payout = Payout.objects.select_related("merchant").filter(pk=pk).exclude(status__in=FINAL).first()
    if payout is not None:
        _apply(payout, Change(status=PayoutStatus.FAILED, at=clock.now(payout.merchant), reason=PROCESSING_ERROR))
