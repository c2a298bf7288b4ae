"""Pieces of the OpenAPI description that routes share: envelopes, pages, refusals, amounts, headers."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, inline_serializer
from rest_framework import serializers


class ErrorBodySerializer(serializers.Serializer):  # type: ignore[type-arg]
    message = serializers.CharField()
    code = serializers.CharField()
    timestamp = serializers.DateTimeField(required=False)


class ErrorSerializer(serializers.Serializer):  # type: ignore[type-arg]
    error = ErrorBodySerializer()


class RefusalSerializer(serializers.Serializer):  # type: ignore[type-arg]
    success = serializers.BooleanField(default=False)
    error = serializers.CharField()
    code = serializers.CharField(required=False, help_text="MAINTENANCE")


class _Page(serializers.Serializer):  # type: ignore[type-arg]
    page = serializers.IntegerField(required=False, help_text="With page and limit")
    limit = serializers.IntegerField()
    total = serializers.IntegerField(required=False, help_text="With page and limit")
    nextCursor = serializers.CharField(required=False, allow_null=True, help_text="With cursor; null after the last")


class PaginationSerializer(_Page):
    """As the core dialect counts pages."""

    totalPages = serializers.IntegerField(required=False, help_text="With page and limit")


class PagesSerializer(_Page):
    """As the payment and portal dialects count pages."""

    pages = serializers.IntegerField(required=False, help_text="With page and limit")


class AmountField(serializers.Field):  # type: ignore[type-arg]
    """An amount in a request: a JSON number or the same as text, above zero."""

    def __init__(self, *, integer_digits: int = 13, decimals: int = 2, **options: Any) -> None:
        super().__init__(**options)
        self.integer_digits, self.decimals = integer_digits, decimals


class _AmountSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    target_class = AmountField

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        digits, decimals = self.target.integer_digits, self.target.decimals
        text = {"type": "string", "pattern": rf"^[0-9]{{1,{digits}}}(\.[0-9]{{1,{decimals}}})?$"}
        number = {"type": "number", "minimum": 0, "exclusiveMinimum": True, "maximum": 10**digits, "exclusiveMaximum": True}
        return {"oneOf": [text, number]}


def header(name: str, text: str, type: Any = OpenApiTypes.STR, *, required: bool = False) -> OpenApiParameter:
    """A request header."""
    return OpenApiParameter(name, type, OpenApiParameter.HEADER, required=required, description=text)


def query(name: str, text: str, type: Any = OpenApiTypes.STR) -> OpenApiParameter:
    """A query parameter."""
    return OpenApiParameter(name, type, OpenApiParameter.QUERY, description=text)


def example(name: str, /, **members: Any) -> OpenApiExample:
    """A request body to send as it stands."""
    return OpenApiExample(name, request_only=True, value=members)


PAGES = [
    query("page", "From 1; default 1", OpenApiTypes.INT),
    query("limit", "Default 20, at most 100", OpenApiTypes.INT),
    query("cursor", "Instead of page: empty for the first, then the last answer's nextCursor; the same cost at any depth"),
]


IDEMPOTENCY_KEY = header(
    "X-Idempotency-Key", "The same key and request give the same reply for 24 hours; any version of UUID", OpenApiTypes.UUID, required=True
)


def ok(name: str, data: Any, *, status: int = 200, message: bool = False) -> dict[int, Any]:
    """The core dialect's `{success,message?,data}` and the errors any of its routes may give."""
    fields: dict[str, Any] = {"success": serializers.BooleanField(), "data": data}
    if message:
        fields["message"] = serializers.CharField()
    return {status: inline_serializer(f"{name}Reply", fields), **errors(401, 503)}


def paged(name: str, row: type[serializers.Serializer[Any]]) -> dict[int, Any]:
    """A page in the core dialect: `paged("Payouts", …)` has its rows in `data.payouts`."""
    member = name[0].lower() + name[1:]
    page = inline_serializer(f"{name}Page", {member: row(many=True), "pagination": PaginationSerializer()})
    return {**ok(name, page), **errors(400)}


def errors(*statuses: int) -> dict[int, Any]:
    """Refusals in the core dialect; during maintenance the payment dialect's too."""
    return {status: OpenApiResponse(ErrorSerializer) for status in statuses}


