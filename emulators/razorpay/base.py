"""The base of Razorpay's endpoints: its key pair, its pages, its 404."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from emulators.razorpay.errors import NO_SUCH_URL, BadRequest, error_reply
from emulators.razorpay.objects import kept
from emulators.razorpay.reading import read
from emulators.razorpay.render import collection
from emulators.selectors import newest
from emulators.views import VendorView, answer, elsewhere
from gateways.razorpay import wire
from merchants.authentication import BasicPairAuthentication
from merchants.states import Scope
from mypay.kit.api import Reply
from mypay.kit.errors import ApiError

_COUNT, _MOST, _DEEPEST = 10, 100, 10_000_000
_LAST_SECOND = 253_402_300_799

nowhere = elsewhere(lambda: error_reply(BadRequest(NO_SUCH_URL, status=404)))


class RazorpayKey(BasicPairAuthentication):
    """A key id and its secret, as `rzp_test_…` pairs come."""

    scopes = (Scope.RAZORPAY,)


class RazorpayView(VendorView):
    """A resource for a Razorpay key pair."""

    authentication_classes = [RazorpayKey]
    shelf = kept

    def error_reply(self, refused: ApiError) -> Reply:
        return error_reply(refused)

    def expands(self, what: str) -> bool:
        """Whether `expand[]` asks for it."""
        query = self.request.query_params
        return what in (*query.getlist("expand[]"), *query.getlist("expand"))

    def page(self, rows: QuerySet[Any]) -> list[Any]:
        """By `count` and `skip`, `from` and `to` in seconds; raises BadRequest naming what is wrong."""
        query = self.request.query_params
        count = read.number(query, "count", default=_COUNT, least=1, most=_MOST)
        skip = read.number(query, "skip", default=0, least=0, most=_DEEPEST)
        times = {
            name: wire.moment(read.number(query, name, default=0, least=0, most=_LAST_SECOND)) for name in ("from", "to") if name in query
        }
        until = times["to"].replace(microsecond=999_999) if "to" in times else None
        return newest(rows, skip=skip, count=count, since=times.get("from"), until=until, related=self.related, key=self.key)

    def listed(self, rows: QuerySet[Any]) -> HttpResponse:
        return answer(collection(self.shown(self.page(rows))))

    def annotate(self, request: Request, **path: str) -> HttpResponse:
        """Change the notes of one of the engine's."""
        row = self.find(**path)
        kept.note(self.merchant, self.kind, row.pk, notes=read.only_notes(self.body))
        return self.told(row)
