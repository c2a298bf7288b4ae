"""Orders: an engine checkout that may be tried until it is paid."""

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from emulators.razorpay import objects
from emulators.razorpay.base import RazorpayView
from emulators.razorpay.errors import BadRequest
from emulators.razorpay.reading import MAX_RECEIPT, MINIMUM, read
from emulators.views import answer
from mypay.kit import clock
from mypay.kit.money import to_text
from payments.models import Checkout
from payments.services.create import Terms
from payments.states import CaptureMode, CheckoutStatus

_AUTHORIZATION_DAYS = 3
_LIFE = timedelta(days=3650)  # an order has no end


class Orders(RazorpayView):
    kind, model = objects.ORDER, Checkout

    def shown(self, rows: list[Checkout]) -> list[dict[str, Any]]:
        return objects.orders_json(rows, with_payments=self.expands("payments"))

    def create(self, request: Request) -> HttpResponse:
        """Create an order."""
        body = self.body
        amount, currency = read.amount(body), read.currency(body)
        receipt = read.text(body, "receipt", MAX_RECEIPT)
        made = {
            "amount": to_text(amount, currency),
            "currency": currency,
            "metadata": read.notes(body),
            "captureMode": _capture_mode(body).value,
        }
        terms = payable(clock.now(self.merchant) + _LIFE, part_minimum=MINIMUM if read.flag(body, "partial_payment") else None)
        checkout = self.open_checkout(made, {"receipt": receipt}, terms, reference=receipt)
        return answer(objects.orders_json([checkout])[0])

    def list(self, request: Request) -> HttpResponse:
        """All, those of one receipt, or authorised ones."""
        query, rows = request.query_params, self.rows()
        if receipt := query.get("receipt"):
            rows = rows.filter(pk__in=objects.kept.subjects(self.merchant, objects.ORDER, reference=receipt))
        if authorized := query.get("authorized"):
            paid = (CheckoutStatus.AUTHORIZED, CheckoutStatus.COMPLETED)
            rows = rows.filter(status__in=paid) if authorized == "1" else rows.exclude(status__in=paid)
        return self.listed(rows)


def payable(until: datetime, *, part_minimum: int | None) -> Terms:
    """It may be tried until it is paid; of what is authorised and not captured, the money goes back after three days."""
    return Terms(is_reusable=True, part_minimum=part_minimum, expires_at=until, authorization_days=_AUTHORIZATION_DAYS)


def _capture_mode(body: dict[str, Any]) -> CaptureMode:
    """Captured by the merchant, unless `payment_capture` or `payment.capture` says at once."""
    wanted = read.member(body, "payment").get("capture", "manual")
    if wanted not in CaptureMode.values:
        raise BadRequest("The capture must be automatic or manual.", field="payment.capture")
    return CaptureMode.AUTOMATIC if read.flag(body, "payment_capture") else CaptureMode(wanted)
