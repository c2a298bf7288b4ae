"""Payout batches over the API: many payouts in one call, as JSON or CSV."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import parsers
from rest_framework.request import Request

from mypay.kit.api import StrictFormParser, StrictJsonParser, success
from mypay.kit.errors import MalformedBody, ValidationError
from payouts import selectors
from payouts.api import batch_schema as schema
from payouts.api.views import PayoutApiView
from payouts.batch_file import RawLine, read_csv, read_list
from payouts.render import batch_json, line_json
from payouts.services.confirm_batch import cancel_by_claim
from payouts.services.create_batch import create_batch

_MAX_NAME = 100


class CsvParser(parsers.BaseParser):
    """A CSV file as the body, as if it were the member `csv`."""

    media_type = "text/csv"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> dict[str, Any]:
        try:
            return {"csv": stream.read().decode("utf-8-sig")}
        except UnicodeDecodeError:
            raise MalformedBody("Request body must be UTF-8 text") from None


class BatchesView(PayoutApiView):
    parser_classes = [StrictJsonParser, StrictFormParser, CsvParser]

    @extend_schema(**schema.LIST_BATCHES)
    def get(self, request: Request) -> HttpResponse:
        """List payout batches, newest first."""
        page = selectors.list_batches(self.merchant, request.query_params)
        rows = [batch_json(row) for row in page.rows]
        return success(200, {"payoutBatches": rows, "pagination": page.pagination}).response()

    @extend_schema(**schema.CREATE_BATCH)
    def post(self, request: Request) -> HttpResponse:
        """Pay many at once: what can be paid is on its way, what cannot is named in the lines."""
        claim = self.claim(request)
        return create_batch(merchant=self.merchant, read=self._lines, name=self._name(), claim=claim).response()

    def _lines(self) -> list[RawLine]:
        given, text = self.body.get("lines"), self.body.get("csv")
        if (given is None) == (text is None):
            raise ValidationError("Give either lines or csv", field="lines")
        if given is not None:
            return read_list(given).lines
        if not isinstance(text, str):
            raise ValidationError("csv must be text", field="csv")
        return read_csv(text).lines

    def _name(self) -> str:
        name = self.body.get("name") or ""
        if not isinstance(name, str) or len(name) > _MAX_NAME:
            raise ValidationError(f"name must be text of at most {_MAX_NAME} characters", field="name")
        return name.strip()


class BatchView(PayoutApiView):
    @extend_schema(**schema.GET_BATCH)
    def get(self, request: Request, batch_id: str) -> HttpResponse:
        """One payout batch and how far it is."""
        return success(200, batch_json(selectors.get_batch(self.merchant, batch_id))).response()


class BatchLinesView(PayoutApiView):
    @extend_schema(**schema.BATCH_LINES)
    def get(self, request: Request, batch_id: str) -> HttpResponse:
        """The lines of a batch in their order: the payout of each, or why it has none."""
        page = selectors.list_lines(selectors.get_batch(self.merchant, batch_id), request.query_params)
        rows = [line_json(row) for row in page.rows]
        return success(200, {"lines": rows, "pagination": page.pagination}).response()


class CancelBatchView(PayoutApiView):
    @extend_schema(**schema.CANCEL_BATCH)
    def post(self, request: Request, batch_id: str) -> HttpResponse:
        """Pay no more lines of it; payouts that exist stay."""
        return cancel_by_claim(merchant=self.merchant, batch_id=batch_id, claim=self.claim(request)).response()
