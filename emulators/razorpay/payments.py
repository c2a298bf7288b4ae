"""Payments: fetched, captured, annotated."""

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from emulators.razorpay import objects, render
from emulators.razorpay.base import RazorpayView
from emulators.razorpay.errors import BadRequest
from emulators.razorpay.reading import read
from emulators.views import answer
from gateways.razorpay import wire
from mypay.kit.api import Reply
from mypay.kit.errors import ApiError
from mypay.kit.money import to_text
from payments.models import Checkout, Payment
from payments.services.capture import capture_payment
from payments.states import PaymentStatus

_OTHER_AMOUNT = "Capture amount must be equal to the amount authorized."
_NOT_AUTHORIZED = "Only payments which have been authorized and not yet captured can be captured"


class Payments(RazorpayView):
    kind, model, related = objects.PAYMENT, Payment, ("checkout",)

    def shown(self, rows: list[Payment]) -> list[dict[str, Any]]:
        return objects.payments_json(rows, with_card=self.expands("card"))

    def list_of_order(self, request: Request, order_id: str) -> HttpResponse:
        """Those that attempted an order, without their cards."""
        order = objects.kept.find(Checkout.objects.filter(merchant=self.merchant), objects.ORDER, order_id)
        return answer(render.collection(objects.payments_json(self.page(self.rows().filter(checkout=order)))))

    def card(self, request: Request, payment_id: str) -> HttpResponse:
        """The card it was paid with."""
        payment = objects.payments_json([self.find(payment_id)], with_card=True)[0]
        if "card" not in payment:
            raise BadRequest("The payment was not made with a card.")
        return answer(payment["card"])

    def capture(self, request: Request, payment_id: str) -> HttpResponse:
        """Collect all of an authorised one."""
        payment = self.find(payment_id)
        amount = read.amount(self.body)
        if payment.captured:
            raise BadRequest(wire.ALREADY_CAPTURED)
        if payment.status != PaymentStatus.AUTHORIZED:
            raise BadRequest(_NOT_AUTHORIZED)
        if amount != payment.amount or read.currency(self.body, default=payment.currency) != payment.currency:
            raise BadRequest(_OTHER_AMOUNT, field="amount")
        return capture_payment(
            merchant=self.merchant,
            payment_id=str(payment.pk),
            body={"amount": to_text(amount, payment.currency)},
            claim=self.claim_of("capture", None, words=_said),
            reply=lambda row: Reply.of(200, objects.payments_json([row])[0]),
        ).response()


def _said(problem: ApiError) -> ApiError:
    """What is heard by whoever captures second."""
    return BadRequest(wire.ALREADY_CAPTURED) if problem.code == "INVALID_STATUS" else problem
