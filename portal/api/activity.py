"""The merchant's transactions, payouts and figures (contract section 6)."""

from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from mypay.kit import exports
from payouts.selectors import get_payout
from portal.api import render, schema, selectors
from portal.api.base import PortalView, ok

_TRANSACTION_COLUMNS = ["Reference", "Amount", "Status", "Payment Method", "Date"]
_PAYOUT_COLUMNS = ["ID", "Reference", "Amount", "Status", "Type", "Bank/Wallet", "Account", "Title"]


class TransactionsView(PortalView):
    @extend_schema(**schema.TRANSACTIONS)
    def get(self, request: Request) -> HttpResponse:
        """Checkouts, newest first."""
        query = request.query_params
        rows, pagination = selectors.page(selectors.transactions(self.merchant, query), query)
        payers = selectors.payers(rows)
        shown = [render.transaction_json(row, payers.get(row.pk, "")) for row in rows]
        return ok({"transactions": shown, "pagination": pagination})


class TransactionView(PortalView):
    @extend_schema(**schema.TRANSACTION)
    def get(self, request: Request, checkout_id: str) -> HttpResponse:
        """One checkout."""
        found = selectors.get_transaction(self.merchant, checkout_id)
        payer = selectors.payers([found]).get(found.pk, "")
        return ok({"transaction": render.transaction_detail_json(found, payer, selectors.webhook_status(found))})


class TransactionExportView(PortalView):
    @extend_schema(**schema.EXPORT)
    def get(self, request: Request, format: str) -> StreamingHttpResponse:
        """All checkouts of a status and time as a file."""
        return exports.export(
            selectors.transactions(self.merchant, request.query_params),
            name="transactions",
            format=format,
            columns=_TRANSACTION_COLUMNS,
            cells=render.transaction_cells,
            item=render.exported_transaction,
        )


class StatsView(PortalView):
    @extend_schema(**schema.STATS)
    def get(self, request: Request) -> HttpResponse:
        """The dashboard's figures."""
        return ok({"stats": selectors.stats(self.merchant)})


class PayoutsView(PortalView):
    @extend_schema(**schema.PAYOUTS)
    def get(self, request: Request) -> HttpResponse:
        """Payouts, newest first."""
        query = request.query_params
        rows, pagination = selectors.page(selectors.payouts(self.merchant, query), query)
        return ok({"payouts": [render.payout_json(row) for row in rows], "pagination": pagination})


class PayoutView(PortalView):
    @extend_schema(**schema.PAYOUT)
    def get(self, request: Request, payout_id: str) -> HttpResponse:
        """One payout."""
        return ok({"payout": render.payout_json(get_payout(self.merchant, payout_id))})


class PayoutExportView(PortalView):
    @extend_schema(**schema.EXPORT)
    def get(self, request: Request, format: str) -> StreamingHttpResponse:
        """All payouts of a status and time as a file."""
        return exports.export(
            selectors.payouts(self.merchant, request.query_params),
            name="payouts",
            format=format,
            columns=_PAYOUT_COLUMNS,
            cells=render.payout_cells,
            item=render.payout_json,
        )
