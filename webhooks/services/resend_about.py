"""Send again what was last told about an object: to every URL that was told."""

from dataclasses import dataclass
from uuid import UUID

from mypay.kit.errors import ApiError
from webhooks.models import Delivery
from webhooks.services.resend import resend

_LOOKED_AT = 100


@dataclass(frozen=True)
class Resent:
    """How many deliveries are on their way again, and how many were refused: their endpoint is switched off."""

    sent: int
    refused: int


def resend_about(*, merchant_id: int, subject_id: UUID) -> Resent:
    """What each URL heard last about the merchant's object, due now: one delivery, or all that told one fact."""
    rows = Delivery.objects.filter(merchant=merchant_id, event__subject_id=subject_id).select_related("merchant", "endpoint")
    newest: dict[str, UUID] = {}
    last = [row for row in rows.order_by("-pk")[:_LOOKED_AT] if newest.setdefault(row.target, row.event_id) == row.event_id]
    sent = refused = 0
    for delivery in reversed(last):
        try:
            resend(delivery=delivery)
            sent += 1
        except ApiError:
            refused += 1
    return Resent(sent, refused)
