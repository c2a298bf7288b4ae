"""Reads for the portal's pages; the merchant comes first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Model
from django.urls import reverse

from ledger.models import MerchantBalance
from ledger.states import EntryType
from merchants.models import ApiKey, Merchant
from mypay.kit import clock, paging
from mypay.kit.errors import NotFound
from payments.models import Checkout, Dispute, Payment, Refund, Settlement
from payouts.models import Payout
from payouts.selectors import list_payouts
from portal.searches import transfers

LATEST = "5"
_SIGNS: dict[str, str] = {EntryType.CREDIT: "+", EntryType.DEBIT: "−"}


@dataclass(frozen=True, slots=True)
class Balance:
    """A balance as its cards show it, minor units; `total` is the API's `balance`."""

    currency: str
    available: int
    reserved: int
    pending: int = 0
    disputed: int = 0

    @property
    def total(self) -> int:
        return self.available + self.reserved


@dataclass(frozen=True, slots=True)
class Clock:
    """The merchant's time, and how it differs from everybody's."""

    now: datetime
    is_frozen: bool
    ahead: str


def balances(merchant: Merchant) -> list[Balance]:
    """What the merchant has, one a currency."""
    rows = MerchantBalance.objects.filter(merchant=merchant).order_by("currency")
    return [Balance(row.currency, row.available, row.reserved, row.pending, row.disputed) for row in rows]


def merchant_clock(merchant: Merchant) -> Clock:
    """The merchant's clock as its row has it."""
    now = clock.now(merchant)
    return Clock(now, merchant.clock_frozen_ms is not None, _difference(now - clock.real_now()))


def _difference(ahead: timedelta) -> str:
    """`3 d 4 h ahead`; empty within a second."""
    seconds = round(abs(ahead.total_seconds()))
    parts = [(seconds // 86400, "d"), (seconds // 3600 % 24, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s")]
    told = [f"{count} {unit}" for count, unit in parts if count][:2]
    return f"{' '.join(told)} {'ahead' if ahead > timedelta(0) else 'behind'}" if seconds > 1 else ""


def latest_payouts(merchant: Merchant) -> list[Payout]:
    """The newest few payouts."""
    return list_payouts(merchant, {"cursor": "", "limit": LATEST}).rows


def history_page(merchant: Merchant, query: Mapping[str, str], cursor: str) -> paging.Page:
    """A balance's transfers, newest first, by the filters of `searches.transfers`.

    Each row is given its `sign` and, where what it is about has a page, its `url`. Raises NotFound without such a balance.
    """
    _, rows = transfers(merchant, query)
    page = paging.page(rows, {"cursor": cursor}, key="sequence")
    urls = _pages_of(merchant, {row.subject_id for row in page.rows if row.subject_id})
    for row in page.rows:
        row.url = urls.get(row.subject_id, "")
        row.sign = _SIGNS.get(row.entry_type, "")
    return page


def _pages_of(merchant: Merchant, subjects: set[UUID]) -> dict[UUID, str]:
    """The pages of those objects, one query a kind."""
    kinds: dict[str, type[Model]] = {
        "payout": Payout,
        "settlement": Settlement,
        "checkout": Checkout,
        "payment": Payment,
        "refund": Refund,
        "dispute": Dispute,
    }
    urls: dict[UUID, str] = {}
    for route, model in kinds.items():
        found = model._default_manager.filter(merchant=merchant, pk__in=subjects).values_list("pk", flat=True)
        urls |= {pk: reverse(f"portal:{route}", args=[pk]) for pk in found}
    return urls


def api_key(merchant: Merchant, pk: int) -> ApiKey:
    """The merchant's working key; raises NotFound for an unknown or foreign id alike."""
    row = ApiKey.objects.filter(merchant=merchant, pk=pk, is_active=True).first()
    if row is None:
        raise NotFound("API key not found")
    return row
