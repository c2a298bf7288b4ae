"""Many HTTP calls at once: an event loop in a thread of its own, guarded as `outbound` is.

The caller keeps the database and its thread; jobs go in, results come out of a queue. The address
really connected to is checked just before, so a name that changes its answer between
check and connect gains nothing.
"""

import asyncio
import contextlib
import queue
import socket
import ssl
import threading
import time
from collections import defaultdict, deque
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

from mypay.kit import outbound
from mypay.kit.connections import Answer, Connection, Origin, Target, request, target_of
from mypay.kit.outbound import CONNECT_SECONDS, TOTAL_SECONDS, OutboundRefused

_KEPT_SECONDS = 4.0  # a connection that nobody uses: Node, uvicorn and Apache close theirs after 5
_REST_SECONDS = 0.005  # before a connection is used again: who closes after an answer without a word does so at once
_NAMED_SECONDS = 5.0  # what a name resolved to
_MOST_NAMES_AT_ONCE = 32  # looked up, so that some whose servers hang hold up no other
Addresses = asyncio.Future[list[Any]]


@dataclass(frozen=True, slots=True)
class Job:
    """One POST to make; `key` is the caller's own, `seconds` what the receiver has to answer in if not the usual ten."""

    key: Any
    url: str
    body: bytes
    headers: Mapping[str, str]
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a job: an answer, or `error` in plain words."""

    key: Any
    duration_ms: int
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    error: str = ""


class Sender:
    """Sends jobs concurrently until closed; `allowed` are networks that may be called though they are private."""

    def __init__(self, allowed: tuple[str, ...] = ()) -> None:
        self.results: queue.SimpleQueue[Result] = queue.SimpleQueue()
        self._allowed = allowed
        self._loop = _new_loop()
        self._loop.set_default_executor(ThreadPoolExecutor(_MOST_NAMES_AT_ONCE, thread_name_prefix="names"))
        self._calls: set[_Call] = set()
        self._idle: dict[Origin, deque[Connection]] = defaultdict(deque)
        self._names: dict[tuple[str, int], tuple[float, Addresses]] = {}
        self._loop.call_later(_KEPT_SECONDS, self._tidy)
        self._thread = threading.Thread(target=self._loop.run_forever, name="sender", daemon=True)
        self._thread.start()

    def send(self, jobs: list[Job]) -> None:
        """Begin these calls; each puts one Result into `results`."""
        self._loop.call_soon_threadsafe(self._loop.call_soon, self._begin, jobs)  # after what has come: who closed is known by then

    def close(self) -> None:
        """Stop; calls under way are dropped without a result."""
        asyncio.run_coroutine_threadsafe(self._shut(), self._loop).result(timeout=5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        self._loop.close()

    def _begin(self, jobs: list[Job]) -> None:
        for job in jobs:
            _Call(self, job).begin()

    def kept(self, origin: Origin) -> Connection | None:
        """An open connection to there that nobody uses and that has had its rest."""
        connections, now = self._idle[origin], time.monotonic()
        while connections and now - connections[0].idle_since >= _REST_SECONDS:
            connection = connections.popleft()
            if connection.is_open and now - connection.idle_since < _KEPT_SECONDS:
                return connection
            connection.drop()
        return None

    async def connect(self, target: Target) -> Connection:
        """A new connection; raises OutboundRefused if any address of the host is forbidden."""
        host, port, is_tls = target.origin
        addresses = [entry[4][0] for entry in await self._addresses(host, port)]
        for address in addresses:
            outbound.check_address(address, self._allowed)
        tls: dict[str, Any] = {"ssl": _tls(), "server_hostname": host} if is_tls else {}
        for address in addresses[:-1]:
            with contextlib.suppress(OSError):
                async with asyncio.timeout(CONNECT_SECONDS / len(addresses)):
                    return await self._connect(target.origin, address, tls)
        return await self._connect(target.origin, addresses[-1], tls)

    async def _connect(self, origin: Origin, address: str, tls: dict[str, Any]) -> Connection:
        factory = partial(Connection, origin, self._free)
        _, connection = await self._loop.create_connection(factory, address, origin[1], **tls)
        return connection

    def _free(self, connection: Connection) -> None:
        self._idle[connection.origin].append(connection)

    async def _addresses(self, host: str, port: int) -> list[Any]:
        """What the name resolves to; those who ask at the same time, or soon, share an answer."""
        at, found = self._names.get((host, port), (0.0, None))
        if found is None or (found.done() and (time.monotonic() - at > _NAMED_SECONDS or found.exception())):
            found = self._loop.run_in_executor(None, partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM))
            self._names[host, port] = time.monotonic(), found
        return await asyncio.shield(found)

    def under_way(self, call: "_Call") -> None:
        """Keep the call until it is over."""
        self._calls.add(call)

    def over(self, call: "_Call", result: Result) -> None:
        """The call's end."""
        self._calls.discard(call)
        self.results.put(result)

    def _tidy(self) -> None:
        """Close what nobody used for a while, and forget old names."""
        now = time.monotonic()
        for connections in self._idle.values():
            for connection in connections:
                if now - connection.idle_since >= _KEPT_SECONDS:
                    connection.drop()
        stay = {origin: deque(one for one in connections if one.is_open) for origin, connections in self._idle.items()}
        self._idle = defaultdict(deque, {origin: connections for origin, connections in stay.items() if connections})
        self._names = {name: (at, found) for name, (at, found) in self._names.items() if now - at < _NAMED_SECONDS or not found.done()}
        self._loop.call_later(_KEPT_SECONDS, self._tidy)

    async def _shut(self) -> None:
        for call in list(self._calls):
            call.drop()
        for connections in self._idle.values():
            for connection in connections:
                connection.drop()
        connecting = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*connecting, return_exceptions=True)


