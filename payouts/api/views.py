"""The payout API, thin: read the request, call the service, send the reply (contract section 1)."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from ledger import selectors as ledger
from ledger.render import balance_json
from merchants.authentication import ApiKeyAuthentication
from merchants.states import Scope
from mypay.kit.api import JsonView, Reply, success
from payouts import selectors
from payouts.api import schema
from payouts.render import entry_json, item_json, payout_json
from payouts.services.create import create_payout
from payouts.services.reinitiate import reinitiate_payout
from payouts.services.verify_account import verify_account
from payouts.states import DestinationType
from sandbox.api.simulated import SimulatedView
from sandbox.services.decide import HEADER


class PayoutKey(ApiKeyAuthentication):
    """Keys of the payout API."""

    scopes = (Scope.PAYOUTS,)


class PayoutApiView(SimulatedView):
    """A route of the payout API."""

    authentication_classes = [PayoutKey]


class PayoutsView(PayoutApiView):
    @extend_schema(**schema.CREATE)
    def post(self, request: Request) -> HttpResponse:
        """Create a payout."""
        scenario = request.headers.get(HEADER, "")
        claim = self.claim(request)
        return create_payout(merchant=self.merchant, body=self.body, claim=claim, scenario=scenario).response()

    @extend_schema(**schema.LIST)
    def get(self, request: Request) -> HttpResponse:
        """List payouts, newest first."""
        page = selectors.list_payouts(self.merchant, request.query_params)
        rows = [payout_json(row) for row in page.rows]
        return success(200, {"payouts": rows, "pagination": page.pagination}).response()


class PayoutView(PayoutApiView):
    @extend_schema(**schema.GET)
    def get(self, request: Request, payout_id: str) -> HttpResponse:
        """One payout."""
        return success(200, payout_json(selectors.get_payout(self.merchant, payout_id))).response()


class ReinitiateView(PayoutApiView):
    @extend_schema(**schema.REINITIATE)
    def post(self, request: Request, payout_id: str) -> HttpResponse:
        """Send a failed payout again."""
        return reinitiate_payout(merchant=self.merchant, payout_id=payout_id, claim=self.claim(request)).response()


class VerifyAccountView(PayoutApiView):
    @extend_schema(**schema.VERIFY)
    def post(self, request: Request) -> HttpResponse:
        """Ask whether an account could be paid."""
        return verify_account(body=self.body, claim=self.claim(request)).response()


class BalanceView(PayoutApiView):
    @extend_schema(**schema.BALANCE)
    def get(self, request: Request) -> HttpResponse:
        """What the merchant has, and how much of it is free."""
        return success(200, balance_json(ledger.balance(self.merchant))).response()


class BalanceHistoryView(PayoutApiView):
    @extend_schema(**schema.HISTORY)
    def get(self, request: Request) -> HttpResponse:
        """The balance's ledger, newest first."""
        page = ledger.history(self.merchant, request.query_params)
        rows = [entry_json(row, "PKR") for row in page.rows]
        return success(200, {"entries": rows, "pagination": page.pagination}).response()


class DirectoryView(PayoutApiView):
    """All of the directory, or one kind of it."""

    kinds: tuple[DestinationType, ...] = (DestinationType.BANK, DestinationType.WALLET)
    _names = {DestinationType.BANK: "banks", DestinationType.WALLET: "wallets"}

    @extend_schema(**schema.DIRECTORY)
    def get(self, request: Request) -> HttpResponse:
        """Banks and wallets that can be paid, by name."""
        data = {self._names[kind]: [item_json(row) for row in selectors.directory(kind)] for kind in self.kinds}
        return success(200, data).response()


class HealthView(JsonView):
    @extend_schema(**schema.HEALTH)
    def get(self, request: Request) -> HttpResponse:
        """Whether the service is up; no auth (contract section 0)."""
        return Reply.of(200, {"status": "healthy"}).response()
