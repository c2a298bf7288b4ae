"""The request log's way out of a request: a queue in memory, and one thread a process that writes it down.

A request pays for one append. The log may lose records (a full queue, a killed process): it is for reading,
the audit trail is what counts.
"""

import atexit
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError, close_old_connections, connection

from mypay.settings import environment

log = structlog.get_logger("mypay.request_log")
LONGEST_BODY = 65_536
_MOST_WAITING = 2_000
_BATCH = 200
_PAUSE_SECONDS = 0.3
_RETRY_SECONDS = 1.0
_EXIT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Seen:
    """A request that was answered, as it was: masked only when it is written. Bodies are None where they are too long to keep."""

    id: UUID
    at: datetime
    merchant_id: int
    request_id: str
    method: str
    path: str
    query: str
    status: int
    error_code: str
    duration_ms: float
    request_headers: Mapping[str, str]
    request_body: Mapping[str, Any] | str | None
    response_headers: Mapping[str, str]
    response_body: bytes | None
    touched: Sequence[str]
    api_key_id: int | None
    ip: str


Write = Callable[[Sequence[Seen]], None]


class RequestLog:
    """What waits to be written; `is_on` is for who fills it to ask. Forked, a process starts with nothing of its parent's."""

    def __init__(self, write: Write, *, is_on: bool) -> None:
        self.is_on = is_on
        self.dropped = 0
        self._write = write
        self._renew()
        os.register_at_fork(after_in_child=self._renew)

    def _renew(self) -> None:
        self._waiting: deque[Seen] = deque()
        self._some, self._full = threading.Event(), threading.Event()
        self._starting, self._writing = threading.Lock(), threading.Lock()
        self._thread: threading.Thread | None = None

    def add(self, seen: Seen) -> None:
        """Take note of a request; costs its caller a few microseconds and never fails."""
        waiting = self._waiting
        if len(waiting) >= _MOST_WAITING:
            self.dropped += 1
            return
        waiting.append(seen)
        if self._thread is None:
            self._start()
        if not self._some.is_set():
            self._some.set()
        if len(waiting) >= _BATCH and not self._full.is_set():
            self._full.set()

    def flush(self) -> int:
        """Write all that waits, now; returns how many. What the database cannot take for the moment goes on waiting, and its error out."""
        count = 0
        while batch := self._take():
            try:
                self._write(batch)
            except (OperationalError, InterfaceError):
                self._waiting.extendleft(reversed(batch))
                raise
            count += len(batch)
        return count

    def forget(self) -> None:
        """Drop all that waits."""
        self._waiting.clear()

    def _take(self) -> list[Seen]:
        batch: list[Seen] = []
        while self._waiting and len(batch) < _BATCH:
            batch.append(self._waiting.popleft())
        return batch

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="request-log", daemon=True)
                self._thread.start()
                atexit.register(self._finish)

    def _work(self) -> None:
        while True:
            self._some.wait()
            self._some.clear()
            self._full.wait(_PAUSE_SECONDS)
            self._full.clear()
            if not self._flush_safely():
                self._some.set()
                time.sleep(_RETRY_SECONDS)
            self._tell_dropped()

    def _flush_safely(self) -> bool:
        """Whether all was written, or there is no use in trying again."""
        with self._writing:
            try:
                close_old_connections()
                self.flush()
            except (OperationalError, InterfaceError) as problem:
                log.warning("request log not written; trying again", error=str(problem))
                connection.close()
                return False
            except Exception as problem:
                log.error("request log failed", exc_info=problem)
                connection.close()
        return True

    def _tell_dropped(self) -> None:
        dropped, self.dropped = self.dropped, 0
        if dropped:
            log.warning("request log full; requests not kept", count=dropped)

    def _finish(self) -> None:
        """The process ends: write what waits, unless the thread is stuck in it."""
        if self._writing.acquire(timeout=_EXIT_SECONDS):
            try:
                self.flush()
            except Exception as problem:
                log.warning("request log lost its last records", error=str(problem))
            finally:
                self._writing.release()


def _write(batch: Sequence[Seen]) -> None:
    from audit.services.keep_requests import keep_requests

    keep_requests(batch)


request_log = RequestLog(_write, is_on=environment.REQUEST_LOG)
