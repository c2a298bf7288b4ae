"""The words of a fault: its kinds, its one number, what it may match and whether it strikes.

A scenario decides what the simulated rail does; a fault breaks the way between client and us.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models

from mypay.kit.errors import ValidationError

HEADER = "X-Mock-Fault"
ALWAYS = 1_000_000
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_ROUTE_PARAMETER = re.compile(r"<(?:\w+:)?\w+>")
_API = "/api/v1"


class FaultKind(models.TextChoices):
    """The first four strike before the effect, so that it never comes about; the others after it."""

    LATENCY = "latency", "Late"
    ERROR_BEFORE = "error_before", "500 before the effect"
    RATE_LIMITED = "rate_limited", "429 before the effect"
    RESET_BEFORE = "reset_before", "Connection reset before the effect"
    ERROR_AFTER = "error_after", "500 after the effect"
    RESET = "reset", "Connection reset after the effect"
    TRUNCATED = "truncated", "Body cut short"
    GARBLED = "garbled", "Body spoiled"
    SLOW_DRIP = "slow_drip", "Body in drops"


@dataclass(frozen=True, slots=True)
class Number:
    """What a kind's number means, its bounds and what it is when nobody says."""

    unit: str
    minimum: int
    maximum: int
    default: int | None


# A thread waits as long as a fault lasts, so nothing may last longer than half a minute.
NUMBERS: dict[FaultKind, Number] = {
    FaultKind.LATENCY: Number("milliseconds", 1, 30_000, 2000),
    FaultKind.ERROR_BEFORE: Number("HTTP status", 500, 599, 500),
    FaultKind.RATE_LIMITED: Number("seconds in Retry-After", 0, 3600, 1),
    FaultKind.ERROR_AFTER: Number("HTTP status", 500, 599, 500),
    FaultKind.TRUNCATED: Number("bytes sent", 0, 1_000_000, None),
    FaultKind.SLOW_DRIP: Number("milliseconds in all", 1, 30_000, 3000),
}


@dataclass(frozen=True, slots=True)
class Strike:
    """One request's fault; `number` as `NUMBERS` says, None where the kind has none."""

    kind: FaultKind
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """What of a request a fault may match on; `route` is its path as the guides write it."""

    method: str
    path: str
    route: str


def guide_route(pattern: str) -> str:
    """A URL pattern as the guides write it: `api/v1/payouts/<str:id>` is `/api/v1/payouts/:id`."""
    return "/" + _ROUTE_PARAMETER.sub(":id", pattern).lstrip("/")


def from_header(text: str) -> Strike:
    """`kind` or `kind;number`; raises ValidationError naming the header."""
    name, _, number = (part.strip() for part in text.partition(";"))
    kind = name.lower().replace("-", "_")
    if kind not in FaultKind.values:
        raise ValidationError(f"{HEADER} must be one of {', '.join(FaultKind.values)}", field=HEADER)
    if number and not (number.isascii() and number.isdigit() and len(number) <= 9):
        raise ValidationError(f"{HEADER}: the number after {kind} must be a whole number", field=HEADER)
    return Strike(FaultKind(kind), checked_number(FaultKind(kind), int(number) if number else None, HEADER))


def checked_number(kind: FaultKind, value: Any, field: str) -> int | None:
    """The kind's number within its bounds, or its default; raises ValidationError naming `field`."""
    allowed = NUMBERS.get(kind)
    if allowed is None:
        if value is not None:
            raise ValidationError(f"{field}: {kind} takes no number", field=field)
        return None
    if value is None:
        return allowed.default
    if isinstance(value, bool) or not isinstance(value, int) or not allowed.minimum <= value <= allowed.maximum:
        raise ValidationError(f"{field}: {kind} takes {allowed.unit} from {allowed.minimum} to {allowed.maximum}", field=field)
    return value


def checked_match(match: Any) -> dict[str, str]:
    """`method`, `path` (a prefix) and `route`, each optional; raises ValidationError naming the member."""
    if not isinstance(match, dict):
        raise ValidationError("match must be an object", field="match")
    for name, value in match.items():
        where = f"match.{name[:50]}"
        if name not in ("method", "path", "route"):
            raise ValidationError(f"{where} is unknown; use method, path, route", field=where)
        if not isinstance(value, str) or not value or len(value) > 500:
            raise ValidationError(f"{where} must be text", field=where)
        if name == "method" and value.upper() not in METHODS:
            raise ValidationError(f"{where} must be one of {', '.join(METHODS)}", field=where)
        if name != "method" and not value.startswith("/"):
            raise ValidationError(f"{where} must begin with /", field=where)
    return match


def matches(match: Mapping[str, str], call: Call) -> bool:
    """Whether every condition holds; a route counts with and without `/api/v1`."""
    return (
        match.get("method", call.method).upper() == call.method
        and call.path.startswith(match.get("path", ""))
        and match.get("route", call.route) in (call.route, call.route.removeprefix(_API))
    )


def strikes(*, seed: str, counter: int, per_million: int) -> bool:
    """Whether the `counter`-th matching request is struck: the same for the same seed, for ever."""
    digest = hashlib.sha256(f"{seed}:{counter}".encode()).digest()
    return int.from_bytes(digest[:8]) % ALWAYS < per_million
