"""Many HTTP calls at once: an event loop in a thread of its own, guarded as `outbound` is.

The caller keeps the database and its thread; jobs go in, results come out of a queue. The address
really connected to is checked where the socket is made, so a name that changes its answer between
check and connect gains nothing.
"""

import asyncio
import queue
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import aiohttp

from mypay.kit import outbound
from mypay.kit.outbound import CONNECT_SECONDS, MAX_ANSWER_BYTES, TOTAL_SECONDS, OutboundRefused

_MAX_HEADER_BYTES = 16_384


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
        self._session: aiohttp.ClientSession | None = None
        self._running: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sender", daemon=True)
        self._thread.start()

    def send(self, jobs: list[Job]) -> None:
        """Begin these calls; each puts one Result into `results`."""
        self._loop.call_soon_threadsafe(self._begin, jobs)

    def close(self) -> None:
        """Stop; calls under way are dropped without a result."""
        asyncio.run_coroutine_threadsafe(self._shut(), self._loop).result(timeout=5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        self._loop.close()

    def _begin(self, jobs: list[Job]) -> None:
        for job in jobs:
            self._running.add(self._loop.create_task(self._run(job)))

    def _open_session(self) -> aiohttp.ClientSession:
        """The session, opened at the first call: it belongs to the loop."""
        if self._session is None:
            self._session = self._new_session()
        return self._session

    def _new_session(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(limit=0, socket_factory=self._socket, ttl_dns_cache=5, enable_cleanup_closed=True)
        timeout = _timeout(TOTAL_SECONDS)
        return aiohttp.ClientSession(
            connector=connector,
            timeout=timeout,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            max_line_size=8190,
            max_field_size=8190,
        )

    def _socket(self, info: Any) -> socket.socket:
        family, kind, protocol, _, address = info
        outbound.check_address(str(address[0]), self._allowed)
        return socket.socket(family, kind, protocol)

    async def _shut(self) -> None:
        for task in list(self._running):
            task.cancel()
        if self._session is not None:
            await self._session.close()

    async def _run(self, job: Job) -> None:
        begun = time.monotonic()
        try:
            told = await self._call(job)
        except asyncio.CancelledError:
            raise
        except Exception as problem:
            told = {"error": _plain(problem, job.seconds or TOTAL_SECONDS)}
        self.results.put(Result(job.key, round((time.monotonic() - begun) * 1000), **told))
        self._running.discard(asyncio.current_task(self._loop))

    async def _call(self, job: Job) -> dict[str, Any]:
        outbound.check_url(job.url)
        timeout = _timeout(job.seconds or TOTAL_SECONDS)
        async with self._open_session().post(job.url, data=job.body, headers=job.headers, allow_redirects=False, timeout=timeout) as answer:
            body = b""
            while len(body) < MAX_ANSWER_BYTES:
                part = await answer.content.read(MAX_ANSWER_BYTES - len(body))
                if not part:
                    break
                body += part
            if not answer.content.at_eof():
                answer.close()  # more than we keep: do not read it to the end
            return {"status": answer.status, "headers": _headers(answer.headers), "body": body}


def _new_loop() -> asyncio.AbstractEventLoop:
    """A faster one where it is installed, as the server's packages have it."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


@cache
def _timeout(seconds: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_SECONDS)


def _headers(found: Mapping[str, str]) -> dict[str, str]:
    """Plain text of the library's own kind of text; of a name that comes twice the last counts."""
    return {"".join(name): "".join(value) for name, value in found.items()}


def _plain(problem: Exception, seconds: float) -> str:
    """What went wrong, in words that tell nothing of our network."""
    match problem:
        case OutboundRefused():
            return str(problem)
        case aiohttp.ConnectionTimeoutError():
            return f"No connection within {CONNECT_SECONDS} seconds"
        case TimeoutError():
            return f"No complete answer within {seconds:g} seconds"
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientConnectorSSLError():
            return "The TLS certificate is not valid"
        case aiohttp.ClientConnectorDNSError():
            return "The host name is not known"
        case aiohttp.ClientConnectorError(os_error=OutboundRefused() as refused):
            return str(refused)
        case aiohttp.ClientConnectorError():
            return "The connection was refused"
        case aiohttp.ServerDisconnectedError() | aiohttp.ClientOSError() | aiohttp.ClientPayloadError():
            return "The connection broke before the answer was complete"
        case aiohttp.ClientResponseError() | aiohttp.http_exceptions.HttpProcessingError():
            return "The answer is not HTTP"
        case _:
            return "The call failed"
