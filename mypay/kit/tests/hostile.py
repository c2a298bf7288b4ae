"""Receivers as bad as they come: each answers one connection its own way, on a port of this machine."""

import contextlib
import gzip
import ipaddress
import re
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_LENGTH = re.compile(rb"Content-Length: (\d+)")


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


def saying(start: bytes, again: bytes = b"", *, times: int = 0) -> Callable[[socket.socket], None]:
    """A receiver that says this, and something again and again."""

    def behave(peer: socket.socket) -> None:
        peer.sendall(start)
        for _ in range(times):
            peer.sendall(again)

    return behave


@contextlib.contextmanager
def full() -> Iterator[socket.socket]:
    """A server with others waiting already, as many as it lets: whoever else connects hears nothing."""
    with contextlib.ExitStack() as open_ones:
        server = open_ones.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            other = open_ones.enter_context(socket.socket())
            other.setblocking(False)
            other.connect_ex(server.getsockname())
        yield server


class Talker:
    """A server with a script for each connection, in turn; then it waits for the other side to leave.

    Of a script, bytes are an answer to one request, a list of them one that comes so in parts; EARLY and UNASKED say that the
    next answer does not wait for the whole request, or for any; at the end CLOSE ends the connection, DEAF reads no more of it.
    """

    CLOSE, EARLY, UNASKED, DEAF = "close", "early", "unasked", "deaf"

    def __init__(self, scripts: Sequence[Sequence[str | bytes | list[bytes]]], tls: ssl.SSLContext | None = None) -> None:
        self._scripts, self._tls = scripts, tls
        self._server = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.host = f"127.0.0.1:{self._server.getsockname()[1]}"
        self.url = f"{'https' if tls else 'http'}://{self.host}/hook"
        self.heard: list[bytes] = []
        self.connections = 0
        self.said, self.left = threading.Event(), threading.Event()  # a script is over, the other side has gone
        self._closing = threading.Event()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            for script in self._scripts:
                peer, _ = self._server.accept()
                peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.connections += 1
                threading.Thread(target=self._talk, args=(peer, script), daemon=True).start()

    def _talk(self, peer: socket.socket, script: Sequence[str | bytes | list[bytes]]) -> None:
        with peer, contextlib.suppress(OSError):
            peer.settimeout(20)
            with self._tls.wrap_socket(peer, server_side=True) if self._tls else peer as safe:
                how = ""
                for step in script:
                    if isinstance(step, str):
                        how = step
                        continue
                    time.sleep(0.03 if how == self.UNASKED else 0)
                    if how == self.UNASKED or self._hear(safe, is_early=how == self.EARLY):
                        for part in step if isinstance(step, list) else [step]:
                            safe.sendall(part)
                    how = ""
                self.said.set()
                if how == self.DEAF:
                    self._closing.wait()
                while how not in (self.CLOSE, self.DEAF) and safe.recv(65_536):
                    pass
        self.left.set()

    def _hear(self, peer: socket.socket, *, is_early: bool) -> bool:
        received = b""
        while b"\r\n\r\n" not in received:
            received += (part := peer.recv(65_536))
            if not part:
                return False
        head = received.index(b"\r\n\r\n") + 4
        length = _LENGTH.search(received)
        while not is_early and length and len(received) - head < int(length[1]):
            received += peer.recv(65_536)
        self.heard.append(received)
        return True


def self_signed(folder: Path) -> Path:
    """A key and a certificate for this machine that nobody else has signed, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    draft = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = draft.add_extension(here, critical=False).sign(key, hashes.SHA256())
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "self-signed.pem"
    path.write_bytes(pem + made.public_bytes(serialization.Encoding.PEM))
    return path
