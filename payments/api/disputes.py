"""Disputes, `/api/v1/disputes`: to read, to answer, to accept."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from mypay.kit.api import success
from payments import selectors
from payments.api import core_schema as schema
from payments.api.base import CorePaymentView
from payments.render import dispute_json
from payments.services.dispute import accept_dispute, submit_evidence


class DisputesView(CorePaymentView):
    @extend_schema(**schema.LIST_DISPUTES)
    def get(self, request: Request) -> HttpResponse:
        """List disputes, newest first."""
        page = selectors.list_disputes(self.merchant, request.query_params)
        rows = [dispute_json(row) for row in page.rows]
        return success(200, {"disputes": rows, "pagination": page.pagination}).response()


class DisputeView(CorePaymentView):
    @extend_schema(**schema.GET_DISPUTE)
    def get(self, request: Request, dispute_id: str) -> HttpResponse:
        """One dispute."""
        return success(200, dispute_json(selectors.get_dispute(self.merchant, dispute_id))).response()


class EvidenceView(CorePaymentView):
    @extend_schema(**schema.SUBMIT_EVIDENCE)
    def post(self, request: Request, dispute_id: str) -> HttpResponse:
        """Hand in evidence; the bank then reviews it."""
        claim = self.claim(request)
        return submit_evidence(merchant=self.merchant, dispute_id=dispute_id, body=self.body, claim=claim).response()


class AcceptView(CorePaymentView):
    @extend_schema(**schema.ACCEPT_DISPUTE)
    def post(self, request: Request, dispute_id: str) -> HttpResponse:
        """Let the payer's bank keep the amount."""
        return accept_dispute(merchant=self.merchant, dispute_id=dispute_id, claim=self.claim(request)).response()
