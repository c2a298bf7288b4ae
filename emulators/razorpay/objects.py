"""The engine's rows by Razorpay's ids, what Razorpay keeps beside them, and both together as JSON; no query in a loop."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count

from emulators import ids
from emulators.models import Vendor, VendorObject
from emulators.razorpay import kept, render
from emulators.razorpay.errors import no_such_id
from emulators.razorpay.paging import collection
from gateways.razorpay import wire
from merchants.models import Merchant
from mypay.kit import clock, sql
from mypay.kit.ids import uuid7
from payments.models import Checkout, Payment, Refund, SettlementItem
from payments.states import ItemKind

ORDER, PAYMENT, REFUND, LINK = "order", "payment", "refund", "payment_link"
NO_CHARGE: dict[str, int | None] = {"fee": None, "tax": None}


def one(rows: Any, prefix: str, text: Any) -> Any:
    """The row of the queryset that the id stands for; raises BadRequest for an unknown or foreign id alike."""
    found = ids.find(rows, prefix, text) if isinstance(text, str) else None
    if found is None:
        raise no_such_id()
    return found


def find_order(merchant: Merchant, text: Any) -> Checkout:
    checkout: Checkout = one(Checkout.objects.filter(merchant=merchant), wire.ORDER, text)
    checkout.merchant = merchant
    return checkout


def find_payment(merchant: Merchant, text: Any) -> Payment:
    """With its checkout."""
    payment: Payment = one(Payment.objects.select_related("checkout").filter(merchant=merchant), wire.PAYMENT, text)
    payment.merchant = payment.checkout.merchant = merchant
    return payment


def find_refund(merchant: Merchant, text: Any) -> Refund:
    refund: Refund = one(Refund.objects.filter(merchant=merchant), wire.REFUND, text)
    return refund


def beside(kind: str, row: Any, data: Mapping[str, Any], *, reference: str = "") -> list[sql.Statement]:
    """Write what Razorpay keeps of a new row of the engine's, in its transaction; nothing is no row."""
    told = {name: value for name, value in data.items() if value not in (None, "", {})}
    made = kept.new(row.merchant, kind, told, subject_id=row.pk, reference=reference)
    return [sql.insert(made)] if told else []


def extras(kind: str, keys: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
    """What Razorpay keeps of those rows, nothing for most."""
    found = VendorObject.objects.filter(vendor=Vendor.RAZORPAY, kind=kind, subject_id__in=list(keys))
    kept_of: dict[Any, dict[str, Any]] = dict(found.values_list("subject_id", "data"))
    return defaultdict(dict, kept_of)


def change(merchant: Merchant, kind: str, subject_id: UUID, *, reference: str | None = None, **changes: Any) -> None:
    """Change some of what Razorpay keeps of a row of the engine's, and what it is found by."""
    with transaction.atomic():
        fresh = {"id": uuid7(), "merchant": merchant, "created_at": clock.now(merchant)}
        rows = VendorObject.objects.select_for_update()
        row, _ = rows.get_or_create(vendor=Vendor.RAZORPAY, kind=kind, subject_id=subject_id, defaults=fresh)
        row.data |= changes
        row.reference = row.reference if reference is None else reference
        row.save(update_fields=["data", "reference"])


def orders_json(checkouts: Sequence[Checkout], *, with_payments: bool = False) -> list[dict[str, Any]]:
    """Orders, each with its payments where those are asked for."""
    keys = [row.pk for row in checkouts]
    extra, tries = extras(ORDER, keys), attempts(keys)
    shown = [render.order(row, extra[row.pk], attempts=tries[row.pk]) for row in checkouts]
    if with_payments:
        rows = Payment.objects.select_related("checkout").filter(checkout_id__in=keys).order_by("-pk")
        by_order: dict[str, list[Any]] = defaultdict(list)
        for payment in payments_json(list(rows)):
            by_order[payment["order_id"]].append(payment)
        for each in shown:
            each["payments"] = collection(by_order[each["id"]])
    return shown


def attempts(keys: list[UUID]) -> dict[UUID, int]:
    """How many payments tried to pay each."""
    rows = Payment.objects.filter(checkout_id__in=keys).values_list("checkout_id").annotate(Count("pk")).order_by()
    return defaultdict(int, dict(rows))


def charges(keys: list[UUID]) -> dict[UUID, dict[str, int | None]]:
    """Fee and tax of payments, in paise: what was taken of them when they were captured."""
    rows = SettlementItem.objects.filter(subject_id__in=keys, kind=ItemKind.PAYMENT).values_list("subject_id", "fee", "tax")
    return defaultdict(lambda: NO_CHARGE, {key: {"fee": fee + tax, "tax": tax} for key, fee, tax in rows})


def payments_json(payments: Sequence[Payment], *, with_card: bool = False) -> list[dict[str, Any]]:
    """Payments, which come with their checkouts."""
    keys = [row.pk for row in payments]
    extra = extras(PAYMENT, keys)
    charge = charges(keys)
    shown = []
    for row in payments:
        each = render.payment(row, extra[row.pk], **charge[row.pk])
        if with_card and each["card_id"]:
            each["card"] = render.card(row, extra[row.pk])
        shown.append(each)
    return shown


def payment_json(payment: Payment) -> dict[str, Any]:
    return payments_json([payment])[0]


def refunds_json(refunds: Sequence[Refund]) -> list[dict[str, Any]]:
    extra = extras(REFUND, [row.pk for row in refunds])
    return [render.refund(row, extra[row.pk]) for row in refunds]


def links_json(checkouts: Sequence[Checkout]) -> list[dict[str, Any]]:
    """Payment links with what was paid of them."""
    keys = [row.pk for row in checkouts]
    extra = extras(LINK, keys)
    payments: dict[UUID, list[Payment]] = defaultdict(list)
    for payment in Payment.objects.filter(checkout_id__in=keys, captured__gt=0).order_by("pk"):
        payments[payment.checkout_id].append(payment)
    return [render.link(row, extra[row.pk], payments[row.pk]) for row in checkouts]
