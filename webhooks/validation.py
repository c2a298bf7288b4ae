"""What a body says of an endpoint, checked; every refusal names the member at fault."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from mypay.kit import outbound
from mypay.kit.errors import ValidationError
from webhooks import dialects
from webhooks.catalogue import is_pattern
from webhooks.models import Endpoint
from webhooks.signature_rules import is_reserved
from webhooks.states import Dialect

MAX_OVERLAP_SECONDS = 7 * 86_400
_MAX_URL = 2048
_MAX_DESCRIPTION = 200
_MAX_EVENTS = 50
_MAX_HEADERS = 20
_MAX_HEADER_TEXT = 1000
_MAX_TRIES = 20
_MAX_WAIT_SECONDS = 2 * 86_400
_MAX_PER_SECOND = 1000
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}", re.ASCII)
_HEADER_TEXT = re.compile(r"[!-~]([ -~]*[!-~])?", re.ASCII)
_WHOLE = re.compile(r"[0-9]{1,9}", re.ASCII)
# What describes the connection or the body is ours to say, and so is what we sign.
_OUR_HEADERS = frozenset({
    "host", "content-length", "content-type", "content-encoding", "transfer-encoding", "connection", "keep-alive", "te", "trailer",
    "upgrade", "expect", "user-agent",
})  # fmt: skip
_OUR_PREFIXES = ("webhook-", "x-mypay-", "x-webhook-", "proxy-")


def text(value: Any, name: str, longest: int) -> str:
    """One line of text; None is an empty one."""
    value = "" if value is None else value
    if not isinstance(value, str) or len(value) > longest or any(ord(character) < 32 or ord(character) == 127 for character in value):
        raise ValidationError(f"{name} must be text of at most {longest} characters", field=name)
    return value


def whole(value: Any, name: str, minimum: int, maximum: int) -> int:
    """A whole number within bounds; a form's number is text."""
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not minimum <= value <= maximum:
        raise ValidationError(f"{name} must be a whole number from {minimum} to {maximum}", field=name)
    return value


def flag(value: Any, name: str) -> bool:
    """true or false; a form's is text."""
    if isinstance(value, str) and value in ("true", "false"):
        return value == "true"
    if not isinstance(value, bool):
        raise ValidationError(f"{name} must be true or false", field=name)
    return value


def only(body: Mapping[str, Any], *names: str) -> None:
    """Refuse a body with other members: a misspelt one would silently do nothing."""
    for name in body:
        if name not in names:
            raise ValidationError(f"{name[:50]} is unknown; use {', '.join(names)}", field=name[:50])


def url(value: Any) -> str:
    """An http or https URL of a host that may be called, as far as its name can be resolved now."""
    if not isinstance(value, str) or not value or len(value) > _MAX_URL:
        raise ValidationError(f"url must be an http or https URL of at most {_MAX_URL} characters", field="url")
    try:
        outbound.check_target(value, outbound.allowed_networks())
    except outbound.OutboundRefused:
        raise ValidationError("url must be plain http or https to a host that is open to all", field="url") from None
    return value


def _events(value: Any) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > _MAX_EVENTS:
        raise ValidationError(f"events must be a list of at most {_MAX_EVENTS} types", field="events")
    for place, pattern in enumerate(value):
        if not isinstance(pattern, str):
            raise ValidationError("events must hold types of /webhooks/event-types, families as payout.*, or *", field=f"events.{place}")
    return list(dict.fromkeys(value))


def _check_filter(events: list[str], dialect: str, field: str) -> None:
    """Refuse a filter with words that the dialect does not have: it would let nothing through."""
    names = dialects.catalogue(dialect)
    kind = f"names of the dialect {dialect}" if dialects.has_own_names(dialect) else "types"
    for place, pattern in enumerate(events):
        if not is_pattern(pattern, names):
            text = f"events must hold {kind} of /webhooks/event-types, families as payout.*, or *"
            raise ValidationError(text, field=f"events.{place}" if field == "events" else field)


def _headers(value: Any) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict) or len(value) > _MAX_HEADERS:
        raise ValidationError(f"headers must be an object of at most {_MAX_HEADERS} members", field="headers")
    for name, content in value.items():
        where = f"headers.{name[:100]}"
        if not _HEADER_NAME.fullmatch(name):
            raise ValidationError("headers has a name that is no header's", field=where)
        if name.lower() in _OUR_HEADERS or name.lower().startswith(_OUR_PREFIXES) or is_reserved(name):
            raise ValidationError(f"headers.{name} is ours to set", field=where)
        if not isinstance(content, str) or len(content) > _MAX_HEADER_TEXT or not _HEADER_TEXT.fullmatch(content):
            raise ValidationError(f"{where} must be printable ASCII text of at most {_MAX_HEADER_TEXT} characters", field=where)
    if len({name.lower() for name in value}) < len(value):
        raise ValidationError("headers has a name twice", field="headers")
    return value


def _schedule(value: Any) -> list[int] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not 1 <= len(value) <= _MAX_TRIES:
        raise ValidationError(f"schedule must be a list of 1 to {_MAX_TRIES} numbers of seconds", field="schedule")
    return [whole(seconds, f"schedule.{place}", 0, _MAX_WAIT_SECONDS) for place, seconds in enumerate(value)]


def _dialect(value: Any) -> str:
    if value not in dialects.known():
        raise ValidationError(f"dialect must be one of {', '.join(dialects.known())}", field="dialect")
    return str(value)


def _per_second(value: Any) -> int | None:
    return None if value is None else whole(value, "perSecond", 1, _MAX_PER_SECOND)


# A body's member, the column it becomes, and how it is read.
_MEMBERS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "url": ("url", url),
    "description": ("description", lambda value: text(value, "description", _MAX_DESCRIPTION)),
    "events": ("events", _events),
    "dialect": ("dialect", _dialect),
    "headers": ("headers", _headers),
    "schedule": ("schedule", _schedule),
    "perSecond": ("per_second", _per_second),
    "ordered": ("is_ordered", lambda value: flag(value, "ordered")),
    "enabled": ("is_enabled", lambda value: flag(value, "enabled")),
}


def read_new_endpoint(body: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a new endpoint; raises ValidationError naming the member."""
    if not body.get("url"):
        raise ValidationError("url is required", field="url")
    values = _read(body, [name for name in _MEMBERS if name != "enabled"])
    _check_filter(values.get("events", []), values.get("dialect", Dialect.MYPAY.value), "events")
    return values


def read_endpoint_changes(body: Mapping[str, Any], endpoint: Endpoint) -> dict[str, Any]:
    """The columns that a change of that endpoint sets; raises ValidationError naming the member.

    A filter is in the words of the dialect, so a new dialect that does not know the kept ones needs a new filter too.
    """
    if not body:
        raise ValidationError(f"Nothing to change; use {', '.join(_MEMBERS)}")
    values = _read(body, list(_MEMBERS))
    if "events" in values or "dialect" in values:
        field = "events" if "events" in values else "dialect"
        _check_filter(values.get("events", endpoint.events), values.get("dialect", endpoint.dialect), field)
    return values


def _read(body: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    only(body, *names)
    return {_MEMBERS[name][0]: _MEMBERS[name][1](value) for name, value in body.items()}
