"""Settlements and their statements, `/api/v1/settlements`, and the plans they follow: to read."""

from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from mypay.kit.api import success
from mypay.kit.exports import csv_file
from payments import pending, selectors
from payments.api import settlement_schema as schema
from payments.api.base import CorePaymentView
from payments.render import settlement_json
from payments.settlement_render import LINE_COLUMNS, line_cells, line_json, plan_json, upcoming_json
from payments.statements import Statement


class SettlementsView(CorePaymentView):
    @extend_schema(**schema.LIST)
    def get(self, request: Request) -> HttpResponse:
        """List settlements, newest first."""
        page = selectors.list_settlements(self.merchant, request.query_params)
        rows = [settlement_json(row) for row in page.rows]
        return success(200, {"settlements": rows, "pagination": page.pagination}).response()


class UpcomingView(CorePaymentView):
    @extend_schema(**schema.UPCOMING)
    def get(self, request: Request) -> HttpResponse:
        """What has not settled yet, by currency."""
        return success(200, {"upcoming": [upcoming_json(row) for row in pending.upcoming(self.merchant)]}).response()


class SettlementView(CorePaymentView):
    @extend_schema(**schema.GET)
    def get(self, request: Request, settlement_id: str) -> HttpResponse:
        """One settlement."""
        return success(200, settlement_json(selectors.get_settlement(self.merchant, settlement_id))).response()


class LinesView(CorePaymentView):
    @extend_schema(**schema.LINES)
    def get(self, request: Request, settlement_id: str) -> HttpResponse:
        """The lines of a settlement's statement, oldest first."""
        settlement = selectors.get_settlement(self.merchant, settlement_id)
        page = Statement(settlement).page(request.query_params)
        rows = [line_json(line, settlement.currency) for line in page.rows]
        return success(200, {"lines": rows, "pagination": page.pagination}).response()


class StatementFileView(CorePaymentView):
    @extend_schema(**schema.STATEMENT_FILE)
    def get(self, request: Request, settlement_id: str) -> StreamingHttpResponse:
        """The whole statement as CSV: one row of names, then one row a line."""
        settlement = selectors.get_settlement(self.merchant, settlement_id)
        lines = (line_cells(line, settlement.currency) for line in Statement(settlement))
        return csv_file(LINE_COLUMNS, lines, name=f"settlement-{settlement.pk}")


class PlansView(CorePaymentView):
    @extend_schema(**schema.PLANS)
    def get(self, request: Request) -> HttpResponse:
        """The terms of each currency."""
        return success(200, {"plans": [plan_json(plan) for plan in pending.plans(self.merchant)]}).response()
