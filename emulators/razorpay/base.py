"""The base of Razorpay's endpoints: its key pair, its bodies, its errors, its own 404.

Faults, clock, scenario header and request log come with `SimulatedView`.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import ResolverMatch, resolve
from django.views.decorators.csrf import csrf_exempt

from emulators.razorpay.errors import NO_SUCH_URL, BadRequest, error_reply, handle_error
from merchants.authentication import BasicPairAuthentication
from merchants.states import Scope
from mypay.kit import clock, idempotency
from mypay.kit.api import Reply, StrictFormParser, StrictJsonParser
from mypay.kit.errors import ApiError, MalformedBody
from sandbox.api.simulated import SimulatedView
from sandbox.services.decide import HEADER


class RazorpayKey(BasicPairAuthentication):
    """A key id and its secret, as `rzp_test_…` pairs come."""

    scopes = (Scope.RAZORPAY,)


class FormBody(dict[str, Any]):
    """A form's members, nested; their numbers are text."""


class NestedFormParser(StrictFormParser):
    """Forms whose names nest, each name once."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        return nested(super().parse(stream, media_type, parser_context).items())


def nested(fields: Iterable[tuple[str, Any]]) -> FormBody:
    """A form's fields as members: `notes[shop]=1` is `{"notes": {"shop": "1"}}`."""
    body = FormBody()
    for name, value in fields:
        *outer, last = name.replace("]", "").split("[")
        inside: dict[str, Any] = body
        for part in outer:
            inside = inside.setdefault(part, {})
            if not isinstance(inside, dict):
                raise MalformedBody(f"Duplicate field in request body: {part[:100]}", field=part)
        inside[last] = value
    return body


class RazorpayView(SimulatedView):
    """An endpoint for a Razorpay key pair; JSON or a form comes in, JSON goes out."""

    authentication_classes = [RazorpayKey]
    parser_classes = [StrictJsonParser, NestedFormParser]
    schema = None  # Razorpay describes it, not our OpenAPI

    def get_exception_handler(self) -> Any:
        return handle_error

    def claim_of(self, name: str, key: str | None, *, words: Callable[[ApiError], ApiError] = lambda problem: problem) -> idempotency.Claim:
        """The right to act once under the client's key, always without one; `words` says a kept refusal in Razorpay's."""
        return idempotency.claim_named(
            owner_id=self.merchant.pk,
            name=f"razorpay {name}",
            key=key,
            method=self.request.method or "",
            path=self.request.path.rstrip("/"),
            body=self.body,
            now=clock.now(self.merchant),
            refusal=lambda problem: error_reply(words(problem)),
        )

    @property
    def scenario(self) -> str:
        """The outcome that this request's header pins, empty without one."""
        return str(self.request.headers.get(HEADER, ""))


def answer(content: Any, status: int = 200) -> HttpResponse:
    """The object as it goes over the wire."""
    return Reply.of(status, content).response()


@csrf_exempt
def elsewhere(request: HttpRequest) -> HttpResponse:
    """The route without the slash at its end, which some of Razorpay's own documents have; else Razorpay's 404."""
    match = _without_slash(request)
    if match is None:
        return error_reply(BadRequest(NO_SUCH_URL, status=404)).response()
    request.resolver_match = match
    found: HttpResponse = match.func(request, *match.args, **match.kwargs)
    return found


def _without_slash(request: HttpRequest) -> ResolverMatch | None:
    if not request.path.endswith("/"):
        return None
    try:
        match = resolve(request.path.removesuffix("/"), getattr(request, "urlconf", None))
    except Http404:
        return None
    return None if match.func is elsewhere else match
