"""Searches of the money rooms: payments, checkouts, refunds and disputes by what their filters say; the merchant comes first.

A search finds beginnings of references and payers, and whole ids. What begins so is looked up on its own index first;
only where that is more than a search should hold, rows are walked a window at a time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from ledger.models import MerchantBalance, Transfer
from ledger.states import HISTORY, EntryType
from merchants.models import Merchant
from mypay.kit import paging
from mypay.kit.errors import NotFound
from mypay.kit.filters import between, one_of
from mypay.kit.ids import is_uuid
from payments.models import Checkout, Dispute, Payment, Refund
from payments.states import CheckoutStatus, DisputeReason, DisputeStatus, Method, PaymentStatus, RefundStatus
from payments.validation import CURRENCIES

LONGEST_SEARCH = 255
EVERY_KIND = "ALL"
_MOST = 1000
_WINDOW = 20_000
_LAST = "\U0010ffff"
Query = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Found:
    """What a list shows and its file holds; a `wide` search has no index that it could use."""

    rows: QuerySet[Any]
    every: QuerySet[Any]
    is_wide: bool = False
    related: tuple[str, ...] = ()

    def page(self, cursor: str) -> paging.Page:
        """The page at the cursor, newest first; raises ValidationError on a bad one."""
        query = {"cursor": cursor}
        if not self.is_wide:
            return paging.page(self.rows, query, related=self.related)
        page = paging.window(self.every, self.rows, query, _WINDOW)
        found = self.rows.model._default_manager.filter(pk__in=[row.pk for row in page.rows]).order_by("-pk")
        return paging.Page(list(found.select_related(*self.related)), page.pagination)


def payments(merchant: Merchant, query: Query) -> Found:
    """Payments by status, method, currency, day, and by what the reference or the payer begins with."""
    every = Payment.objects.filter(merchant=merchant)
    rows = one_of(between(every, query), "status", query.get("status"), PaymentStatus.values)
    rows = one_of(rows, "method", query.get("method"), Method.values)
    rows = one_of(rows, "currency", query.get("currency"), list(CURRENCIES))
    return _searched(Found(rows, every, related=("checkout",)), merchant, _text(query), payment="pk")


def checkouts(merchant: Merchant, query: Query) -> Found:
    """Checkouts by status, method, currency, day, and by what the reference begins with; paid or not."""
    every = Checkout.objects.filter(merchant=merchant)
    rows = one_of(between(every, query), "status", query.get("status"), CheckoutStatus.values)
    rows = one_of(rows, "method", query.get("method"), Method.values)
    rows = one_of(rows, "currency", query.get("currency"), list(CURRENCIES))
    text = _text(query)
    if is_uuid(text):
        return Found(rows.filter(pk=UUID(text)), every)
    return Found(rows.filter(begins("reference", text)) if text else rows, every)


def refunds(merchant: Merchant, query: Query) -> Found:
    """Refunds by status, currency, day, and by what their payment's reference or payer begins with."""
    every = Refund.objects.filter(merchant=merchant)
    rows = one_of(between(every, query), "status", query.get("status"), RefundStatus.values)
    rows = one_of(rows, "currency", query.get("currency"), list(CURRENCIES))
    return _searched(Found(rows, every, related=("payment__checkout",)), merchant, _text(query), payment="payment_id")


def disputes(merchant: Merchant, query: Query) -> Found:
    """Disputes by status, reason, currency, day, and by what their payment's reference or payer begins with."""
    every = Dispute.objects.filter(merchant=merchant)
    rows = one_of(between(every, query), "status", query.get("status"), DisputeStatus.values)
    rows = one_of(rows, "reason", query.get("reason"), DisputeReason.values)
    rows = one_of(rows, "currency", query.get("currency"), list(CURRENCIES))
    return _searched(Found(rows, every, related=("payment__checkout",)), merchant, _text(query), payment="payment_id")


def transfers(merchant: Merchant, query: Query) -> tuple[MerchantBalance, QuerySet[Transfer]]:
    """A balance and its moves by day, object and kind: those that the API's history has, one of them, or with ALL every one.

    Raises NotFound when the merchant has no balance in the currency.
    """
    balance = MerchantBalance.objects.filter(merchant=merchant, currency=query.get("currency", "")).first()
    if balance is None:
        raise NotFound("Balance not found")
    rows = between(Transfer.objects.filter(balance=balance), query)
    kind = query.get("kind", "")
    if not kind:
        rows = rows.filter(entry_type__in=HISTORY)
    elif kind != EVERY_KIND:
        rows = one_of(rows, "entry_type", kind, EntryType.values)
    text = _text(query)
    if text:
        rows = rows.filter(subject_id=UUID(text)) if is_uuid(text) else rows.none()
    return balance, rows


def _searched(found: Found, merchant: Merchant, text: str, *, payment: str) -> Found:
    """Those of the payments that the text means; `payment` is the column that names them."""
    if not text:
        return found
    own = Payment.objects.filter(merchant=merchant)
    if is_uuid(text):
        key = UUID(text)
        of_checkout = own.filter(checkout_id=key).values_list("pk", flat=True)
        return replace(found, rows=found.rows.filter(Q(pk=key) | Q(**{f"{payment}__in": [key, *of_checkout]})))
    by_reference = list(Checkout.objects.filter(begins("reference", text), merchant=merchant).values_list("pk", flat=True)[: _MOST + 1])
    by_payer = list(own.filter(begins("payer", text)).values_list("pk", flat=True)[: _MOST + 1])
    if len(by_reference) > _MOST or len(by_payer) > _MOST:
        of = "" if payment == "pk" else "payment__"
        wide = begins(f"{of}checkout__reference", text) | begins(f"{of}payer", text)
        return replace(found, rows=found.rows.filter(wide), is_wide=True)
    of_checkouts = own.filter(checkout_id__in=by_reference).values_list("pk", flat=True) if by_reference else ()
    return replace(found, rows=found.rows.filter(**{f"{payment}__in": [*of_checkouts, *by_payer]}))


def _text(query: Query) -> str:
    return query.get("q", "").strip()[:LONGEST_SEARCH]


def begins(column: str, text: str) -> Q:
    """What begins with the text, as written or in letters of one case: ranges, which an index serves on each database."""
    condition = Q()
    for form in {text, text.upper(), text.lower()}:
        condition |= Q(**{f"{column}__gte": form, f"{column}__lt": form + _LAST})
    return condition
