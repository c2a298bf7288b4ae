"""Exceptions to Sentry, free of secrets; loaded only where SENTRY_DSN is set.

No bodies, cookies or local variables are sent; names as in the log are masked (`mypay.kit.masking`), and in
texts whatever looks like a key, a token or a card or account number.
"""

import re
from typing import Any
from urllib.parse import parse_qsl, urlencode

import sentry_sdk
from sentry_sdk.integrations.celery import CeleryIntegration
from sentry_sdk.integrations.django import DjangoIntegration

from mypay.kit.masking import REDACTED, masked
from mypay.settings import environment

_SECRETS = re.compile(
    r"(?i)\b(?:bearer|basic)\s+\S+|\b(?:whsec|sk|pk|rk|ls|live|test|mp)[_-][A-Za-z0-9_\-]{8,}"
    r"|\beyJ[\w\-]+\.[\w\-]+\.[\w\-]*|\b[a-z0-9+.\-]+://[^\s/@]*:[^\s/@]*@"
)
_NUMBERS = re.compile(r"(?<![\w.\-])\d(?:[ \-]?\d){9,18}(?![\w\-])")
_DROPPED = ("data", "cookies", "env")


def start(transport: Any = None) -> None:
    """Report unhandled exceptions and errors that are logged with one."""
    sentry_sdk.init(
        dsn=environment.SENTRY_DSN,
        environment=environment.MYPAY_ENV,
        server_name=environment.MYPAY_SERVICE,
        max_request_body_size="never",
        include_local_variables=False,
        auto_enabling_integrations=False,
        integrations=[DjangoIntegration(), CeleryIntegration()],
        traces_sample_rate=0.0,
        before_send=before_send,  # type: ignore[arg-type]
        before_breadcrumb=lambda crumb, hint: scrubbed(crumb),
        transport=transport,
    )


def report(_logger: Any, method: str, event: Any) -> Any:
    """A step of structlog: an error logged with its exception is sent too."""
    problem = event.get("exc_info")
    if method in ("error", "critical", "exception") and problem:
        sentry_sdk.capture_exception(problem if isinstance(problem, BaseException) else None)
    return event


def before_send(event: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any]:
    """The event as it may leave this machine."""
    request = event.get("request") or {}
    for name in _DROPPED:
        request.pop(name, None)
    if request.get("query_string"):
        request["query_string"] = urlencode(masked(dict(parse_qsl(str(request["query_string"]), keep_blank_values=True))))
    event.pop("user", None)
    found: dict[str, Any] = scrubbed(event)
    return found


def scrubbed(value: Any) -> Any:
    """A copy without secrets: by the names of members, then by the looks of texts."""
    return _texts(_named(value))


def _named(value: Any) -> Any:
    if isinstance(value, dict):
        known = {name: masked({name: member})[name] if isinstance(member, str | int) else _named(member) for name, member in value.items()}
        return known
    if isinstance(value, list | tuple):
        return [_named(member) for member in value]
    return value


def _texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _texts(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_texts(member) for member in value]
    return _NUMBERS.sub(REDACTED, _SECRETS.sub(REDACTED, value)) if isinstance(value, str) else value
