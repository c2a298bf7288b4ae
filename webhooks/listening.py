"""Forward a merchant's events to a URL on this machine as they happen: for developing a receiver.

Events are read over HTTP with a key, or from the database where it is at hand; either way as the
API shows them. What is forwarded is what an endpoint would get, signed with the session's secret.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

import requests

from merchants.models import Merchant
from mypay.kit.jsonbody import dumps
from webhooks.render import event_json
from webhooks.selectors import list_events
from webhooks.standard import headers, message

_PAGE = 100
_OVERLAP_MS = 10_000
_CALL_SECONDS = 10
_NIL = UUID(int=0)
Event = dict[str, Any]


class SourceFailed(Exception):
    """The events cannot be read; the text says why."""


class Source(Protocol):
    """Where events are read: the `data` of GET /webhooks/events with that query."""

    def read(self, query: dict[str, str]) -> dict[str, Any]: ...


@dataclass(frozen=True)
class ApiSource:
    """Over HTTP, with a key."""

    base_url: str
    key: str

    def read(self, query: dict[str, str]) -> dict[str, Any]:
        url = f"{self.base_url.rstrip('/')}/api/v1/webhooks/events"
        try:
            answer = requests.get(url, params=query, headers={"X-API-KEY": self.key}, timeout=_CALL_SECONDS)
            body = answer.json()
        except (requests.RequestException, ValueError) as problem:
            raise SourceFailed(f"{url} cannot be read: {type(problem).__name__}") from None
        if answer.status_code != 200:
            raise SourceFailed(f"{url} answered {answer.status_code}: {body.get('error', {}).get('message', '')}")
        data: dict[str, Any] = body["data"]
        return data


@dataclass(frozen=True)
class LocalSource:
    """From the database."""

    merchant: Merchant

    def read(self, query: dict[str, str]) -> dict[str, Any]:
        page = list_events(self.merchant, query)
        return {"events": [event_json(row) for row in page.rows], "pagination": page.pagination}


class Listener:
    """Reads what is new. Ids are made before their rows are committed, so each look begins ten seconds
    before the last event and passes over what it has seen.
    """

    def __init__(self, source: Source, *, since: str = "") -> None:
        self._source = source
        self._seen: set[str] = set()
        self._last = _NIL
        self._query = {"startDate": since} if since else {}
        if not since:
            newest = source.read({"cursor": "", "limit": "1"})["events"]
            self._last = UUID(newest[0]["id"]) if newest else _NIL
            for _ in self.look():
                pass

    def look(self) -> Iterator[Event]:
        """The events that were not seen before, the oldest first."""
        after = _earlier(self._last)
        self._seen = {event_id for event_id in self._seen if event_id > str(after)}
        while True:
            events = self._source.read({**self._query, "after": str(after), "limit": str(_PAGE)})["events"]
            for event in events:
                after = UUID(event["id"])
                if event["id"] not in self._seen:
                    self._seen.add(event["id"])
                    self._last = max(self._last, after)
                    yield event
            if len(events) < _PAGE:
                return


def _earlier(last: UUID) -> UUID:
    """The id that an event of ten seconds before `last` would have at the least: the first 48 bits are milliseconds."""
    milliseconds = (last.int >> 80) - _OVERLAP_MS
    return UUID(int=milliseconds << 80) if milliseconds > 0 else _NIL


@dataclass(frozen=True, slots=True)
class Forwarded:
    """An event and what the receiver said to it; `status` is None when it said nothing."""

    event: Event
    status: int | None
    error: str
    duration_ms: int

    def to_json(self) -> dict[str, Any]:
        """One line for a script."""
        told = {"event": self.event["id"], "type": self.event["type"], "subjectId": self.event["subjectId"]}
        return {**told, "statusCode": self.status, "error": self.error or None, "durationMs": self.duration_ms}


def forward(event: Event, *, url: str, secret: str) -> Forwarded:
    """POST the event as an endpoint would get it; redirects are not followed."""
    body = dumps(message(event["id"], event["type"], event["createdAt"], event["data"]))
    sent = {"Content-Type": "application/json", "User-Agent": "MyPay-Webhooks/1", **headers(event["id"], int(time.time()), body, [secret])}
    begun = time.monotonic()
    try:
        answer = requests.post(url, data=body, headers=sent, timeout=_CALL_SECONDS, allow_redirects=False)
        status, error = answer.status_code, ""
    except requests.RequestException as problem:
        status, error = None, type(problem).__name__
    return Forwarded(event, status, error, round((time.monotonic() - begun) * 1000))


def wanted(patterns: list[str]) -> Callable[[Event], bool]:
    """Whether an event is of one of these types or families; all are without any."""
    from webhooks.services.dispatch import wants

    return lambda event: wants(patterns, event["type"])
