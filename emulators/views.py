"""The base of every vendor's endpoints, and of its lists and objects; the vendor gives its keys, envelope, pages and refusals.

Faults, clock, scenario header and request log come with `SimulatedView`.
"""

from collections.abc import Callable
from typing import Any

import structlog
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import ResolverMatch, resolve
from django.views.decorators.csrf import csrf_exempt
from rest_framework.request import Request

from emulators.bodies import NestedFormParser
from emulators.shelf import Shelf
from mypay.kit import clock, idempotency
from mypay.kit.api import Reply, StrictJsonParser, refusal, refused_response
from mypay.kit.errors import ApiError
from sandbox.api.simulated import SimulatedView
from sandbox.services.decide import HEADER

log = structlog.get_logger("mypay.emulators")
_View = Callable[[HttpRequest], HttpResponse]


class VendorView(SimulatedView):
    """An endpoint of a vendor's; JSON or a form comes in, JSON goes out."""

    shelf: Shelf
    kind: str  # of the objects it is about, on the shelf
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
            log.error("unhandled error", vendor=self.shelf.vendor.value, exc_info=problem)
            refused = ApiError("Internal server error", code="INTERNAL_ERROR", status=500)
        return refused_response(self.error_reply(refused), refused, self)

    def claim_of(self, name: str, key: str | None, *, words: Callable[[ApiError], ApiError] = lambda problem: problem) -> idempotency.Claim:
        """The right to act once under the client's key, always without one; `words` says a kept refusal as the vendor would."""
        return idempotency.claim_named(
            owner_id=self.merchant.pk,
            name=f"{self.shelf.vendor.value} {name}",
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

    def shown(self, rows: list[Any]) -> list[dict[str, Any]]:
        """The rows as the vendor shows them: all at once, so that no query stands in a loop."""
        raise NotImplementedError

    def told(self, row: Any, status: int = 200) -> HttpResponse:
        """One of them as it goes over the wire."""
        return answer(self.shown([row])[0], status)


class ListView(VendorView):
    """A list, newest first by `key`, whose rows come with what is `related`."""

    key = "pk"
    related: tuple[str, ...] = ()

    def rows(self, *args: Any, **path: Any) -> QuerySet[Any]:
        """Those that the path and the query ask for: without more to say, all that is on the shelf."""
        return self.shelf.rows(self.merchant, self.kind)

    def listed(self, rows: QuerySet[Any]) -> Any:
        """The page that the query asks for, as the vendor wraps it."""
        raise NotImplementedError

    def get(self, request: Request, **path: str) -> HttpResponse:
        return answer(self.listed(self.rows(**path)))


class ItemView(VendorView):
    """One object."""

    def find(self, *args: Any, **path: Any) -> Any:
        """The one that the path names, without more to say on the shelf; raises the vendor's refusal of an unknown id."""
        return self.shelf.get(self.merchant, self.kind, *path.values())

    def get(self, request: Request, **path: str) -> HttpResponse:
        return self.told(self.find(**path))


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
