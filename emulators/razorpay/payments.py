"""Payments: fetched, captured, annotated."""

from django.http import HttpResponse
from rest_framework.request import Request

from emulators.razorpay import objects, validation
from emulators.razorpay.base import RazorpayView, answer
from emulators.razorpay.errors import BadRequest
from emulators.razorpay.paging import collection, expanded, page
from emulators.razorpay.render import card
from gateways.razorpay import wire
from mypay.kit.api import Reply
from mypay.kit.errors import ApiError
from mypay.kit.money import to_text
from payments.models import Payment
from payments.services.capture import capture_payment
from payments.states import PaymentStatus

_OTHER_AMOUNT = "Capture amount must be equal to the amount authorized."
_NOT_AUTHORIZED = "Only payments which have been authorized and not yet captured can be captured"


class PaymentsView(RazorpayView):
    def get(self, request: Request) -> HttpResponse:
        """Payments, newest first."""
        rows = page(Payment.objects.filter(merchant=self.merchant), request.query_params, related=("checkout",))
        return answer(collection(objects.payments_json(rows, with_card="card" in expanded(request.query_params))))


class PaymentView(RazorpayView):
    def get(self, request: Request, payment_id: str) -> HttpResponse:
        """One payment."""
        return self._told(objects.find_payment(self.merchant, payment_id))

    def patch(self, request: Request, payment_id: str) -> HttpResponse:
        """Change its notes."""
        payment = objects.find_payment(self.merchant, payment_id)
        objects.change(self.merchant, objects.PAYMENT, payment.pk, notes=validation.only_notes(self.body))
        return self._told(payment)

    def _told(self, payment: Payment) -> HttpResponse:
        return answer(objects.payments_json([payment], with_card="card" in expanded(self.request.query_params))[0])


class PaymentCardView(RazorpayView):
    def get(self, request: Request, payment_id: str) -> HttpResponse:
        """The card it was paid with."""
        payment = objects.find_payment(self.merchant, payment_id)
        if wire.METHOD_WORDS[str(payment.method)] != "card":
            raise BadRequest("The payment was not made with a card.")
        return answer(card(payment, objects.extras(objects.PAYMENT, [payment.pk])[payment.pk]))


class CaptureView(RazorpayView):
    def post(self, request: Request, payment_id: str) -> HttpResponse:
        """Collect all of an authorised payment."""
        payment = objects.find_payment(self.merchant, payment_id)
        amount = validation.amount(self.body)
        if payment.captured:
            raise BadRequest(wire.ALREADY_CAPTURED)
        if payment.status != PaymentStatus.AUTHORIZED:
            raise BadRequest(_NOT_AUTHORIZED)
        if amount != payment.amount or validation.currency(self.body, default=payment.currency) != payment.currency:
            raise BadRequest(_OTHER_AMOUNT, field="amount")
        return capture_payment(
            merchant=self.merchant,
            payment_id=str(payment.pk),
            body={"amount": to_text(amount, payment.currency)},
            claim=self.claim_of("capture", None, words=_said),
            reply=lambda row: Reply.of(200, objects.payment_json(row)),
        ).response()


def _said(problem: ApiError) -> ApiError:
    """What is heard by whoever captures second."""
    return BadRequest(wire.ALREADY_CAPTURED) if problem.code == "INVALID_STATUS" else problem
