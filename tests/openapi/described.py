"""The application and its OpenAPI description, as Schemathesis takes them."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cache
from io import BytesIO
from typing import Any

import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.generation.feedback import FeedbackSources
from schemathesis.pytest._test_builder import build_operation_test
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.specs.openapi.schemas import OpenApiSchema

from mypay.kit.crypto import hmac_sha256_hex
from mypay.settings import environment
from tests.openapi.world import BANK_SIGNS

_wsgi = get_wsgi_application()
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    ignored_auth,
]


def _app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """The application; the bank's signature is put in here, where the bytes of the body are known."""
    if environ.get("HTTP_X_MYPAY_SIGNATURE") == BANK_SIGNS:
        body = environ["wsgi.input"].read()
        environ["wsgi.input"] = BytesIO(body)
        environ["HTTP_X_MYPAY_SIGNATURE"] = hmac_sha256_hex(environment.IPN_SECRET, body)
    with _connection_kept(), closing(_wsgi(environ, start_response)) as response:
        return list(response)


@contextmanager
def _connection_kept() -> Iterator[None]:
    """As with Django's test client; a server would close a connection that is inside a transaction."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in signals:
            signal.connect(close_old_connections)


def described(generation: dict[str, Any] | None = None, phases: dict[str, Any] | None = None) -> OpenApiSchema:
    """What `/api/schema` serves; the sections are those of schemathesis.toml."""
    always = {"with-security-parameters": False, "database": "none"}
    config = SchemathesisConfig.from_dict({"seed": 1, "generation": {**always, **(generation or {})}, "phases": phases or {}})
    schema = schemathesis.openapi.from_dict(_served(), config=config)
    schema.app = _app
    return schema


@cache
def _served() -> dict[str, Any]:
    """The description; an answer with members that it does not name is to be found out."""
    served: dict[str, Any] = schemathesis.openapi.from_wsgi("/api/schema?format=json", _app).raw_schema
    for name, component in served["components"]["schemas"].items():
        if "properties" in component and not name.endswith("Request"):
            component["additionalProperties"] = False
    return served


def operations(schema: OpenApiSchema) -> dict[str, APIOperation]:
    """Every operation by `METHOD /path`; raises when one is described wrongly."""
    found = [result.ok() for result in schema.get_all_operations()]
    return {operation.label: operation for operation in found}


def security_scheme(operation: APIOperation) -> str:
    """The name of the scheme that opens the operation; empty for an open one."""
    required = operation.definition.raw.get("security", [])
    return next(iter(required[0])) if required else ""


def explore(operation: APIOperation, check: Callable[..., None]) -> None:
    """Call `check` with cases of the operation: its examples, its corners, then drawn ones.

    Schemathesis' own parametrization gives all of its tests one pytest id.
    """
    schema = operation.schema
    build_operation_test(config=schema.config, operation=operation, test_func=check, given_kwargs={}, feedback=FeedbackSources())()
