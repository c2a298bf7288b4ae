"""HTTP of the sender's own, on both event loops: what it sends, what it makes of every answer, and what it keeps open."""

import asyncio
import contextlib
import gc
import resource
import socket
import ssl
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mypay.kit import sender as sending
from mypay.kit.connections import Answer, Connection, request, target_of
from mypay.kit.sender import Job, Result, Sender
from mypay.kit.tests.hostile import Talker, answering, full, hostile, saying, self_signed
from tests.patience import FOREVER

LOOPBACK = ("127.0.0.0/8", "::1/128")
_BROKEN = "The connection broke before the answer was complete"
_NOT_HTTP = "The answer is not HTTP"
_NOT_CONNECTED = "No connection within 0.3 seconds"
_OK = b"HTTP/1.1 200 OK\r\n"
_EMPTY = _OK + b"Content-Length: 0\r\n\r\n"
_CHUNKED = _OK + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(params=["asyncio", "uvloop"])
def sender(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sender]:
    loops: Any = asyncio if request.param == "asyncio" else pytest.importorskip("uvloop")
    monkeypatch.setattr(sending, "_new_loop", loops.new_event_loop)
    monkeypatch.setattr(sending, "_REST_SECONDS", 0.0)
    running = Sender(LOOPBACK)
    yield running
    running.close()


def _send(sender: Sender, url: str, body: bytes = b"{}", seconds: float | None = None) -> Result:
    sender.send([Job("key", url, body, {"X-Own": "1"}, seconds)])
    return sender.results.get(timeout=FOREVER)