def replies(name: str, status: int = 200, **members: Any) -> dict[int, Any]:
    """`{success:true,…}`, as the payment and portal dialects answer."""
    return {status: inline_serializer(f"{name}Answer", {"success": serializers.BooleanField(), **members})}


def refusals(*statuses: int) -> dict[int, Any]:
    """`{success:false,error}`, as the payment and portal dialects refuse."""
    return {status: OpenApiResponse(RefusalSerializer) for status in statuses}


_REQUEST_ID = {"description": "The request's own, or one made for it", "required": True, "schema": {"type": "string"}}
_FIELD = {"description": "The input at fault, where one is", "schema": {"type": "string"}}
_DETAIL = {"description": "More than the message says", "schema": {"type": "string"}}
_RETRY_AFTER = {"description": "Seconds", "schema": {"type": "integer", "minimum": 0}}
_HEADERS = {
    "X-Request-Id": _REQUEST_ID,
    "X-MyPay-Error-Field": _FIELD,
    "X-MyPay-Error-Detail": _DETAIL,
    "Retry-After": _RETRY_AFTER,
    "Retry-After-Always": {**_RETRY_AFTER, "required": True},
}


def response_headers(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A hook of the generator's: the headers that every answer of that status has."""
    result["components"]["headers"] = _HEADERS
    for operations in result["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                response["headers"] = _headers_of(int(status))
    return result


def _headers_of(status: int) -> dict[str, Any]:
    names = {"X-Request-Id": "X-Request-Id"}
    if 400 <= status < 500:
        names |= {name: name for name in ("X-MyPay-Error-Field", "X-MyPay-Error-Detail")}
    if status == 409:
        names["Retry-After"] = "Retry-After"
    if status in (429, 503):
        names["Retry-After"] = "Retry-After-Always"
    return {name: {"$ref": f"#/components/headers/{known}"} for name, known in names.items()}


class HealthSerializer(serializers.Serializer):  # type: ignore[type-arg]
    status = serializers.ChoiceField(choices=["OK", "healthy"], help_text="OK from the payment API")
    service = serializers.CharField(required=False, help_text="From the payment API")
    timestamp = serializers.DateTimeField(required=False, help_text="From the payment API")


HEALTH: dict[str, Any] = {"operation_id": "health", "tags": ["health"], "responses": {200: HealthSerializer}}


class LivenessSerializer(serializers.Serializer):  # type: ignore[type-arg]
    status = serializers.ChoiceField(choices=["ok"])
    timestamp = serializers.DateTimeField()


class CheckSerializer(serializers.Serializer):  # type: ignore[type-arg]
    status = serializers.ChoiceField(choices=["up", "down", "degraded"])
    message = serializers.CharField(required=False)


class ReportSerializer(serializers.Serializer):  # type: ignore[type-arg]
    status = serializers.ChoiceField(choices=["ok", "error", "shutting_down"])
    info = serializers.DictField(child=CheckSerializer(), help_text="By name, what is up")
    error = serializers.DictField(child=CheckSerializer(), help_text="By name, what is down")
    details = serializers.DictField(child=CheckSerializer(), help_text="Both")


LIVENESS: dict[str, Any] = {"tags": ["health"], "responses": {200: LivenessSerializer}}
REPORT: dict[str, Any] = {"tags": ["health"], "responses": {200: ReportSerializer, 503: ReportSerializer}}


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """`X-API-KEY`, one scheme for each class of keys."""

    target_class = "merchants.authentication.ApiKeyAuthentication"
    match_subclasses = True

    def __init__(self, target: Any) -> None:
        super().__init__(target)  # type: ignore[no-untyped-call]
        self.name = (target if isinstance(target, type) else type(target)).__name__.removesuffix("Authentication")

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "X-API-KEY"}


class PairScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """HTTP Basic with the id and the secret of a vendor's key, one scheme for each vendor."""

    target_class = "merchants.authentication.BasicPairAuthentication"
    match_subclasses = True

    def __init__(self, target: Any) -> None:
        super().__init__(target)  # type: ignore[no-untyped-call]
        self.name = (target if isinstance(target, type) else type(target)).__name__.removesuffix("Authentication")

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "basic"}
