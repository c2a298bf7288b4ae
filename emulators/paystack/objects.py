"""The engine's rows by Paystack's ids, what Paystack keeps beside them, and both together as JSON; no query in a loop."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from emulators.ids import find_number
from emulators.models import Vendor
from emulators.paystack import render
from emulators.paystack.errors import Refused, not_found
from emulators.selectors import charges
from emulators.shelf import Shelf
from gateways.paystack import wire
from merchants.models import Merchant
from payments.models import Checkout, Payment, Refund

TRANSACTION, AUTHORIZATION, REFUND = "transaction", "authorization", "refund"
RECIPIENT, TRANSFER = "recipient", "transfer"
_PREFIXES = {
    TRANSACTION: "",  # of an access code; transactions and refunds have numbers
    AUTHORIZATION: wire.AUTHORIZATION,
    REFUND: "",
    RECIPIENT: wire.RECIPIENT,
    TRANSFER: wire.TRANSFER,
}
kept = Shelf(Vendor.PAYSTACK.value, _PREFIXES, unknown=lambda kind: not_found(kind.title()))


def by_number(rows: QuerySet[Any], text: Any, what: str) -> Any:
    """The row with that number; raises Refused (404) for an unknown or foreign one alike."""
    is_number = text.isascii() and text.isdigit() and len(text) < 20
    row = find_number(rows, int(text)) if is_number else None
    if row is None:
        raise not_found(what)
    return row


def by_reference(merchant: Merchant, reference: str) -> Checkout:
    """The merchant's transaction; raises Refused."""
    row = Checkout.objects.filter(merchant=merchant, reference=reference).first()
    if row is None:
        raise Refused(wire.NO_TRANSACTION, "transaction_not_found", field="reference", next_step="Ensure that the reference is right")
    return row


def transactions_json(merchant: Merchant, checkouts: Sequence[Checkout]) -> list[dict[str, Any]]:
    """Transactions, each with the payment that paid it, else with the last that tried."""
    payments = _telling(row.pk for row in checkouts)
    return told_json(merchant, [(row, payments.get(row.pk)) for row in checkouts])


def told_json(merchant: Merchant, rows: Sequence[tuple[Checkout, Payment | None]]) -> list[dict[str, Any]]:
    """Transactions with a payment that is known, or with none."""
    payments = [payment for _, payment in rows if payment]
    extra = kept.extras(AUTHORIZATION, [payment.pk for payment in payments])
    charge = charges(payment.pk for payment in payments if payment.captured)
    domain = render.domain(merchant)
    return [
        render.transaction(
            checkout,
            payment,
            extra[payment.pk] if payment else {},
            domain=domain,
            customer=render.customer(merchant, checkout.user_data),
            charge=charge[payment.pk] if payment else None,
        )
        for checkout, payment in rows
    ]


def _telling(checkouts: Iterable[UUID]) -> dict[UUID, Payment]:
    rows = Payment.objects.filter(checkout_id__in=list(checkouts)).order_by("pk")
    return {row.checkout_id: row for row in sorted(rows, key=lambda row: row.captured > 0)}


def refunds_json(merchant: Merchant, refunds: Sequence[Refund], *, created: str = "createdAt") -> list[dict[str, Any]]:
    """Refunds, which come with their payments; `created` is what the time of their making is called."""
    extra = kept.extras(REFUND, [row.pk for row in refunds])
    return [render.refund(row, extra[row.pk], merchant=merchant, created=created) for row in refunds]
