"""HTTP/1.1 for the sender: connections that make one POST at a time and stay open for the next.

A general client costs more a webhook than all the rest of its delivery (ADR 9). What is easily read wrong, the answer,
is read by llhttp, Node's own parser.
"""

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import httptools
import idna

from mypay.kit.outbound import MAX_ANSWER_BYTES, check_url, plain_host

NOT_HTTP = "The answer is not HTTP"
BROKEN = "The connection broke before the answer was complete"
_MOST_BESIDE_BODY = 65_536  # of the head, and of whatever else is no body
_KEPT_AS_IS = "/%:=&?~#+!$,;'@()*[]"
_LONE_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")
Origin = tuple[str, int, bool]


@dataclass(frozen=True, slots=True)
class Target:
    """Where a URL leads: the host and port to connect to, whether by TLS, and how a request to it begins."""

    origin: Origin
    start: bytes


@lru_cache(maxsize=4096)
def target_of(url: str) -> Target:
    """The URL's target; raises OutboundRefused as `check_url` does, UnicodeError for a host that is no name."""
    parts = check_url(url)
    host = plain_host(parts.hostname or "")
    host = host if host.isascii() else _in_ascii(host)
    is_tls = parts.scheme == "https"
    usual = 443 if is_tls else 80
    port = parts.port or usual
    named = f"[{host}]" if ":" in host else host
    path = _quoted(parts.path or "/") + (f"?{_quoted(parts.query)}" if parts.query else "")
    start = f"POST {path} HTTP/1.1\r\nHost: {named}{'' if port == usual else f':{port}'}\r\nAccept: */*\r\n"
    return Target((host, port, is_tls), start.encode())


def _in_ascii(host: str) -> str:
    """The name as DNS has it; names that only the older standard allows (signs, emoji) by the older."""
    try:
        return idna.encode(host, uts46=True).decode()
    except UnicodeError:
        return host.encode("idna").decode()


def _quoted(text: str) -> str:
    return _LONE_PERCENT.sub("%25", quote(text, safe=_KEPT_AS_IS))


def request(target: Target, headers: Mapping[str, str], body: bytes) -> bytes:
    """The whole request; raises ValueError for a header that would begin another line."""
    lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    if lines.count("\n") != len(headers) or lines.count("\r") != len(headers) or "\0" in lines:
        raise ValueError("a header holds a line break")
    return b"%bContent-Length: %d\r\n%b\r\n%b" % (target.start, len(body), lines.encode(), body)


@dataclass(slots=True)
class Answer:
    """What came back; `error` in plain words where it did not come whole."""

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    error: str = ""


class Connection(asyncio.Protocol):
    """A connection to one origin. `freed` is called with it whenever it is ready for another POST."""

    def __init__(self, origin: Origin, freed: Callable[["Connection"], None]) -> None:
        self.origin, self._freed = origin, freed
        self.idle_since = 0.0
        self._transport: Any = None
        self._told: Callable[[Answer], None] | None = None
        self._answer = Answer()
        self._beside_body = 0
        self._has_head = self._has_end = self._may_stay = self._is_spoilt = False
        self._parser: Any = httptools.HttpResponseParser(self)
        self._parser.set_dangerous_leniencies(lenient_optional_cr_before_lf=True, lenient_spaces_after_chunk_size=True)

    @property
    def is_open(self) -> bool:
        """Whether another POST may go by it."""
        return not self._transport.is_closing()

    def post(self, whole_request: bytes, told: Callable[[Answer], None]) -> None:
        """Send it; `told` gets the answer, at once if the connection is gone. One at a time."""
        self._told, self._answer, self._beside_body = told, Answer(), 0
        self._has_head = self._has_end = self._may_stay = self._is_spoilt = False
        if self.is_open:
            self._transport.write(whole_request)
        else:  # nobody would tell
            self._tell(BROKEN)

    def drop(self) -> None:
        """Close at once; whoever waits for an answer is told nothing."""
        self._told = None
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def connection_lost(self, problem: Exception | None) -> None:
        is_whole = self._has_head and problem is None and _ends_with_connection(self._answer.headers)
        self._tell("" if is_whole else BROKEN)
        self._parser = None  # it refers to us: without it neither waits for the garbage collector

    def data_received(self, data: bytes) -> None:
        if self._told is None:  # nobody asked
            self._transport.abort()
            return
        kept = len(self._answer.body)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._has_end = self._is_spoilt = True
        except httptools.HttpParserError:
            if not self._has_end:
                self._over(NOT_HTTP)
                return
            self._is_spoilt = True
        self._beside_body += len(data) - (len(self._answer.body) - kept)
        if self._beside_body > _MOST_BESIDE_BODY and not self._has_short_head():
            self._over(NOT_HTTP)
        elif self._has_end:
            self._end()
        elif self._has_head and (len(self._answer.body) >= MAX_ANSWER_BYTES or self._beside_body > _MOST_BESIDE_BODY):
            self._over("")  # more than we keep: not read to the end

    def _has_short_head(self) -> bool:
        """Whether there is a head and it is short, however much of it came in one packet."""
        return self._has_head and sum(len(name) + len(value) for name, value in self._answer.headers.items()) <= _MOST_BESIDE_BODY

    def _end(self) -> None:
        can_stay = self._may_stay and not self._is_spoilt and self.is_open
        can_stay = can_stay and not self._transport.get_write_buffer_size()  # an answer before all was sent
        self._tell("")
        if can_stay:
            self.idle_since = time.monotonic()
            self._freed(self)
        else:
            self._transport.abort()  # nor wait until the rest of a request is read that was answered before

    def _over(self, error: str) -> None:
        self._tell(error)
        self._transport.abort()

    def _tell(self, error: str) -> None:
        told, self._told = self._told, None
        if told is not None:
            self._answer.error = error
            if error:
                self._answer.status = None
            told(self._answer)

    def on_message_begin(self) -> None:
        self._is_spoilt = self._has_end  # a second answer to one request

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._has_head:  # what comes after the body is left out
            self._answer.headers[name.decode("latin-1")] = value.decode(errors="replace")

    def on_headers_complete(self) -> None:
        if self._has_end:
            return
        self._has_head, self._answer.status = True, self._parser.get_status_code()

    def on_body(self, body: bytes) -> None:
        if not self._has_end:
            self._answer.body += body[: MAX_ANSWER_BYTES - len(self._answer.body)]

    def on_message_complete(self) -> None:
        status = self._answer.status
        if status is not None and 100 <= status < 200 and status != 101:  # the answer proper is still to come
            self._answer, self._has_head = Answer(), False
        else:
            self._has_end = True
            self._may_stay = self._parser.should_keep_alive()


def _ends_with_connection(headers: Mapping[str, str]) -> bool:
    """Whether an answer with this head has no other end."""
    small = {name.lower(): value.lower().strip() for name, value in headers.items()}
    coding = small.get("transfer-encoding")
    return "content-length" not in small if coding is None else not coding.endswith("chunked")
