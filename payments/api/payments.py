"""Payments in the core dialect, `/api/v1/payments`: to read, to capture, to void."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from mypay.kit.api import success
from payments import selectors
from payments.api import core_schema as schema
from payments.api.base import CorePaymentView
from payments.render import payment_json
from payments.services.capture import capture_payment, void_payment


class PaymentsView(CorePaymentView):
    @extend_schema(**schema.LIST_PAYMENTS)
    def get(self, request: Request) -> HttpResponse:
        """List payments, newest first."""
        page = selectors.list_payments(self.merchant, request.query_params)
        rows = [payment_json(row) for row in page.rows]
        return success(200, {"payments": rows, "pagination": page.pagination}).response()


class PaymentView(CorePaymentView):
    @extend_schema(**schema.GET_PAYMENT)
    def get(self, request: Request, payment_id: str) -> HttpResponse:
        """One payment."""
        return success(200, payment_json(selectors.get_payment(self.merchant, payment_id))).response()


class CaptureView(CorePaymentView):
    @extend_schema(**schema.CAPTURE)
    def post(self, request: Request, payment_id: str) -> HttpResponse:
        """Collect an authorized payment, or a part of it."""
        claim = self.claim(request)
        return capture_payment(merchant=self.merchant, payment_id=payment_id, body=self.body, claim=claim).response()


class VoidView(CorePaymentView):
    @extend_schema(**schema.VOID)
    def post(self, request: Request, payment_id: str) -> HttpResponse:
        """Give an authorization up."""
        return void_payment(merchant=self.merchant, payment_id=payment_id, claim=self.claim(request)).response()
