"""Reads of payouts and the directory; the merchant comes first."""

import time
from collections.abc import Mapping
from uuid import UUID

from merchants.models import Merchant
from mypay.kit import paging
from mypay.kit.ids import is_uuid
from payouts.errors import payout_not_found
from payouts.models import DirectoryEntry, Payout
from payouts.states import DestinationType, PayoutStatus

_CODES_SECONDS = 5.0
_codes: tuple[float, dict[str, frozenset[str]]] = (0.0, {})


def get_payout(merchant: Merchant, payout_id: str) -> Payout:
    """The merchant's payout; raises NotFound for an unknown or foreign id alike."""
    payout = Payout.objects.filter(merchant=merchant, pk=UUID(payout_id)).first() if is_uuid(payout_id) else None
    if payout is None:
        raise payout_not_found()
    return payout


def list_payouts(merchant: Merchant, query: Mapping[str, str]) -> paging.Page:
    """The merchant's payouts, newest first; an unknown `status` matches none."""
    payouts = Payout.objects.filter(merchant=merchant)
    if status := query.get("status"):
        wanted = status.upper()
        payouts = payouts.filter(status=wanted) if wanted in PayoutStatus.values else payouts.none()
    return paging.page(payouts, query)


def directory(kind: DestinationType) -> list[DirectoryEntry]:
    """The active banks or wallets, by name."""
    return list(DirectoryEntry.objects.filter(kind=kind, is_active=True).order_by("name"))


def payable_codes(kind: DestinationType) -> frozenset[str]:
    """The codes that take payouts; remembered for seconds, for the hot path."""
    global _codes
    read_at, codes = _codes
    if time.monotonic() - read_at > _CODES_SECONDS or not codes:
        rows = list(DirectoryEntry.objects.filter(accepts_payouts=True).values_list("kind", "code"))
        codes = {kind.value: frozenset(code for k, code in rows if k == kind.value) for kind in DestinationType}
        _codes = (time.monotonic(), codes)
    return codes[kind.value]


def forget_codes() -> None:
    """Read the codes anew at the next use: the directory has changed."""
    global _codes
    _codes = (0.0, {})
