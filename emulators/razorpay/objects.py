"""The engine's rows by Razorpay's ids, what Razorpay keeps beside them, and both together as JSON; no query in a loop."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from emulators.models import Vendor
from emulators.razorpay import render
from emulators.razorpay.errors import BadRequest
from emulators.selectors import attempts, captured, charges
from emulators.shelf import Shelf
from gateways.razorpay import wire
from payments.models import Checkout, Payment, Refund

ORDER, PAYMENT, REFUND, LINK, CUSTOMER = "order", "payment", "refund", "payment_link", "customer"
_PREFIXES = {ORDER: wire.ORDER, PAYMENT: wire.PAYMENT, REFUND: wire.REFUND, LINK: wire.LINK, CUSTOMER: "cust_"}
kept = Shelf(Vendor.RAZORPAY.value, _PREFIXES, unknown=lambda kind: BadRequest(wire.UNKNOWN_ID))


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
    return [render.payment(row, extra[row.pk], charge[row.pk], with_card=with_card) for row in payments]


def refunds_json(refunds: Sequence[Refund]) -> list[dict[str, Any]]:
    extra = kept.extras(REFUND, [row.pk for row in refunds])
    return [render.refund(row, extra[row.pk]) for row in refunds]


def links_json(checkouts: Sequence[Checkout], *, until: datetime | None = None) -> list[dict[str, Any]]:
    """Payment links with what was paid of them, by then where that is said."""
    keys = [row.pk for row in checkouts]
    extra, payments = kept.extras(LINK, keys), captured(keys, until=until)
    return [render.link(row, extra[row.pk], payments[row.pk]) for row in checkouts]
