"""The bank's word on a payout: an IPN, or staff deciding in its place (contract section 2)."""

from audit.tags import Tag
from mypay.kit import clock
from mypay.kit.errors import InvalidStatus, StaleState
from payouts.errors import payout_not_found
from payouts.models import Payout
from payouts.services.plan import REASONS
from payouts.services.transition import Change, apply
from payouts.states import FINAL, PayoutStatus

_TRIES = 5


def resolve_payout(*, payout: Payout, status: PayoutStatus, psp_reference: str = "", failure_reason: str = "") -> Payout:
    """Move the payout to `status`; money follows. A repeat of the present status changes nothing.

    Raises InvalidStatus (409) when a final state would change.
    """
    for _ in range(_TRIES):
        if payout.status == status:
            return payout
        if payout.status in FINAL:
            raise InvalidStatus(f"Payout is already {payout.status}", status=409, field="status")
        change = Change(
            status=status,
            at=clock.now(payout.merchant),
            reason="" if status == PayoutStatus.SUCCESS else failure_reason or REASONS.get(status, ""),
            psp_reference=psp_reference,
            tag=Tag.PAYOUT_RESOLVED,
        )
        try:
            return apply(payout, change)
        except StaleState:
            found = Payout.objects.select_related("merchant").filter(pk=payout.pk).first()
            if found is None:
                raise payout_not_found() from None
            payout = found
    raise InvalidStatus("Payout is being changed by others", status=409, retry_after=1)
