"""Receivers as bad as they come: each answers one connection its own way, on a port of this machine."""

import contextlib
import gzip
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator


class Hostile:
    """A server of one behaviour; `behave` gets each connection once its request has come."""

    def __init__(self, behave: Callable[[socket.socket], None], *, waits_for_a_request: bool = True) -> None:
        self._behave = behave
        self._waits = waits_for_a_request
        self._server = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}/hook"
        self.calls = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                peer, _ = self._server.accept()
                threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        with peer, contextlib.suppress(OSError):
            peer.settimeout(20)
            received = b""
            while self._waits and b"\r\n\r\n" not in received:
                part = peer.recv(65536)
                if not part:
                    return
                received += part
            self.calls += 1
            self._behave(peer)

    def close(self) -> None:
        self._server.close()


@contextlib.contextmanager
def hostile(behave: Callable[[socket.socket], None], *, waits_for_a_request: bool = True) -> Iterator[Hostile]:
    running = Hostile(behave, waits_for_a_request=waits_for_a_request)
    try:
        yield running
    finally:
        running.close()


def hang(peer: socket.socket) -> None:
    time.sleep(15)


def one_byte_a_second(peer: socket.socket) -> None:
    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(20):
        peer.sendall(b"x")
        time.sleep(0.2)


def gigabyte(peer: socket.socket) -> None:
    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
    block = b"x" * 1_000_000
    for _ in range(1074):
        peer.sendall(block)


def endless_headers(peer: socket.socket) -> None:
    peer.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in range(10_000_000):
        peer.sendall(b"X-%d: %s\r\n" % (number, b"y" * 1000))


def endless_header_line(peer: socket.socket) -> None:
    peer.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while True:
        peer.sendall(b"y" * 65536)


def gzip_bomb(peer: socket.socket) -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb))
    peer.sendall(bomb)


def reset(peer: socket.socket) -> None:
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def no_http(peer: socket.socket) -> None:
    peer.sendall(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")


def answering(status: int, *headers: str) -> Callable[[socket.socket], None]:
    """A receiver that answers so and closes."""

    def behave(peer: socket.socket) -> None:
        lines = "\r\n".join([f"HTTP/1.1 {status} Status", *headers, "Content-Length: 0", "Connection: close", "", ""])
        peer.sendall(lines.encode())

    return behave