class _Call:
    """A job under way."""

    def __init__(self, sender: Sender, job: Job) -> None:
        self._sender, self._job, self._begun = sender, job, time.monotonic()
        self._seconds = job.seconds or TOTAL_SECONDS
        self._connection: Connection | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Post on a connection that is there, or on a new one."""
        self._sender.under_way(self)
        try:
            target = target_of(self._job.url)
            whole = request(target, self._job.headers, self._job.body)
        except Exception as problem:
            self._end(Answer(error=_plain(problem)))
            return
        loop = self._sender._loop
        self._timer = loop.call_later(self._seconds, self._expire)
        if connection := self._sender.kept(target.origin):
            self._post(connection, whole)
        else:
            self._connecting = loop.create_task(self._connect(target, whole))

    async def _connect(self, target: Target, whole: bytes) -> None:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                connection = await self._sender.connect(target)
        except Exception as problem:
            self._end(Answer(error=_plain(problem)))
            return
        self._post(connection, whole)

    def _post(self, connection: Connection, whole: bytes) -> None:
        self._connection = connection
        connection.post(whole, self._end)

    def _expire(self) -> None:
        self.drop()
        self._end(Answer(error=f"No complete answer within {self._seconds:g} seconds"))

    def drop(self) -> None:
        """Give it up, without a result."""
        if self._connecting is not None:
            self._connecting.cancel()
        if self._connection is not None:
            self._connection.drop()

    def _end(self, answer: Answer) -> None:
        if self._timer is not None:
            self._timer.cancel()
        duration_ms = round((time.monotonic() - self._begun) * 1000)
        self._sender.over(self, Result(self._job.key, duration_ms, answer.status, answer.headers, answer.body, answer.error))


def _new_loop() -> asyncio.AbstractEventLoop:
    """A faster one where it is installed, as the server's packages have it."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _plain(problem: Exception) -> str:
    """Why there is no connection, in words that tell nothing of our network."""
    match problem:
        case OutboundRefused():
            return str(problem)
        case TimeoutError():
            return f"No connection within {CONNECT_SECONDS} seconds"
        case ssl.SSLError():
            return "The TLS certificate is not valid"
        case socket.gaierror() | UnicodeError():
            return "The host name is not known"
        case OSError():
            return "The connection was refused"
        case _:
            return "The call failed"
