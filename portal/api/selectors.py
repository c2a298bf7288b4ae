"""Reads of the portal API; the merchant comes first (contract section 6)."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum

from merchants.models import Merchant
from mypay.kit import clock, filters, paging
from mypay.kit.errors import NotFound
from mypay.kit.ids import is_uuid
from payments.models import Checkout, Payment
from payments.render import number
from payments.states import CheckoutStatus, Method
from payouts.models import Payout
from payouts.states import DestinationType, PayoutStatus
from webhooks.selectors import checkout_webhook
from webhooks.states import DeliveryStatus

CURRENCY = "PKR"
Query = Mapping[str, str]
_WEBHOOK_STATUS = {
    DeliveryStatus.DELIVERED.value: "sent",
    DeliveryStatus.FAILED.value: "failed",
    DeliveryStatus.SKIPPED.value: "failed",
}
_DONE = Q(status=CheckoutStatus.COMPLETED, currency=CURRENCY)


def transactions(merchant: Merchant, query: Query) -> QuerySet[Checkout]:
    """The merchant's checkouts by status, method and day; an unknown status or method matches none."""
    rows = filters.between(Checkout.objects.filter(merchant=merchant), query)
    rows = filters.one_of(rows, "status", query.get("status", "").lower(), CheckoutStatus.values)
    return filters.one_of(rows, "method", query.get("paymentMethod", "").lower(), Method.values)


def payouts(merchant: Merchant, query: Query) -> QuerySet[Payout]:
    """The merchant's payouts by status, destination and day."""
    rows = filters.between(Payout.objects.filter(merchant=merchant), query)
    rows = filters.one_of(rows, "status", query.get("status", "").upper(), PayoutStatus.values)
    return filters.one_of(rows, "destination_type", query.get("destType", "").upper(), DestinationType.values)


def page(rows: QuerySet[Any], query: Query) -> tuple[list[Any], dict[str, Any]]:
    """The page's rows and its `{page,limit,total,pages}`; `cursor` as everywhere."""
    found = paging.page(rows, query)
    return found.rows, found.as_pages


def get_transaction(merchant: Merchant, checkout_id: str) -> Checkout:
    """The merchant's checkout; raises NotFound for an unknown or foreign id alike."""
    found = Checkout.objects.filter(merchant=merchant, pk=UUID(checkout_id)).first() if is_uuid(checkout_id) else None
    if found is None:
        raise NotFound("Transaction not found")
    return found


def payers(checkouts: Iterable[Checkout]) -> dict[UUID, str]:
    """Who last tried to pay each checkout: a mobile number or a card's last four digits."""
    rows = Payment.objects.filter(checkout__in=[row.pk for row in checkouts]).exclude(payer="").order_by("pk")
    return dict(rows.values_list("checkout_id", "payer"))


def stats(merchant: Merchant) -> dict[str, Any]:
    """The dashboard's figures: revenue is what was completed, today the merchant's own day."""
    midnight = clock.now(merchant).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = Checkout.objects.filter(merchant=merchant)
    counts = _counts(rows.order_by().values_list("status").annotate(n=Count("pk")))
    sums = rows.aggregate(all=Sum("amount", filter=_DONE))
    today = _today(rows, midnight)
    total, completed = sum(counts.values()), counts.get(CheckoutStatus.COMPLETED, 0)
    return {
        "totalTransactions": total,
        "successfulTransactions": completed,
        "failedTransactions": counts.get(CheckoutStatus.FAILED, 0),
        "successRate": round(completed * 100 / total, 2) if total else 0,
        "totalAmount": number(sums["all"] or 0, CURRENCY),
        "pendingTransactions": counts.get(CheckoutStatus.PENDING, 0),
        "todayVolume": number(today["volume"] or 0, CURRENCY),
        "todayTransactions": today["n"],
    }


def _today(rows: QuerySet[Checkout], midnight: datetime) -> dict[str, Any]:
    todays = rows.filter(created_at__gte=midnight, created_at__lt=midnight + timedelta(days=1))
    return todays.aggregate(n=Count("pk"), volume=Sum("amount", filter=_DONE))


def _counts(rows: Iterable[tuple[Any, int]]) -> dict[str, int]:
    return {str(status): count for status, count in rows}


def webhook_status(checkout: Checkout) -> str:
    """Of the checkout's webhook: `sent` once it arrived, `failed` once it is given up, else `pending`."""
    return _WEBHOOK_STATUS.get(checkout_webhook(checkout.merchant_id, checkout.pk), "pending")
