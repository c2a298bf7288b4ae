"""Pieces of the OpenAPI description that every core-dialect route shares."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, inline_serializer
from rest_framework import serializers


class _ErrorBody(serializers.Serializer):  # type: ignore[type-arg]
    message = serializers.CharField()
    code = serializers.CharField()
    timestamp = serializers.DateTimeField(required=False)


class ErrorSerializer(serializers.Serializer):  # type: ignore[type-arg]
    error = _ErrorBody()


def header(name: str, text: str, *, required: bool = False) -> OpenApiParameter:
    """A request header."""
    return OpenApiParameter(name, OpenApiTypes.STR, OpenApiParameter.HEADER, required=required, description=text)


def query(name: str, text: str, type: Any = OpenApiTypes.STR) -> OpenApiParameter:
    """A query parameter."""
    return OpenApiParameter(name, type, OpenApiParameter.QUERY, description=text)


PAGES = [
    query("page", "From 1; default 1", OpenApiTypes.INT),
    query("limit", "Default 20, at most 100", OpenApiTypes.INT),
    query("cursor", "Instead of page: empty for the first, then the last answer's nextCursor; the same cost at any depth"),
]


def ok(name: str, data: Any, *, status: int = 200, message: bool = False) -> dict[int, Any]:
    """The success envelope around `data`, and the errors any route may give."""
    fields: dict[str, Any] = {"success": serializers.BooleanField(), "data": data}
    if message:
        fields["message"] = serializers.CharField()
    return {status: inline_serializer(f"{name}Reply", fields), **errors(401)}


def errors(*statuses: int) -> dict[int, Any]:
    """Refusals in the core dialect."""
    return {status: OpenApiResponse(ErrorSerializer) for status in statuses}


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """`X-API-KEY`, one scheme for each class of keys."""

    target_class = "merchants.authentication.ApiKeyAuthentication"
    match_subclasses = True

    def __init__(self, target: Any) -> None:
        super().__init__(target)  # type: ignore[no-untyped-call]
        self.name = (target if isinstance(target, type) else type(target)).__name__.removesuffix("Authentication")

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "X-API-KEY"}
