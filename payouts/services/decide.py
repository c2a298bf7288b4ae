"""Staff decide a payout that waits for them (contract section 2: IN_REVIEW and ON_HOLD; section 7)."""

from django.db import transaction

from audit.services.record import record
from audit.tags import Tag
from mypay.kit.errors import InvalidStatus
from payouts.models import Payout
from payouts.services.resolve import resolve_payout
from payouts.states import WAITING, PayoutStatus

REJECTED = "Rejected by review"


def approve_payout(*, payout: Payout, reason: str = "") -> Payout:
    """The payout succeeds and its money leaves; raises InvalidStatus (400) unless it waits.

    Staff come through `services.approve`, which asks for a second person above the limit.
    """
    return _decide(payout, PayoutStatus.SUCCESS, Tag.PAYOUT_APPROVED, reason)


def reject_payout(*, payout: Payout, reason: str = "") -> Payout:
    """The payout fails for `reason` and its money comes back; raises InvalidStatus (400) unless it waits."""
    return _decide(payout, PayoutStatus.FAILED, Tag.PAYOUT_REJECTED, reason)


def hold_payout(*, payout: Payout, reason: str = "") -> Payout:
    """A payout in review is put on hold; raises InvalidStatus (400) for any other."""
    if payout.status != PayoutStatus.IN_REVIEW:
        raise InvalidStatus("Only payouts in review can be put on hold", field="status")
    return _move(payout, PayoutStatus.ON_HOLD, Tag.PAYOUT_HELD, reason)


def release_payout(*, payout: Payout, reason: str = "") -> Payout:
    """A payout on hold goes back to review; raises InvalidStatus (400) for any other."""
    if payout.status != PayoutStatus.ON_HOLD:
        raise InvalidStatus("Only payouts on hold can be released", field="status")
    return _move(payout, PayoutStatus.IN_REVIEW, Tag.PAYOUT_RELEASED, reason)


def require_waiting(payout: Payout) -> None:
    """Raises InvalidStatus (400) unless the payout waits for staff."""
    if payout.status not in WAITING:
        raise InvalidStatus("Only payouts in review or on hold can be approved or rejected", field="status")


def _decide(payout: Payout, status: PayoutStatus, tag: Tag, reason: str) -> Payout:
    require_waiting(payout)
    return _move(payout, status, tag, reason)


def _move(payout: Payout, status: PayoutStatus, tag: Tag, reason: str) -> Payout:
    failure_reason = (reason or REJECTED) if status == PayoutStatus.FAILED else ""
    with transaction.atomic():
        record(tag=tag, resource_id=payout.pk, merchant_id=payout.merchant_id, details={"reason": reason} if reason else {})
        return resolve_payout(payout=payout, status=status, failure_reason=failure_reason)
