"""The base of every JSON endpoint: body first, then the key, then the handler; one error shape.

The order "body parse, key, …" is the contract's (section 1). This module shapes the core
dialect's errors; other dialects set their own handler on their base view.
"""

from dataclasses import dataclass, field
from typing import Any, cast

import structlog
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpResponse, UnreadablePostError
from django.utils.http import parse_header_parameters
from rest_framework import exceptions, parsers, renderers
from rest_framework.request import Request
from rest_framework.views import APIView

from mypay.kit import clock, jsonbody
from mypay.kit.errors import ApiError, MalformedBody, NotFound, UnsupportedMediaType, ValidationError

log = structlog.get_logger("mypay.api")
JSON = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Reply:
    """A finished answer: what goes over the wire and what an idempotency key remembers."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, status: int, content: Any, headers: dict[str, str] | None = None) -> "Reply":
        """A reply with `content` as JSON."""
        return cls(status, jsonbody.dumps(content), headers or {})

    def response(self) -> HttpResponse:
        """The reply as Django sends it."""
        return HttpResponse(self.body, status=self.status, content_type=JSON, headers=self.headers)


class StrictJsonParser(parsers.BaseParser):
    """JSON objects only; see `jsonbody`."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> dict[str, Any]:
        charset = parse_header_parameters(media_type or "")[1].get("charset", "utf-8")
        if charset.strip('"').lower().replace("_", "-") not in ("utf-8", "utf8", "us-ascii"):
            raise UnsupportedMediaType(f"Unsupported charset: {charset[:40]}; send UTF-8", field="Content-Type")
        return jsonbody.parse_object(stream.read())


class StrictFormParser(parsers.FormParser):
    """Forms with one value a field, as the dict a JSON body gives."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            form = super().parse(stream, media_type, parser_context)
        except UnicodeError:
            raise MalformedBody("Request body must be UTF-8 text") from None
        for name, values in form.lists():
            if len(values) > 1:
                raise MalformedBody(f"Duplicate field in request body: {name[:100]}", field=name)
        return dict(form.items())


class JsonView(APIView):
    """An endpoint in the core dialect."""

    parser_classes = [StrictJsonParser, StrictFormParser]
    renderer_classes = [renderers.JSONRenderer]
    body: dict[str, Any]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Read and parse the body before asking who calls (contract section 1)."""
        if request.method in ("POST", "PUT", "PATCH"):
            _read(request)
            self.body = cast(dict[str, Any], request.data)
            request._request.audit_body = self.body  # type: ignore[attr-defined]
        super().initial(request, *args, **kwargs)

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """JSON whatever `Accept` says, as the original answers."""
        renderer = self.renderer_classes[0]()
        return renderer, renderer.media_type

    def get_exception_handler(self) -> Any:
        return handle_error


def _read(request: Request) -> None:
    """Take the whole body now, within the size limit."""
    try:
        _ = request._request.body
    except RequestDataTooBig:
        raise ApiError("Request body is too large", code="PAYLOAD_TOO_LARGE", status=413) from None
    except UnreadablePostError:
        raise MalformedBody("Request body ended too early") from None


def refusal(problem: Exception) -> ApiError | None:
    """The refusal that an exception stands for; None for a fault of ours."""
    if isinstance(problem, ApiError):
        return problem
    if isinstance(problem, Http404 | exceptions.NotFound):
        return NotFound("Route not found")
    if isinstance(problem, exceptions.UnsupportedMediaType):
        return UnsupportedMediaType("Send application/json or application/x-www-form-urlencoded", field="Content-Type")
    if isinstance(problem, exceptions.MethodNotAllowed):
        refused = ApiError("Method not allowed", code="METHOD_NOT_ALLOWED", status=405)
        refused.timed = False
        return refused
    if isinstance(problem, exceptions.APIException):
        return ValidationError(str(problem.detail), status=problem.status_code)
    return None


def error_reply(problem: ApiError) -> Reply:
    """The core dialect's error: `{"error":{message,code,timestamp?}}` (contract section 1)."""
    error = {"message": problem.message, "code": problem.code}
    if problem.timed:
        error["timestamp"] = clock.iso(clock.real_now())
    return Reply(problem.status, jsonbody.dumps({"error": error}), problem.headers)


def refused_response(reply: Reply, refused: ApiError, view: APIView) -> HttpResponse:
    """A refusal as any dialect sends it: its code goes into AUDIT-RESPONSE, a 405 says what is allowed."""
    response = reply.response()
    response.refusal = refused.code  # type: ignore[attr-defined]
    if refused.status == 405:
        response["Allow"] = ", ".join(view.allowed_methods)
    return response


def handle_error(problem: Exception, context: Any) -> HttpResponse:
    """DRF's exception handler for the core dialect; a fault of ours is logged and told as 500."""
    refused = refusal(problem)
    if refused is not None:
        return refused_response(error_reply(refused), refused, context["view"])
    log.error("unhandled error", exc_info=problem)
    return internal_error().response()


def internal_error() -> Reply:
    """500 in the core dialect (contract section 0)."""
    return Reply.of(500, {"error": {"message": "Internal server error", "code": "INTERNAL_ERROR"}})


def success(status: int, data: Any, message: str = "") -> Reply:
    """`{"success":true,"message"?,"data"}` (contract section 1)."""
    return Reply.of(status, {"success": True, **({"message": message} if message else {}), "data": data})
