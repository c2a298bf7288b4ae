"""The base of Paystack's endpoints: its bearer key, its envelope, its pages, its 404."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from emulators.paystack.chunks import understand
from emulators.paystack.errors import Refused, error_reply
from emulators.paystack.objects import kept
from emulators.paystack.pages import page, within
from emulators.paystack.render import envelope
from emulators.views import VendorView, answer, elsewhere
from merchants.authentication import BearerKeyAuthentication
from merchants.states import Scope
from mypay.kit.api import Reply
from mypay.kit.errors import ApiError

nowhere = elsewhere(lambda: error_reply(Refused("Route not found", "route_not_found", status=404)))


class PaystackKey(BearerKeyAuthentication):
    """A secret key, `sk_test_…`; its public one opens nothing."""

    scopes = (Scope.PAYSTACK,)


class PaystackView(VendorView):
    """A resource for a Paystack secret key."""

    authentication_classes = [PaystackKey]
    shelf = kept
    one, many = "", ""  # what it says of an object that it found, and of a list

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        understand(request._request)
        super().initial(request, *args, **kwargs)

    def error_reply(self, refused: ApiError) -> Reply:
        return error_reply(refused)

    def told(self, row: Any, status: int = 200, message: str = "") -> HttpResponse:
        return answer(envelope(message or self.one, self.shown([row])[0]), status)

    def listed(self, rows: QuerySet[Any]) -> HttpResponse:
        """By `page` and `perPage` or by cursor, between `from` and `to`; raises InvalidParams naming what is wrong."""
        query = self.request.query_params
        rows = within(rows, query)
        found, meta = page(rows, query, related=self.related, key=self.key)
        return answer(envelope(self.many, self.shown(found), {**self.totals(rows), **meta}))

    def totals(self, rows: QuerySet[Any]) -> Mapping[str, Any]:
        """What else its lists say of all their rows."""
        return {}
