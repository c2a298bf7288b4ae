"""Prove that settlement's books are the ledger's: what is pending, each batch, each payment's sums."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from ledger.models import MerchantBalance, Transfer
from ledger.states import Bucket
from payments.models import Checkout, Payment, Settlement, SettlementItem
from payments.states import DisputeStatus, RefundStatus


def findings(merchant_id: int | None = None) -> Iterator[str]:
    """What does not add up, in plain words.

    Per balance: what is pending is the sum of the items not settled. Per settlement: its sums are
    its items', and the transfers that name it moved exactly its net amount and its fees. Per
    payment: refunded and disputed are the sums of its refunds and disputes that count. Per checkout
    open to more than one payment: what is paid is the sum of what they captured.
    """
    yield from _pending(_of(MerchantBalance.objects.all(), merchant_id))
    yield from _batches(_of(Settlement.objects.all(), merchant_id))
    yield from _payments(_of(Payment.objects.all(), merchant_id))
    yield from _checkouts(_of(Checkout.objects.all(), merchant_id))


def _of(rows: QuerySet[Any], merchant_id: int | None) -> QuerySet[Any]:
    return rows if merchant_id is None else rows.filter(merchant_id=merchant_id)


def _pending(balances: QuerySet[MerchantBalance]) -> Iterator[str]:
    open_items = SettlementItem.objects.filter(settlement=None, merchant__in=balances.values("merchant"))
    sums = {
        (row["merchant_id"], row["currency"]): row["total"]
        for row in open_items.values("merchant_id", "currency").order_by().annotate(total=Sum("amount"))
    }
    for row in balances.values("merchant_id", "currency", "pending").iterator():
        summed = sums.get((row["merchant_id"], row["currency"]), 0)
        if row["pending"] != summed:
            yield f"merchant {row['merchant_id']} {row['currency']} pending: the row says {row['pending']}, its unsettled items {summed}"


def _batches(settlements: QuerySet[Settlement]) -> Iterator[str]:
    items = SettlementItem.objects.filter(settlement__in=settlements).values("settlement").order_by()
    lines = {
        row["settlement"]: (row["amount"], row["fees"], row["taxes"], row["count"])
        for row in items.annotate(amount=Sum("amount"), fees=Sum("fee"), taxes=Sum("tax"), count=Count("pk"))
    }
    moved = _moved(settlements)
    for batch in settlements.iterator():
        amount, fee, tax, count = lines.get(batch.pk, (0, 0, 0, 0))
        if (batch.gross - batch.deducted + batch.funded, batch.fee, batch.tax, batch.item_count) != (amount, fee, tax, count):
            yield f"settlement {batch.pk}: its {count} lines are {amount}, fee {fee} and tax {tax}, it says otherwise"
        paid = moved.get((batch.pk, Bucket.PENDING, Bucket.AVAILABLE), 0) - moved.get((batch.pk, Bucket.AVAILABLE, Bucket.PENDING), 0)
        charged = moved.get((batch.pk, Bucket.PENDING, Bucket.FEES), 0)
        if not batch.net == amount - fee - tax == paid:
            yield f"settlement {batch.pk}: net {batch.net}, its lines {amount - fee - tax}, the ledger {paid}"
        if charged != fee + tax:
            yield f"settlement {batch.pk}: fees {fee + tax}, the ledger {charged}"


def _moved(settlements: QuerySet[Settlement]) -> dict[tuple[Any, str, str], int]:
    rows = Transfer.objects.filter(subject_id__in=settlements.values("pk"))
    return {
        (row["subject_id"], row["source"], row["target"]): row["total"]
        for row in rows.values("subject_id", "source", "target").order_by().annotate(total=Sum("amount"))
    }


def _payments(payments: QuerySet[Payment]) -> Iterator[str]:
    """Each side by itself: one join over both would count each refund once a dispute."""
    refunds = ("refunded", "refunds", ~Q(refunds__status=RefundStatus.FAILED))
    disputes = ("disputed", "disputes", ~Q(disputes__status=DisputeStatus.WON))
    for column, related, counts in (refunds, disputes):
        summed = payments.annotate(summed=Coalesce(Sum(f"{related}__amount", filter=counts), 0))
        for row in summed.exclude(summed=F(column)).values("pk", column, "summed"):
            yield f"payment {row['pk']} {column}: the row says {row[column]}, its {related} {row['summed']}"


def _checkouts(checkouts: QuerySet[Checkout]) -> Iterator[str]:
    open_to_more = checkouts.filter(Q(is_reusable=True) | Q(part_minimum__isnull=False))
    summed = open_to_more.annotate(summed=Coalesce(Sum("payments__captured"), 0))
    for row in summed.exclude(summed=F("paid")).values("pk", "paid", "summed"):
        yield f"checkout {row['pk']} paid: the row says {row['paid']}, its payments {row['summed']}"
