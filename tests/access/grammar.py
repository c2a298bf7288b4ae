"""What a row of the matrix is made of; `rows` has the rows and says how to write one."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from merchants.states import Role

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
EVERY_ROLE = frozenset(Role)
_NAME = re.compile(r"\{(\w+)\}")
_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


class Door(Enum):
    """Whom a route lets in."""

    ANYBODY = "anybody"
    HOLDER = "whoever holds the id"
    PAYOUT_KEY = "a payout key"
    PAYMENT_KEY = "a payment key"
    RAZORPAY_KEY = "a Razorpay key pair"
    PAYSTACK_KEY = "a Paystack secret key"
    ANY_KEY = "any key"
    SANDBOX_KEY = "any key of a sandbox merchant"
    MEMBER = "a member's token"
    SESSION = "a member's session"
    STAFF = "a token of staff"
    BANK = "the bank's signature"


@dataclass(frozen=True, slots=True)
class Call:
    """One way to call a route, and what its rightful caller gets.

    `{names}` in `body` and `query` are things of the world (see `belongings`). `shows` names the
    secrets that the answer to the rightful caller holds, `roles` who of the merchant's people is one.
    """

    method: str
    body: Mapping[str, Any] | None = None
    query: str = ""
    status: int = 200
    shows: tuple[str, ...] = ()
    roles: frozenset[Role] = EVERY_ROLE
    is_form: bool = False

    @property
    def methods(self) -> tuple[str, ...]:
        """What it is sent as: HEAD is let in and refused as GET is."""
        return ("GET", "HEAD") if self.method == "GET" else (self.method,)


def get(query: str = "", *, shows: str = "", **more: Any) -> Call:
    return Call("GET", query=query, shows=tuple(shows.split()), **more)


def post(body: Mapping[str, Any] | None = None, *, shows: str = "", **more: Any) -> Call:
    return Call("POST", body or {}, shows=tuple(shows.split()), **more)


def form(body: Mapping[str, Any] | None = None, **more: Any) -> Call:
    """A POST as a page's form sends it."""
    return post(body, is_form=True, **more)


def put(body: Mapping[str, Any], **more: Any) -> Call:
    return replace(post(body, **more), method="PUT")


def patch(body: Mapping[str, Any], **more: Any) -> Call:
    return replace(post(body, **more), method="PATCH")


def delete(**more: Any) -> Call:
    return Call("DELETE", **more)


@dataclass(frozen=True, slots=True)
class Row:
    """Routes that are one: the same view, door and calls.

    `path` fills the parameters: `{name}` is a thing of the victim's, anything else stands for
    itself. `unknown` is the answer to an id that nobody has.
    """

    routes: tuple[str, ...]
    door: Door
    calls: tuple[Call, ...]
    path: Mapping[str, str] = field(default_factory=dict)
    unknown: int = 404


def row(routes: str | tuple[str, ...], door: Door, *calls: Call, unknown: int = 404, **path: str) -> Row:
    return Row((routes,) if isinstance(routes, str) else routes, door, calls, path, unknown)


@dataclass(frozen=True, slots=True)
class Case:
    """One call of one route."""

    row: Row
    route: str
    call: Call
    number: int

    def __str__(self) -> str:
        again = f" {self.number}" if self.number > 1 else ""
        return f"{self.call.method} /{self.route}{again}"

    @property
    def is_about_an_object(self) -> bool:
        """Whether the path or the body names a thing of somebody's."""
        return bool(_NAME.search("".join(self.row.path.values()) + json.dumps(self.call.body)))

    def path(self, things: Mapping[str, str]) -> str:
        """Where it is sent, with its query."""
        address = _PARAMETER.sub(lambda found: filled(self.row.path[found[1]], things), self.route)
        return f"/{address}{filled(self.call.query, things)}"

    def body(self, things: Mapping[str, str]) -> dict[str, Any] | None:
        """What is sent; None without a body."""
        return None if self.call.body is None else json.loads(filled(json.dumps(self.call.body), things))


def filled(text: str, things: Mapping[str, str]) -> str:
    """The text with each `{name}` replaced; braces of JSON hold no bare word and stay."""
    return _NAME.sub(lambda found: things[found[1]], text)


def parameters(route: str) -> set[str]:
    """The names in a route's angle brackets."""
    return set(_PARAMETER.findall(route))


def cases(rows: tuple[Row, ...]) -> list[Case]:
    """Every call of every route; calls of one method are numbered, so that names stay the same."""
    found = []
    for known in rows:
        for route in known.routes:
            seen: dict[str, int] = {}
            for call in known.calls:
                seen[call.method] = seen.get(call.method, 0) + 1
                found.append(Case(known, route, call, seen[call.method]))
    return found
