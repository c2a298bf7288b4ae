"""The engine's rows by Razorpay's ids, what Razorpay keeps beside them, and both together as JSON; no query in a loop."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from emulators.models import Vendor
from emulators.razorpay import render
from emulators.razorpay.errors import no_such_id
from emulators.selectors import attempts, charges
from emulators.shelf import Shelf
from gateways.razorpay import wire
from merchants.models import Merchant
from payments.models import Checkout, Payment, Refund

ORDER, PAYMENT, REFUND, LINK, CUSTOMER = "order", "payment", "refund", "payment_link", "customer"
_PREFIXES = {ORDER: wire.ORDER, PAYMENT: wire.PAYMENT, REFUND: wire.REFUND, LINK: wire.LINK, CUSTOMER: "cust_"}
kept = Shelf(Vendor.RAZORPAY.value, _PREFIXES, unknown=lambda kind: no_such_id())


def find_order(merchant: Merchant, text: Any) -> Checkout:
    checkout = kept.find(Checkout.objects.filter(merchant=merchant), ORDER, text)
    checkout.merchant = merchant
    return checkout


def find_payment(merchant: Merchant, text: Any) -> Payment:
    """With its checkout."""
    payment = kept.find(Payment.objects.select_related("checkout").filter(merchant=merchant), PAYMENT, text)
    payment.merchant = payment.checkout.merchant = merchant
    return payment


def find_link(merchant: Merchant, text: Any) -> Checkout:
    """The link's checkout."""
    links = kept.rows(merchant, LINK).values("subject_id")
    checkout = kept.find(Checkout.objects.filter(merchant=merchant, pk__in=links), LINK, text)
    checkout.merchant = merchant
    return checkout


def orders_json(checkouts: Sequence[Checkout], *, with_payments: bool = False) -> list[dict[str, Any]]:
    """Orders, each with its payments where those are asked for."""
    keys = [row.pk for row in checkouts]
    extra, tries = kept.extras(ORDER, keys), attempts(keys)
    shown = [render.order(row, extra[row.pk], attempts=tries[row.pk]) for row in checkouts]
    if with_payments:
        rows = Payment.objects.select_related("checkout").filter(checkout_id__in=keys).order_by("-pk")
        by_order: dict[str, list[Any]] = defaultdict(list)
        for payment in payments_json(list(rows)):
            by_order[payment["order_id"]].append(payment)
        for each in shown:
            each["payments"] = render.collection(by_order[each["id"]])
    return shown


def payments_json(payments: Sequence[Payment], *, with_card: bool = False) -> list[dict[str, Any]]:
    """Payments, which come with their checkouts."""
    extra = kept.extras(PAYMENT, [row.pk for row in payments])
    charge = charges(row.pk for row in payments if row.captured)
    shown = []
    for row in payments:
        each = render.payment(row, extra[row.pk], charge[row.pk])
        if with_card and each["card_id"]:
            each["card"] = render.card(row, extra[row.pk])
        shown.append(each)
    return shown


def refunds_json(refunds: Sequence[Refund]) -> list[dict[str, Any]]:
    extra = kept.extras(REFUND, [row.pk for row in refunds])
    return [render.refund(row, extra[row.pk]) for row in refunds]


def links_json(checkouts: Sequence[Checkout]) -> list[dict[str, Any]]:
    """Payment links with what was paid of them."""
    keys = [row.pk for row in checkouts]
    extra = kept.extras(LINK, keys)
    payments: dict[UUID, list[Payment]] = defaultdict(list)
    for payment in Payment.objects.filter(checkout_id__in=keys, captured__gt=0).order_by("pk"):
        payments[payment.checkout_id].append(payment)
    return [render.link(row, extra[row.pk], payments[row.pk]) for row in checkouts]
