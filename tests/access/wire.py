"""Send a call and keep what matters of the answer."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus, urlencode
from uuid import uuid4

from django.db import transaction
from django.test import Client

from tests.access.grammar import Case

# The headers that say who calls, over the bytes that are sent.
Badge = Callable[[bytes], Mapping[str, str]]
FORM = "application/x-www-form-urlencoded"
_TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_NEVER_SAME = {"X-Request-Id", "Date", "Expires", "Last-Modified"}


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, bytes and headers; `sent` is the path and the body that were sent."""

    status: int
    content: bytes
    headers: dict[str, str]
    sent: str

    @property
    def told(self) -> tuple[int, bytes, dict[str, str]]:
        """All that a client could tell two answers apart by, but for the time of day."""
        return self.status, _TIME.sub(b"-", self.content), self.headers

    @property
    def shown(self) -> str:
        """All that it shows, its headers too: they say where it leads."""
        return "\n".join([self.content.decode(), *self.headers.values()])

    def holds(self, secrets: Mapping[str, str]) -> set[str]:
        """Which of the secrets it gives away: those it shows that the caller did not say first."""
        shown = self.shown
        return {name for name, text in secrets.items() if text in shown and text not in self.sent}


@contextmanager
def undone() -> Iterator[None]:
    """Afterwards the database is as before."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


class Wire:
    """One client for all calls, as its start is the slow part; it keeps no cookie."""

    def __init__(self) -> None:
        self.client = Client(raise_request_exception=False)
        self.strict = Client(enforce_csrf_checks=True)

    def send(self, case: Case, badge: Badge, things: Mapping[str, str], *, method: str = "", idempotency_key: str = "") -> Answer:
        """Call the case's route, by another `method` if one is given."""
        body = case.body(things)
        raw = b"" if body is None else (urlencode(body) if case.call.is_form else json.dumps(body)).encode()
        key = idempotency_key or str(uuid4())
        headers = {"X-Idempotency-Key": key, "X-Payout-Idempotency": key, **badge(raw)}
        content_type = FORM if case.call.is_form else "application/json"
        return self.raw(method or case.call.method, case.path(things), raw, content_type, headers)

    def raw(self, method: str, path: str, body: bytes = b"", content_type: str = FORM, headers: Mapping[str, str] | None = None) -> Answer:
        """Any request; a form without its CSRF token is let through, see `refuses_foreign_form`."""
        response: Any = self.client.generic(method, path, body, content_type, headers=dict(headers or {}))
        self.client.cookies.clear()
        kept = {name: value for name, value in response.headers.items() if name not in _NEVER_SAME}
        return Answer(response.status_code, response.getvalue(), kept, unquote_plus(path + body.decode()))

    def refuses_foreign_form(self, case: Case, badge: Badge, things: Mapping[str, str]) -> bool:
        """Whether a form that another site made is turned away."""
        raw = urlencode(case.body(things) or {}).encode()
        return self.strict.generic("POST", case.path(things), raw, FORM, headers=dict(badge(raw))).status_code == 403
