"""Money for a sandbox merchant, `/api/v1/sandbox/top-up`: here, as the ledger is above the sandbox."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from ledger import selectors
from ledger.api import schema
from ledger.render import balance_json
from ledger.services.top_up import checked_amount, top_up
from mypay.kit.api import success
from mypay.kit.money import EXPONENTS
from sandbox.api.base import SandboxView


class TopUpView(SandboxView):
    @extend_schema(**schema.TOP_UP)
    def post(self, request: Request) -> HttpResponse:
        """Bring money in from outside; answers the balance after it."""
        self.only("amount", "currency")
        currency = self.choice("currency", list(EXPONENTS), "PKR")
        amount = checked_amount(self.merchant, currency, self.body.get("amount"))
        top_up(merchant=self.merchant, currency=currency, amount=amount)
        return success(200, {"currency": currency, **balance_json(selectors.balance(self.merchant, currency))}).response()
