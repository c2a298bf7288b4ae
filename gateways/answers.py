"""Gateways' JSON: asked for over `transport`, and read strictly.

What an answer lacks makes it unreadable, so that nobody knows what was done (FateUnknown); it is never a no.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import orjson

from gateways import transport
from gateways.contract import ErrorCode, Fate, FateUnknown, GatewayRefused, Seen

_TIMEOUT, _CONFLICT = 408, 409
_LONGEST_KEY = 64
_RANK = {Fate.FAILED: 0, Fate.PENDING: 1, Fate.AUTHORIZED: 2, Fate.CAPTURED: 3, Fate.REFUNDED: 3}

Refusal = Callable[[int, Mapping[str, Any]], tuple[ErrorCode, str]]


def ask(method: str, url: str, *, headers: Mapping[str, str], refusal: Refusal, content: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The object that a call answers with; raises GatewayRefused for a definite no, FateUnknown when nobody knows.

    `refusal` reads a 4xx: why it was refused in our one list of codes, and the gateway's own words. A conflict is an
    equal request that is still under way.
    """
    body = b"" if content is None else orjson.dumps(content)
    told = {"Accept": "application/json", **({} if content is None else {"Content-Type": "application/json"}), **headers}
    answer = transport.exchange(method, url, body=body, headers=told)
    found = _object(answer.body)
    if 200 <= answer.status < 300:
        if found is None:
            raise FateUnknown("unreadable answer")
        return found
    if answer.status in (_TIMEOUT, _CONFLICT):
        raise FateUnknown(f"HTTP {answer.status}")
    code, words = refusal(answer.status, found or {})
    raise GatewayRefused(code, f"HTTP {answer.status} {words}".strip()[:200])


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return content if isinstance(content, dict) else None


def objects(answer: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """A member that lists objects."""
    found = answer.get(name)
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise FateUnknown("unreadable list")
    return found


def fate(answer: Mapping[str, Any], name: str, words: Mapping[str, Fate]) -> Fate:
    """A member that says what became of something, in the gateway's `words`."""
    found = words.get(str(answer.get(name)))
    if found is None:
        raise FateUnknown(f"unreadable {name}")
    return found


def whole(answer: Mapping[str, Any], name: str) -> int:
    """A member that is a whole number."""
    found = known_whole(answer, name)
    if found is None:
        raise FateUnknown(f"unreadable {name}")
    return found


def known_whole(answer: Mapping[str, Any], name: str) -> int | None:
    """A member that is a whole number, None for anything else."""
    found = answer.get(name)
    return found if type(found) is int else None


def known_id(answer: Mapping[str, Any], pattern: re.Pattern[str], name: str = "id") -> str:
    """A member that is one of the gateway's ids."""
    found = answer.get(name)
    if not isinstance(found, str) or not pattern.fullmatch(found):
        raise FateUnknown(f"answer without an {name}")
    return found


def furthest(seen: Sequence[Seen]) -> Seen | None:
    """Of an order's payments the one that counts: the furthest, and of equals the last."""
    return max(reversed(seen), key=lambda each: _RANK[each.fate], default=None)


def captured(capture: Callable[[], Seen], look: Callable[[], Seen]) -> Seen:
    """A payment's capture; of one that is refused because it was captured before, what the payment itself says."""
    try:
        return capture()
    except GatewayRefused as refused:
        if refused.code != ErrorCode.BAD_REQUEST:
            raise
        seen = look()
        if seen.fate not in (Fate.CAPTURED, Fate.REFUNDED):
            raise
        return seen


def text(answer: Mapping[str, Any], name: str) -> str:
    """A member as text, empty without one."""
    return str(answer.get(name) or "")


def header(headers: Mapping[str, str], name: str) -> str:
    """A callback's header, however it is written; empty without one."""
    return next((value for known, value in headers.items() if known.lower() == name.lower()), "")


def notice_key(event_id: str, body: bytes) -> str:
    """The same when the gateway sends a callback again: its own id of it where it gives one, else that of the body."""
    return event_id if 0 < len(event_id) <= _LONGEST_KEY else hashlib.sha256(body).hexdigest()


@contextmanager
def reading(body: bytes) -> Iterator[Any]:
    """A callback's JSON to be read, which is a ValueError if it is none or lacks what it should have."""
    try:
        yield orjson.loads(body)
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError, FateUnknown) as problem:
        raise ValueError("This event cannot be read") from problem
