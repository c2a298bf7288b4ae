"""Reads for the portal's pages; the merchant comes first."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models.functions import Lower

from ledger import selectors as ledger
from ledger.models import MerchantBalance
from ledger.states import EntryType
from merchants.models import ApiKey, Merchant
from mypay.kit import clock, paging
from mypay.kit.errors import NotFound
from mypay.kit.ids import is_uuid
from payments.models import Settlement
from payouts.models import Payout
from payouts.selectors import list_payouts
from payouts.states import PayoutStatus

LATEST = "5"
_SIGNS: dict[str, str] = {EntryType.CREDIT: "+", EntryType.DEBIT: "−"}


@dataclass(frozen=True, slots=True)
class Balance:
    """A balance as its cards show it, minor units; `total` is the API's `balance`."""

    currency: str
    available: int
    reserved: int

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
    return [Balance(row.currency, row.available, row.reserved) for row in rows]


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


def payouts_page(merchant: Merchant, *, status: str, search: str, cursor: str) -> paging.Page:
    """Payouts newest first: of one status or all, and whose reference begins with `search`.

    A payout's whole id finds it too. Raises ValidationError on a bad cursor.
    """
    query = {"cursor": cursor}
    if not search:
        return list_payouts(merchant, {**query, "status": status})
    rows = Payout.objects.filter(merchant=merchant)
    if status:
        rows = rows.filter(status=status if status in PayoutStatus.values else "")
    if is_uuid(search):
        return paging.page(rows.filter(pk=UUID(search)), query)
    # Small letters on both sides: MariaDB's columns compare exactly, SQLite's LIKE does not.
    rows = rows.annotate(small=Lower("merchant_reference")).filter(small__startswith=search.lower())
    return paging.page(rows, query)


def history_page(merchant: Merchant, currency: str, cursor: str) -> paging.Page:
    """A balance's transfers, newest first; each row is given its `sign`, and `is_payout` or `is_settlement` for its link."""
    page = ledger.history(merchant, {"cursor": cursor}, currency)
    subjects = {row.subject_id for row in page.rows if row.subject_id}
    paid = set(Payout.objects.filter(merchant=merchant, pk__in=subjects).values_list("pk", flat=True))
    settled = set(Settlement.objects.filter(merchant=merchant, pk__in=subjects).values_list("pk", flat=True))
    for row in page.rows:
        row.is_payout, row.is_settlement = row.subject_id in paid, row.subject_id in settled
        row.sign = _SIGNS.get(row.entry_type, "")
    return page


def api_key(merchant: Merchant, pk: int) -> ApiKey:
    """The merchant's working key; raises NotFound for an unknown or foreign id alike."""
    row = ApiKey.objects.filter(merchant=merchant, pk=pk, is_active=True).first()
    if row is None:
        raise NotFound("API key not found")
    return row
