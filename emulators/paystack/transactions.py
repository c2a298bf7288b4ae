"""Transactions: an engine checkout, paid on the page or by a charge."""

import secrets
import string
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum
from django.http import HttpResponse
from rest_framework.request import Request

from emulators.paystack import objects, render
from emulators.paystack.base import PaystackView
from emulators.paystack.errors import InvalidParams
from emulators.paystack.pages import within
from emulators.paystack.reading import read
from emulators.paystack.visits import methods_of
from emulators.views import answer
from gateways.paystack import wire
from mypay.kit import clock
from mypay.kit.money import to_text
from payments.models import Checkout, Payment
from payments.services.create import Terms
from payments.states import CheckoutStatus, PaymentStatus

_LIFE = timedelta(days=1)
_ALPHABET = string.ascii_lowercase + string.digits
_FILTERS = ("status", "customer", "amount")
_PEOPLE = {"first_name": 100, "last_name": 100, "phone": 20}
_ALL_CHANNELS = frozenset({*wire.METHODS, "qr", "eft", "apple_pay", "payattitude"})


class Opening(PaystackView):
    """What opens a transaction."""

    kind, model = objects.TRANSACTION, Checkout
    one, many = "Transaction retrieved", "Transactions retrieved"

    def shown(self, rows: list[Checkout]) -> list[dict[str, Any]]:
        return objects.transactions_json(self.merchant, rows)

    def open(self, extra: Mapping[str, Any], *, is_reusable: bool) -> Checkout:
        """A transaction as the body says, and beside it what else Paystack keeps; its customer finds it.

        Raises InvalidParams naming the member, DuplicateReference.
        """
        body = self.body
        email, amount, currency = read.email(body), read.amount(body), read.money(body)
        reference = read.text(body, "reference", 100) or "".join(secrets.choice(_ALPHABET) for _ in range(10))
        if not wire.REFERENCE.fullmatch(reference):
            raise InvalidParams("Reference may only hold -, ., = and alphanumeric characters", "reference", code="invalid_reference")
        people = {name: text for name, text in read.texts(body, _PEOPLE).items() if text}
        made = {
            "amount": to_text(amount, currency),
            "currency": currency,
            "reference": reference,
            "user": {"email": email, **people},
            "metadata": read.metadata(body) or None,
        }
        terms = Terms(is_reusable=is_reusable, expires_at=clock.now(self.merchant) + _LIFE)
        number = str(render.customer_number(self.merchant, email))
        return self.open_checkout(made, {"customer": number, **extra}, terms, reference=number)


class Transactions(Opening):
    def find(self, transaction_id: str) -> Checkout:
        found: Checkout = objects.by_number(self.rows(), transaction_id, "Transaction")
        return found

    def create(self, request: Request) -> HttpResponse:
        """Open one that its payer pays on the page."""
        body, metadata = self.body, read.metadata(self.body)
        extra = {
            "channels": _channels(body, read.money(body)),
            "callback_url": read.url(body, "callback_url"),
            "cancel_url": read.url(metadata, "cancel_action"),
        }
        return answer(render.envelope("Authorization URL created", render.opened(self.open(extra, is_reusable=True))))

    def verify(self, request: Request, reference: str) -> HttpResponse:
        """The one of that reference."""
        return self.told(objects.by_reference(self.merchant, reference), message="Verification successful")

    def list(self, request: Request) -> HttpResponse:
        """All, or those of a status, a customer or an amount."""
        query, rows = request.query_params, self.rows()
        if status := query.get("status"):
            rows = _of_status(rows, status)
        if customer := query.get("customer"):
            rows = rows.filter(pk__in=objects.kept.subjects(self.merchant, objects.TRANSACTION, reference=customer))
        if query.get("amount"):
            rows = rows.filter(amount=read.number(query, "amount", default=0, least=1, most=10**15))
        return self.listed(rows)

    def totals(self, rows: QuerySet[Checkout]) -> Mapping[str, Any]:
        """What they brought, in subunits of whatever currency."""
        query = self.request.query_params
        payments = within(Payment.objects.filter(merchant=self.merchant), query)
        if any(query.get(name) for name in _FILTERS):
            payments = payments.filter(checkout__in=rows)
        return {"total_volume": payments.aggregate(all=Sum("captured"))["all"] or 0}


def _channels(body: Mapping[str, Any], currency: str) -> list[str]:
    """Those that the shop wants, known ones; raises InvalidParams where the page could offer nothing."""
    wanted = body.get("channels") or []
    if isinstance(wanted, str):
        wanted = [name.strip() for name in wanted.split(",")]
    elif isinstance(wanted, dict):  # a form's: channels[0]=card
        wanted = [*wanted.values()]
    if not isinstance(wanted, list) or not all(isinstance(name, str) and name in _ALL_CHANNELS for name in wanted):
        raise InvalidParams(f"Channels must be a list of {', '.join(sorted(_ALL_CHANNELS))}", "channels")
    if not methods_of(wanted, currency):
        raise InvalidParams("No active channel", "channels", code="no_active_channel")
    return wanted


def _of_status(rows: QuerySet[Checkout], status: str) -> QuerySet[Checkout]:
    """Those of one of Paystack's statuses; an unknown one matches none."""
    tried = Payment.objects.filter(checkout=OuterRef("pk"))
    returned = tried.filter(Q(status=PaymentStatus.REVERSED) | Q(captured__gt=0, refunded__gte=F("captured")))
    goes_on = Q(status__in=(CheckoutStatus.PENDING, CheckoutStatus.AUTHORIZED), attempt_id__isnull=False)
    wanted: dict[str, Any] = {
        wire.SUCCESS: Q(status=CheckoutStatus.COMPLETED) & ~Exists(returned),
        wire.REVERSED: Exists(returned),
        wire.ONGOING: goes_on,
        wire.FAILED: ~Q(status=CheckoutStatus.COMPLETED) & ~goes_on & Exists(tried) & ~Exists(returned),
        wire.ABANDONED: ~Exists(tried),
    }
    return rows.filter(wanted[status]) if status in wanted else rows.none()
