"""Break a finished reply, on the wire where that is where it breaks.

The server iterates over a response to send it; these responses stop halfway. An OSError of a lost
peer is what every WSGI server expects there: it drops the connection and lives on.
"""

import errno
import os
import socket
import struct
import time
from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse

from sandbox.faults import FaultKind, Strike

_NO_LINGER = struct.pack("ii", 1, 0)
_DROP_SECONDS = 0.1


class BrokenResponse(HttpResponse):
    """A reply with its true status, headers and length whose bytes do not all, or not soon, arrive."""

    def __init__(self, whole: HttpResponse, strike: Strike, peer: Any) -> None:
        super().__init__(whole.content, status=whole.status_code, headers=dict(whole.headers))
        self.headers["Content-Length"] = str(len(self.content))
        self._strike, self._peer = strike, peer

    def __iter__(self) -> Iterator[bytes]:
        if self._strike.kind == FaultKind.SLOW_DRIP:
            return _drops(self.content, (self._strike.number or 0) / 1000)
        if self._strike.kind == FaultKind.TRUNCATED and self.content:
            return _cut(self.content, self._strike.number)
        return _reset(self._peer)


def broken(reply: HttpResponse, strike: Strike, peer: Any) -> HttpResponse:
    """The reply as the fault leaves it; `peer` is the client's socket, None if the server hides it."""
    if strike.kind in (FaultKind.RESET, FaultKind.RESET_BEFORE, FaultKind.TRUNCATED, FaultKind.SLOW_DRIP):
        return BrokenResponse(reply, strike, peer)
    if strike.kind == FaultKind.GARBLED:
        reply.content = bytes(byte ^ 0x80 if place % 5 == 0 else byte for place, byte in enumerate(reply.content))
    return reply


def _drops(content: bytes, seconds: float) -> Iterator[bytes]:
    """All of it, in drops spread over that time."""
    count = max(1, min(len(content), round(seconds / _DROP_SECONDS)))
    for number in range(count):
        time.sleep(seconds / count)
        yield content[len(content) * number // count : len(content) * (number + 1) // count]


def _cut(content: bytes, kept: int | None) -> Iterator[bytes]:
    """The head, then the end of the connection; half of it unless told, always less than all."""
    yield content[: min(len(content) // 2 if kept is None else kept, len(content) - 1)]
    raise _lost()


def _reset(peer: Any) -> Iterator[bytes]:
    """RST instead of a reply.

    Closing without linger sends it. The server still owns the descriptor and will close it, so it
    is not closed but replaced, by a socket that goes nowhere: a number freed under the server could
    by then be another client's.
    """
    if isinstance(peer, socket.socket):
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        with socket.socket(peer.family, socket.SOCK_STREAM) as nowhere:
            os.dup2(nowhere.fileno(), peer.fileno(), inheritable=False)
    raise _lost()
    yield b""


def _lost() -> OSError:
    return ConnectionResetError(errno.ECONNRESET, "connection broken by a fault")
