"""Staff approve payouts: alone up to the limit, above it two people together.

The limit is a system setting by currency. Above it the first approval is a request; another member
of staff confirms it within a day of real time, and only then does the money leave.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction

from audit.services.record import record
from audit.tags import Tag
from merchants.models import User
from merchants.selectors import approval_limit
from mypay.kit import clock
from payouts.errors import approval_gone, own_approval, payout_not_found
from payouts.models import Payout, PayoutApproval
from payouts.services import decide
from payouts.states import ApprovalStatus

LASTS = timedelta(hours=24)


@dataclass(frozen=True)
class Approved:
    """What an approval came to: the payout as it is, and the request while it waits for a second person."""

    payout: Payout
    waiting: PayoutApproval | None = None


def needs_second(payout: Payout) -> bool:
    """Whether the payout is above its currency's limit."""
    limit = approval_limit(payout.currency)
    return limit is not None and payout.amount > limit


def waiting_approval(payout: Payout) -> PayoutApproval | None:
    """The request for the payout that still counts."""
    rows = PayoutApproval.objects.filter(payout=payout, status=ApprovalStatus.WAITING, expires_at__gt=clock.real_now())
    return rows.order_by("-pk").first()


def approve(*, payout: Payout, staff: User, reason: str = "") -> Approved:
    """Approve, ask a second person to, or be the second person, as the payout's amount and state want it.

    Raises InvalidStatus (400) unless the payout waits, Forbidden (403, OWN_APPROVAL) for who asked.
    """
    with transaction.atomic():
        locked = _locked(payout)
        decide.require_waiting(locked)
        waiting = waiting_approval(locked)
        if waiting is not None:
            return Approved(_confirm(waiting, locked, staff, reason))
        if not needs_second(locked):
            return Approved(decide.approve_payout(payout=locked, reason=reason))
        return Approved(locked, _ask(locked, staff, reason))


def confirm(*, approval: PayoutApproval, staff: User, reason: str = "") -> Payout:
    """The second person agrees and the payout is approved.

    Raises Forbidden (403, OWN_APPROVAL) for who asked, InvalidStatus (409) for a request that is
    decided or expired: of two who confirm at once one is told so.
    """
    with transaction.atomic():
        locked = _locked(approval.payout)
        return _confirm(approval, locked, staff, reason)


def refuse(*, approval: PayoutApproval, staff: User, reason: str = "") -> PayoutApproval:
    """The request is refused, or withdrawn by who made it; the payout goes on waiting. Raises InvalidStatus (409)."""
    with transaction.atomic():
        return _close(approval, staff, ApprovalStatus.REFUSED, Tag.APPROVAL_REFUSED, reason)


def reject(*, payout: Payout, staff: User, reason: str = "") -> Payout:
    """The payout fails, and a request to approve it with it; raises InvalidStatus (400) unless it waits."""
    with transaction.atomic():
        locked = _locked(payout)
        decide.require_waiting(locked)
        if (waiting := waiting_approval(locked)) is not None:
            _close(waiting, staff, ApprovalStatus.REFUSED, Tag.APPROVAL_REFUSED, reason)
        return decide.reject_payout(payout=locked, reason=reason)


def _locked(payout: Payout) -> Payout:
    """The payout as it is now, nobody else deciding it: one lock for requests too."""
    found = Payout.objects.select_for_update().filter(pk=payout.pk).first()
    if found is None:
        raise payout_not_found()
    found.merchant = payout.merchant
    return found


def _ask(payout: Payout, staff: User, reason: str) -> PayoutApproval:
    now = clock.real_now()
    made = PayoutApproval.objects.create(
        payout=payout, reason=reason, requested_by=staff, requested_name=staff.email, requested_at=now, expires_at=now + LASTS
    )
    _record(Tag.APPROVAL_REQUESTED, payout, made, reason)
    return made


def _confirm(approval: PayoutApproval, payout: Payout, staff: User, reason: str) -> Payout:
    if approval.requested_by_id == staff.pk:
        raise own_approval()
    _close(approval, staff, ApprovalStatus.CONFIRMED, Tag.APPROVAL_CONFIRMED, reason)
    return decide.approve_payout(payout=payout, reason=reason or approval.reason)


def _close(approval: PayoutApproval, staff: User, status: ApprovalStatus, tag: Tag, reason: str) -> PayoutApproval:
    now = clock.real_now()
    values = {"status": status, "decided_by": staff, "decided_name": staff.email, "decided_at": now}
    open_still = PayoutApproval.objects.filter(pk=approval.pk, status=ApprovalStatus.WAITING, expires_at__gt=now)
    if not open_still.update(**values):
        raise approval_gone()
    approval.refresh_from_db()
    _record(tag, approval.payout, approval, reason)
    return approval


def _record(tag: Tag, payout: Payout, approval: PayoutApproval, reason: str) -> None:
    details = {"approval": approval.pk, **({"reason": reason} if reason else {})}
    record(tag=tag, resource_id=payout.pk, merchant_id=payout.merchant_id, details=details)
