"""The search of the payouts' room: what its filters say, as the list shows it and its file holds it."""

from collections.abc import Mapping
from uuid import UUID

from merchants.models import Merchant
from mypay.kit.filters import between, one_of
from mypay.kit.ids import is_uuid
from payouts.models import Payout
from payouts.states import DestinationType, PayoutStatus
from portal.searches import Found, begins


def payouts(merchant: Merchant, query: Mapping[str, str]) -> Found:
    """Payouts by status, kind of destination, day, and by how the reference begins; a whole id finds its payout."""
    every = Payout.objects.filter(merchant=merchant)
    rows = one_of(between(every, query), "status", query.get("status", "").upper(), PayoutStatus.values)
    rows = one_of(rows, "destination_type", query.get("type"), DestinationType.values)
    text = query.get("q", "").strip()
    if not text:
        return Found(rows, every)
    if is_uuid(text):
        return Found(rows.filter(pk=UUID(text)), every)
    return Found(rows.filter(begins("merchant_reference", text)), every)
