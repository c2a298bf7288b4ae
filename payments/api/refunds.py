"""Refunds, `/api/v1/refunds` and those of one payment."""

from collections.abc import Mapping

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from merchants.models import Merchant
from mypay.kit.api import success
from payments import selectors
from payments.api import core_schema as schema
from payments.api.base import CorePaymentView, header_of
from payments.models import Payment
from payments.render import refund_json
from payments.services.refund import create_refund
from sandbox.services.decide import HEADER


class RefundsView(CorePaymentView):
    @extend_schema(**schema.LIST_REFUNDS)
    def get(self, request: Request) -> HttpResponse:
        """List refunds, newest first."""
        return _listed(self.merchant, request.query_params)


class RefundView(CorePaymentView):
    @extend_schema(**schema.GET_REFUND)
    def get(self, request: Request, refund_id: str) -> HttpResponse:
        """One refund."""
        return success(200, refund_json(selectors.get_refund(self.merchant, refund_id))).response()


class PaymentRefundsView(CorePaymentView):
    @extend_schema(**schema.CREATE_REFUND)
    def post(self, request: Request, payment_id: str) -> HttpResponse:
        """Give back what is left of a captured payment, or a part of it."""
        scenario, claim = header_of(request, HEADER), self.claim(request)
        return create_refund(merchant=self.merchant, payment_id=payment_id, body=self.body, claim=claim, scenario=scenario).response()

    @extend_schema(**schema.LIST_PAYMENT_REFUNDS)
    def get(self, request: Request, payment_id: str) -> HttpResponse:
        """List a payment's refunds, newest first."""
        return _listed(self.merchant, request.query_params, payment=selectors.get_payment(self.merchant, payment_id))


def _listed(merchant: Merchant, query: Mapping[str, str], payment: Payment | None = None) -> HttpResponse:
    page = selectors.list_refunds(merchant, query, payment=payment)
    return success(200, {"refunds": [refund_json(row) for row in page.rows], "pagination": page.pagination}).response()
