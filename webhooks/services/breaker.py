"""A circuit breaker a host: when most calls fail, none is made for a while."""

import time
from collections import deque
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import urlsplit

from mypay.kit import counters
from mypay.kit.outbound import TOTAL_SECONDS

_WINDOW_SECONDS = 30.0
_OPEN_SECONDS = 30.0
_LEAST_CALLS = 10
_FAILED_SHARE = 0.7


@dataclass(slots=True)
class _Host:
    calls: deque[tuple[float, bool]] = field(default_factory=deque)
    failed: int = 0
    opened_at: float | None = None
    is_probing: bool = False


class Breaker:
    """Closed, calls pass. Seven of ten failed in half a minute, of ten at least: open for half a minute,
    then one call tries; its success closes it, its failure opens it anew. One a process, in memory:
    it spares a host, and what it postpones stays in the database.
    """

    def __init__(self) -> None:
        self._hosts: dict[str, _Host] = {}

    def wait(self, url: str) -> float:
        """Seconds until a call may be made; 0 when it may now."""
        host = self._hosts.get(_host(url))
        if host is None or host.opened_at is None:
            return 0
        left = host.opened_at + _OPEN_SECONDS - time.monotonic()
        if left > 0:
            return left
        return TOTAL_SECONDS if host.is_probing else 0  # the one that tries may take that long

    def begin(self, url: str) -> None:
        """Take note of a call that is made now: the first after the pause tries for the others."""
        host = self._hosts.get(_host(url))
        if host is not None and host.opened_at is not None:
            host.is_probing = True

    def count(self, url: str, *, is_failure: bool) -> None:
        """Take note of a call's end."""
        host = self._hosts.setdefault(_host(url), _Host())
        now = time.monotonic()
        if host.is_probing:
            host.is_probing = False
            host.opened_at = now if is_failure else None
            if not is_failure:
                counters.circuit("webhook", -1)
            host.calls.clear()
            host.failed = 0
            return
        host.calls.append((now, is_failure))
        host.failed += is_failure
        while host.calls[0][0] < now - _WINDOW_SECONDS:
            host.failed -= host.calls.popleft()[1]
        if len(host.calls) >= _LEAST_CALLS and host.failed >= _FAILED_SHARE * len(host.calls):
            if host.opened_at is None:
                counters.circuit("webhook", 1)
            host.opened_at = now


@lru_cache(maxsize=4096)
def _host(url: str) -> str:
    return urlsplit(url).netloc.lower()
