"""Send a failed payout again (contract section 2)."""

from audit.tags import Tag
from merchants.models import Merchant
from mypay.kit import clock, idempotency, sql
from mypay.kit.api import Reply, success
from mypay.kit.errors import StaleState
from mypay.kit.idempotency import Claim
from payouts.errors import not_failed
from payouts.render import payout_json
from payouts.selectors import get_payout
from payouts.services.transition import Change, apply
from payouts.states import PayoutStatus


def reinitiate_payout(*, merchant: Merchant, payout_id: str, claim: Claim) -> Reply:
    """FAILED to PENDING, the amount reserved again; the same rule decides again.

    Raises through the kept reply: NotFound, InvalidStatus when not FAILED, InsufficientBalance.
    """

    def effect() -> Reply:
        payout = get_payout(merchant, payout_id)
        if payout.status != PayoutStatus.FAILED:
            raise not_failed()
        payout.merchant = merchant
        change = Change(status=PayoutStatus.PENDING, at=clock.now(merchant), rest=None, tag=Tag.PAYOUT_REINITIATED)
        try:
            again = apply(payout, change)
        except StaleState:
            raise not_failed() from None
        reply = success(200, payout_json(again), "Payout reinitiated successfully")
        sql.transact([claim.record(reply)])
        return reply

    return idempotency.once(claim, lambda: sql.in_transaction(effect))