def _named(monkeypatch: pytest.MonkeyPatch, *addresses: str, seconds: float = 0.0) -> list[str]:
    """Every name resolves to these addresses, after a while; returns what was asked."""
    asked: list[str] = []

    def found(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        time.sleep(seconds)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", found)
    return asked


def _by_name(url: str) -> str:
    return url.replace("127.0.0.1", "shop.example")


# What is sent


@pytest.mark.parametrize(
    ("url", "host", "path"),
    [
        ("http://shop.example", "shop.example", "/"),
        ("http://Shop.Example.:80?a=1#part", "shop.example", "/?a=1"),
        ("https://shop.example:443//a/../b;c", "shop.example", "//a/../b;c"),
        ("http://shop.example:443/", "shop.example:443", "/"),
        ("http://[::1]:8000/", "[::1]:8000", "/"),
        ("http://bücher.example:81/ü?q=ö&r[]=%C3%A4+b", "xn--bcher-kva.example:81", "/%C3%BC?q=%C3%B6&r[]=%C3%A4+b"),
        ("http://☃.example/", "xn--n3h.example", "/"),
        ('http://shop.example/100%/%2F"<{|}>\x7f', "shop.example", "/100%25/%2F%22%3C%7B%7C%7D%3E%7F"),
    ],
)
def test_target_of_a_url_is_written_in_ascii(url: str, host: str, path: str) -> None:
    assert target_of(url).start == f"POST {path} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\n".encode("ascii")


@pytest.mark.parametrize("headers", [{"A": "1\r\nB: 2"}, {"A": "1\nB: 2"}, {"A": "1\r"}, {"A\r\nB": "1"}, {"A": "\0"}])
def test_request_with_a_line_break_in_a_header_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        request(target_of("http://shop.example/"), headers, b"")


def test_send_writes_one_request_with_its_length(sender: Sender) -> None:
    with Talker([[_EMPTY]]) as shop:
        assert _send(sender, shop.url, "ü".encode()).status == 200
    start = f"POST /hook HTTP/1.1\r\nHost: {shop.host}\r\nAccept: */*\r\n".encode()
    assert shop.heard == [start + b"Content-Length: 2\r\nX-Own: 1\r\n\r\n\xc3\xbc"]


# What is read: each of these answers ends the call at once, not at its time-out


_WHOLE: dict[str, tuple[bytes, int, bytes]] = {
    "length": (_OK + b"Content-Length: 2\r\n\r\nok", 200, b"ok"),
    "no body of a 204": (b"HTTP/1.1 204 No\r\n\r\n", 204, b""),
    "no body of a 304 with a length": (b"HTTP/1.1 304 No\r\nContent-Length: 9\r\n\r\n", 304, b""),
    "no reason": (b"HTTP/1.1 202\r\nContent-Length: 0\r\n\r\n", 202, b""),
    "100 and 103 first": (b"HTTP/1.1 100 C\r\n\r\nHTTP/1.1 103 E\r\nLink: </a>\r\n\r\n" + _EMPTY, 200, b""),
    "101": (b"HTTP/1.1 101 S\r\nUpgrade: ws\r\nConnection: Upgrade\r\n\r\n\x81\x01a", 101, b""),
    "101 to nothing": (b"HTTP/1.1 101 S\r\n\r\n", 101, b""),
    "offered upgrade": (_OK + b"Upgrade: h2c\r\nConnection: Upgrade\r\nContent-Length: 2\r\n\r\nok", 200, b"ok"),
    "chunks": (_CHUNKED + b'1;a=b;c="d"\r\no\r\n1 \r\nk\r\n0\r\nX-After: 1\r\n\r\n', 200, b"ok"),
    "bare LF": (b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok", 200, b"ok"),
    "two answers": (_OK + b"Content-Length: 2\r\n\r\nok" + b"HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\nno", 200, b"ok"),
    "more than its length": (_OK + b"Content-Length: 2\r\n\r\nok and more", 200, b"ok"),
    "long body in one packet": (_OK + b"Content-Length: 120000\r\n\r\n" + b"x" * 120_000, 200, b"x" * 20_000),
}
_ENDED: dict[str, tuple[bytes, int, bytes]] = {
    "close": (_OK + b"\r\nok", 200, b"ok"),
    "close, HTTP/1.0": (b"HTTP/1.0 200 OK\r\n\r\nok", 200, b"ok"),
    "close, bare LF": (b"HTTP/1.1 200 OK\n\nok", 200, b"ok"),
    "close, identity": (_OK + b"Transfer-Encoding: identity\r\n\r\nok", 200, b"ok"),
}
_BAD: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", _BROKEN),
    "half a head": (_OK + b"X-A: 1", _BROKEN),
    "half a body": (_OK + b"Content-Length: 3\r\n\r\nok", _BROKEN),
    "half a chunk": (_CHUNKED + b"5\r\nok", _BROKEN),
    "no last chunk": (_CHUNKED + b"2\r\nok\r\n", _BROKEN),
    "only 100": (b"HTTP/1.1 100 C\r\n\r\n", _BROKEN),
    "length and chunks": (_OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", _NOT_HTTP),
    "two lengths": (_OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nok!", _NOT_HTTP),
    "length below zero": (_OK + b"Content-Length: -1\r\n\r\n", _NOT_HTTP),
    "chunk of no length": (_CHUNKED + b"zz\r\nok\r\n", _NOT_HTTP),
    "header without a name": (_OK + b": 1\r\nContent-Length: 0\r\n\r\n", _NOT_HTTP),
    "header without a colon": (_OK + b"X-A\r\nContent-Length: 0\r\n\r\n", _NOT_HTTP),
    "NUL": (_OK + b"X-A: a\0b\r\nContent-Length: 0\r\n\r\n", _NOT_HTTP),
    "huge head in one packet": (_OK + b"X-A: %b\r\nContent-Length: 0\r\n\r\n" % (b"y" * 120_000), _NOT_HTTP),
    "HTTP/2": (b"\0\0\x12\x04\0\0\0\0\0", _NOT_HTTP),
}


@pytest.mark.parametrize("name", [*_WHOLE, *_ENDED])
@pytest.mark.parametrize("in_bytes", [False, True], ids=["packet", "bytes"])
def test_send_reads_a_whole_answer(sender: Sender, name: str, in_bytes: bool) -> None:
    answer, status, body = {**_WHOLE, **_ENDED}[name]
    parts = [answer[at : at + 1] for at in range(len(answer))] if in_bytes and len(answer) < 1000 else [answer]
    with Talker([[parts, Talker.CLOSE] if name in _ENDED else [parts]]) as shop:
        result = _send(sender, shop.url)
    assert (result.status, result.body, result.error) == (status, body, "")
    assert "X-After" not in result.headers and "Link" not in result.headers


@pytest.mark.parametrize("name", _BAD)
def test_send_tells_what_is_wrong_with_an_answer(sender: Sender, name: str) -> None:
    answer, error = _BAD[name]
    with Talker([[answer, Talker.CLOSE]]) as shop:
        result = _send(sender, shop.url)
    assert (result.status, result.error) == (None, error)


@pytest.mark.parametrize(
    ("start", "again", "status"),
    [
        (_CHUNKED + b"2\r\nok\r\n0\r\n", b"X-After: 1\r\n", 200),
        (_CHUNKED + b"2;", b"a=b;", 200),
        (_OK + b"\r\n", b"body ", 200),
        (b"", b"HTTP/1.1 100 C\r\n\r\n", None),
    ],
    ids=["trailers", "chunk extension", "body", "100s"],
)
def test_send_to_who_never_ends_stops_reading(sender: Sender, start: bytes, again: bytes, status: int | None) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with hostile(saying(start, again * 10_000, times=1000)) as shop:
        result = _send(sender, shop.url)
    assert result.status == status and result.error == ("" if status else _NOT_HTTP) and len(result.body) <= 20_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40_000


# What stays open


_KEEP_ALIVE = b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize("answer", [_EMPTY, _KEEP_ALIVE, _WHOLE["chunks"][0], _WHOLE["no body of a 304 with a length"][0]])
def test_send_again_reuses_the_connection(sender: Sender, answer: bytes) -> None:
    with Talker([[answer, answer, answer]]) as shop:
        assert len({_send(sender, shop.url).status for _ in range(3)}) == 1
        assert shop.connections == 1


@pytest.mark.parametrize(
    "first",
    [
        [_OK + b"Connection: close\r\nContent-Length: 0\r\n\r\n"],
        [b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"],
        [_WHOLE["two answers"][0]],
        [_WHOLE["more than its length"][0]],
        [_OK + b"Content-Length: 1000000\r\n\r\n" + b"x" * 30_000],
        [_EMPTY, Talker.UNASKED, _EMPTY],
        [_EMPTY, Talker.UNASKED, b"HTTP/1.1 408 Too late\r\n", Talker.CLOSE],
        [_EMPTY, Talker.CLOSE],
    ],
    ids=["close", "HTTP/1.0", "two answers", "too long", "cut short", "unasked", "unasked and closed", "closed"],
)
def test_send_again_after_a_doubtful_answer_connects_anew(sender: Sender, first: list[Any]) -> None:
    with Talker([first, [b"HTTP/1.1 201 New\r\nContent-Length: 0\r\n\r\n"]]) as shop:
        assert _send(sender, shop.url).status == 200
        assert shop.said.wait(FOREVER)
        time.sleep(0.05)  # for what it said to come
        assert (_send(sender, shop.url).status, shop.connections) == (201, 2)


def test_send_again_after_an_answer_to_half_a_request_connects_anew(sender: Sender) -> None:
    with Talker([[Talker.EARLY, _EMPTY, Talker.DEAF], [_EMPTY]]) as shop:
        assert _send(sender, shop.url, b"x" * 20_000_000).status == 200
        assert (_send(sender, shop.url).status, shop.connections) == (200, 2)


def test_send_to_one_that_closes_after_each_answer_without_a_word_loses_none(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "_REST_SECONDS", 1.0)
    with hostile(saying(_EMPTY)) as receiver:
        assert {_send(sender, receiver.url).status for _ in range(20)} == {200}
        assert receiver.calls == 20


def test_send_again_after_one_expired_never_reuses_its_connection(sender: Sender) -> None:
    with Talker([[b"HTTP/1.1 200"], [b"HTTP/1.1 201 New\r\nContent-Length: 0\r\n\r\n"]]) as shop:
        assert _send(sender, shop.url, seconds=0.1).error == "No complete answer within 0.1 seconds"
        assert (_send(sender, shop.url).status, shop.connections) == (201, 2)
    assert sender.results.empty()


def test_send_leaves_no_idle_connection_open_for_long(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "_KEPT_SECONDS", 0.1)
    with Talker([[_EMPTY]]) as shop, contextlib.closing(Sender(LOOPBACK)) as tidied:
        assert _send(tidied, shop.url).status == 200
        assert shop.left.wait(FOREVER)


@pytest.fixture
def no_file_left(sender: Sender) -> Iterator[None]:
    def open_files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    _send(sender, "http://127.0.0.1:1/")  # the loop opens what it needs at its first call
    before = open_files()
    yield
    until = time.monotonic() + 5
    while open_files() > before and time.monotonic() < until:  # the servers' threads close theirs when they get to it
        time.sleep(0.01)
    assert open_files() <= before


def test_send_to_who_closes_each_time_leaves_nothing_to_the_collector(sender: Sender, no_file_left: None) -> None:
    def kept() -> int:
        return sum(type(one) is Connection for one in gc.get_objects())

    gc.collect()
    gc.disable()
    before = kept()
    with Talker([[_OK + b"Connection: close\r\nContent-Length: 0\r\n\r\n"]] * 50) as shop:
        assert {_send(sender, shop.url).status for _ in range(50)} == {200}
        after = kept()
    gc.enable()
    assert after <= before + 2


# Whom it connects to


def test_send_to_a_name_whose_first_address_refuses_takes_the_next(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    _named(monkeypatch, "127.0.0.9", "127.0.0.1")
    with Talker([[_EMPTY]]) as shop:
        assert _send(sender, _by_name(shop.url)).status == 200


def test_send_to_a_name_with_one_forbidden_address_is_refused(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    _named(monkeypatch, "127.0.0.1", "10.0.0.1")
    with Talker([[_EMPTY]]) as shop:
        assert (_send(sender, _by_name(shop.url)).error, shop.connections) == ("This address cannot be called", 0)


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("http://shop.invalid/", "The host name is not known"),
        (f"http://{'a' * 64}.example/", "The host name is not known"),
        (f"http://{'ü' * 64}.example/", "The host name is not known"),
        ("http://127.0.0.1:1/", "The connection was refused"),
        ("http://[::1]:1/", "The connection was refused"),
    ],
)
def test_send_to_nobody_is_told(sender: Sender, url: str, error: str) -> None:
    assert _send(sender, url).error == error


def test_send_many_to_one_name_asks_for_it_once_in_five_seconds(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "_NAMED_SECONDS", 0.3)
    asked = _named(monkeypatch, "127.0.0.1", seconds=0.05)
    with hostile(answering(204)) as shop:
        sender.send([Job(number, _by_name(shop.url), b"{}", {}) for number in range(8)])
        assert {sender.results.get(timeout=FOREVER).status for _ in range(8)} == {204} and len(asked) == 1
        time.sleep(0.4)
        assert _send(sender, _by_name(shop.url)).status == 204 and len(asked) == 2


@pytest.mark.parametrize(("seconds", "error"), [(5.0, _NOT_CONNECTED), (0.1, "No complete answer within 0.1 seconds")])
@pytest.mark.parametrize("where", ["connect", "TLS", "name"])
def test_send_to_who_lets_nobody_in_is_told(
    sender: Sender, no_file_left: None, monkeypatch: pytest.MonkeyPatch, where: str, seconds: float, error: str
) -> None:
    monkeypatch.setattr(sending, "CONNECT_SECONDS", 0.3)
    if where == "name":
        _named(monkeypatch, "127.0.0.1", seconds=0.6)
    with full() if where == "connect" else socket.create_server(("127.0.0.1", 0)) as server:
        url = f"{'https' if where == 'TLS' else 'http'}://127.0.0.1:{server.getsockname()[1]}/"
        assert _send(sender, _by_name(url) if where == "name" else url, seconds=seconds).error == error


def test_send_by_tls_to_a_plain_server_is_told(sender: Sender) -> None:
    with hostile(saying(b"HTTP/1.1 400 Bad\r\n\r\n"), waits_for_a_request=False) as shop:
        assert _send(sender, shop.url.replace("http:", "https:")).error == "The TLS certificate is not valid"


def test_send_by_tls_reuses_the_connection(sender: Sender, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    certificate, server = self_signed(tmp_path), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    monkeypatch.setattr(sending, "_tls", lambda: ssl.create_default_context(cafile=str(certificate)))
    with Talker([[_EMPTY, _EMPTY]], tls=server) as shop:
        assert {_send(sender, shop.url).status for _ in range(2)} == {200} and shop.connections == 1


def test_post_by_a_connection_that_has_gone_is_told_at_once() -> None:
    """It may go between the connect and the request, when nobody waits for its end."""

    async def told() -> str:
        with socket.create_server(("127.0.0.1", 0)) as server:
            factory = partial(Connection, ("127.0.0.1", 0, False), lambda _: None)
            _, connection = await asyncio.get_running_loop().create_connection(factory, *server.getsockname())
            server.accept()[0].close()
            while connection.is_open:
                await asyncio.sleep(0.01)
            answers: list[Answer] = []
            connection.post(b"", answers.append)
            return answers[0].error

    assert asyncio.run(told()) == _BROKEN


# How it ends


@pytest.mark.parametrize("where", ["TLS", "read", "name"])
def test_close_with_a_call_under_way_gives_it_up(
    sender: Sender, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, where: str
) -> None:
    if where == "name":
        _named(monkeypatch, "127.0.0.1", seconds=0.3)
    closed = Sender(LOOPBACK)
    with Talker([[Talker.UNASKED, b""] if where == "TLS" else [b"HTTP/1.1"]]) as shop:
        url = {"TLS": shop.url.replace("http:", "https:"), "read": shop.url, "name": _by_name(shop.url)}[where]
        closed.send([Job("key", url, b"{}", {})])
        assert where == "name" or shop.said.wait(FOREVER)
        closed.close()
        assert where == "name" or shop.left.wait(FOREVER)
    gc.collect()
    assert closed.results.empty() and not caplog.records
