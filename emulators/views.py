"""The base of every vendor's resources: one class each, whose actions `urls` gives to methods and paths.

The vendor gives its keys, its envelope, its pages and its refusals; faults, clock, scenario header and request log come with
`SimulatedView`.
"""

from collections.abc import Callable, Mapping
from typing import Any

import structlog
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import ResolverMatch, resolve
from django.views.decorators.csrf import csrf_exempt
from rest_framework.request import Request
from rest_framework.viewsets import ViewSetMixin

from emulators.bodies import NestedFormParser
from emulators.ids import vendor_id
from emulators.models import VendorObject
from emulators.shelf import Shelf
from mypay.kit import clock, idempotency
from mypay.kit.api import Reply, StrictJsonParser, refusal, refused_response
from mypay.kit.errors import ApiError
from mypay.kit.ids import uuid7
from payments.models import Checkout
from payments.services.create import Terms, create_checkout
from sandbox.api.simulated import SimulatedView
from sandbox.services.decide import HEADER

log = structlog.get_logger("mypay.emulators")
_View = Callable[[HttpRequest], HttpResponse]


class VendorView(ViewSetMixin, SimulatedView):
    """A vendor's objects of one kind, the engine's or its own; JSON or a form comes in, JSON goes out."""

    shelf: Shelf
    kind: str
    model: type[Model] = VendorObject
    related: tuple[str, ...] = ()  # what its rows come with
    key = "pk"  # what its lists go by, the newest first
    parser_classes = [StrictJsonParser, NestedFormParser]
    schema = None  # the vendor describes it, not our OpenAPI

    def error_reply(self, refused: ApiError) -> Reply:
        """Any refusal, of the engine's or the vendor's own, in its envelope."""
        raise NotImplementedError

    def get_exception_handler(self) -> Any:
        return self._handle

    def _handle(self, problem: Exception, context: Any) -> HttpResponse:
        """DRF's exception handler; a fault of ours is logged and told as the vendor tells of its own."""
        refused = refusal(problem)
        if refused is None:
            log.error("unhandled error", vendor=self.shelf.vendor, exc_info=problem)
            refused = ApiError("Internal server error", code="INTERNAL_ERROR", status=500)
        return refused_response(self.error_reply(refused), refused, self)

    def claim_of(self, name: str, key: str | None, *, words: Callable[[ApiError], ApiError] = lambda problem: problem) -> idempotency.Claim:
        """The right to act once under the client's key, always without one; `words` says a kept refusal as the vendor would."""
        return idempotency.claim_named(
            owner_id=self.merchant.pk,
            name=f"{self.shelf.vendor} {name}",
            key=key,
            method=self.request.method or "",
            path=self.request.path.rstrip("/"),
            body=self.body,
            now=clock.now(self.merchant),
            refusal=lambda problem: self.error_reply(words(problem)),
        )

    @property
    def scenario(self) -> str:
        """The outcome that this request's header pins, empty without one."""
        return str(self.request.headers.get(HEADER, ""))

    def rows(self) -> QuerySet[Any]:
        """All of the merchant's."""
        own = self.shelf.rows(self.merchant, self.kind)
        return own if self.model is VendorObject else self.model._default_manager.filter(merchant=self.merchant)

    def find(self, *path: Any, **named: Any) -> Any:
        """The one that the path names last; raises the vendor's refusal of an id that is unknown or somebody else's."""
        return self.shelf.find(self.rows().select_related(*self.related), self.kind, (*path, *named.values())[-1])

    def shown(self, rows: list[Any]) -> list[dict[str, Any]]:
        """Rows as the vendor shows them: all at once, so that no query stands in a loop."""
        raise NotImplementedError

    def told(self, row: Any, status: int = 200) -> HttpResponse:
        """One of them as it goes over the wire."""
        return answer(self.shown([row])[0], status)

    def listed(self, rows: QuerySet[Any]) -> HttpResponse:
        """The page of them that the query asks for, as the vendor wraps it."""
        raise NotImplementedError

    def open_checkout(self, body: Mapping[str, Any], extra: Mapping[str, Any], terms: Terms, *, reference: str = "") -> Checkout:
        """A checkout, and what the vendor keeps beside it and finds it by.

        Its own reference is the vendor's id of it, so that the merchant's may repeat; where none may, it is in the body.
        """
        key = uuid7()
        return create_checkout(
            merchant=self.merchant,
            body={"reference": vendor_id(self.shelf.prefixes[self.kind], key), **body},
            lenient=True,
            scenario=self.scenario,
            terms=terms,
            key=key,
            beside=lambda row: self.shelf.beside(self.kind, row, extra, reference=reference),
        )

    def retrieve(self, request: Request, **path: str) -> HttpResponse:
        """One."""
        return self.told(self.find(**path))

    def list(self, request: Request, *path: Any, **named: Any) -> HttpResponse:
        """Many, newest first."""
        return self.listed(self.rows())


def answer(content: Any, status: int = 200) -> HttpResponse:
    """JSON as it goes over the wire."""
    return Reply.of(status, content).response()


def elsewhere(nowhere: Callable[[], Reply]) -> _View:
    """Of every path that is no route: the route without the slash at its end, if there is such a one, else the vendor's own 404."""

    @csrf_exempt
    def view(request: HttpRequest) -> HttpResponse:
        match = _without_slash(request)
        if match is None or match.func is view:
            return nowhere().response()
        request.resolver_match = match
        found: HttpResponse = match.func(request, *match.args, **match.kwargs)
        return found

    return view


def _without_slash(request: HttpRequest) -> ResolverMatch | None:
    if not request.path.endswith("/"):
        return None
    try:
        return resolve(request.path.removesuffix("/"), getattr(request, "urlconf", None))
    except Http404:
        return None
