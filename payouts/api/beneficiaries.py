"""Beneficiaries over the API: whom a merchant pays again and again."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from mypay.kit.api import success
from payouts import selectors
from payouts.api import batch_schema as schema
from payouts.api.views import PayoutApiView
from payouts.render import beneficiary_json
from payouts.services.beneficiaries import add_by_claim, remove_beneficiary


class BeneficiariesView(PayoutApiView):
    @extend_schema(**schema.LIST_BENEFICIARIES)
    def get(self, request: Request) -> HttpResponse:
        """List beneficiaries, newest first."""
        page = selectors.list_beneficiaries(self.merchant, request.query_params)
        rows = [beneficiary_json(row) for row in page.rows]
        return success(200, {"beneficiaries": rows, "pagination": page.pagination}).response()

    @extend_schema(**schema.ADD_BENEFICIARY)
    def post(self, request: Request) -> HttpResponse:
        """Add a beneficiary."""
        return add_by_claim(merchant=self.merchant, body=self.body, claim=self.claim(request)).response()


class BeneficiaryView(PayoutApiView):
    @extend_schema(**schema.GET_BENEFICIARY)
    def get(self, request: Request, beneficiary_id: str) -> HttpResponse:
        """One beneficiary."""
        return success(200, beneficiary_json(selectors.get_beneficiary(self.merchant, beneficiary_id))).response()

    @extend_schema(**schema.REMOVE_BENEFICIARY)
    def delete(self, request: Request, beneficiary_id: str) -> HttpResponse:
        """Remove a beneficiary; payouts made to it stay as they are."""
        remove_beneficiary(merchant=self.merchant, beneficiary_id=beneficiary_id)
        return success(200, {"deleted": True}).response()
