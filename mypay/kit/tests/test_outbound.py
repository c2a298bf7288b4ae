"""Calls out of the house: where they may not go, and what a far end may not do to us."""

import threading
from collections.abc import Iterator

import pytest
import requests
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from mypay.kit import outbound
from mypay.kit.outbound import MAX_ANSWER_BYTES, OutboundRefused, call, check_address, check_url, resolve
from tests.patience import FOREVER, seconds

LOCAL = ("127.0.0.0/8",)

_ADDRESSES = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.255", "127.0.0.1", "127.255.255.254",
    "169.254.0.1", "169.254.169.254", "169.254.170.2", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.192", "192.0.2.1",
    "192.88.99.1", "192.168.0.1", "192.168.255.255", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.9", "224.0.0.1",
    "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1",
    "::ffff:169.254.169.254", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1",
    "2001::1", "2001:0:7f00:1::", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254",
    "fdff::1", "fe80::1", "fe80::1%lo", "febf::1", "fec0::1", "ff02::1", "ff0e::1",
]  # fmt: skip
_PUBLIC = [
    "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.1", "172.15.255.255",
    "172.32.0.0", "192.0.1.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "2606:4700::1111",
    "2a00:1450::1", "2400:cb00::1",
]  # fmt: skip


@pytest.mark.parametrize("address", _ADDRESSES)
def test_check_address_private_or_special_is_refused(address: str) -> None:
    with pytest.raises(OutboundRefused):
        check_address(address)


@pytest.mark.parametrize("address", _PUBLIC)
def test_check_address_public_is_let_through(address: str) -> None:
    check_address(address)


@pytest.mark.parametrize(
    ("address", "allowed", "passes"),
    [
        ("127.0.0.1", LOCAL, True), ("127.9.9.9", LOCAL, True), ("10.0.0.1", LOCAL, False), ("::1", LOCAL, False),
        ("::ffff:127.0.0.1", LOCAL, False), ("10.1.2.3", ("192.168.0.0/16", "10.1.0.0/16"), True), ("10.2.2.3", ("10.1.0.0/16",), False),
        ("::1", ("::1/128",), True), ("fd00::5", ("fd00::/8",), True), ("8.8.8.8", LOCAL, True),
    ],
)  # fmt: skip
def test_check_address_allowed_networks_pass_and_no_others(address: str, allowed: tuple[str, ...], passes: bool) -> None:
    if passes:
        check_address(address, allowed)
        return
    with pytest.raises(OutboundRefused):
        check_address(address, allowed)


_URLS = [
    "", "x", "//example.com", "/path", "http:", "http://", "http:///x", "https://:443/", "ftp://example.com", "file:///etc/passwd",
    "gopher://example.com", "javascript:alert(1)", "data:text/html,x", "unix:///run/x", "http+unix://x", "ws://example.com",
    "http://user@example.com", "http://user:pass@example.com", "http://@example.com", "http://127.0.0.1@example.com",
    "http://example.com@127.0.0.1/", "http://exa mple.com", "http://example.com/a b", " http://example.com", "http://example.com\n",
    "http://example.com/\r\nHost: x", "http://example.com\\@127.0.0.1", "http:\\\\example.com", "http://example.com:0", "http://example.com:99999",
    "http://example.com:x", "http://[::1", "http://[zz]", "http://example.com/" + "x" * 2048, "http://example.com/\x00",
]  # fmt: skip


@pytest.mark.parametrize("url", _URLS)
def test_check_url_anything_but_plain_http_to_a_host_is_refused(url: str) -> None:
    with pytest.raises(OutboundRefused):
        check_url(url)


@pytest.mark.parametrize("url", ["http://example.com", "https://example.com:8443/a?b=c#d", "HTTP://EXAMPLE.com/", "http://1.1.1.1:80/x"])
def test_check_url_plain_http_is_let_through(url: str) -> None:
    check_url(url)


_LOCAL_FORMS = [
    "http://127.0.0.1/", "http://127.1/", "http://127.0.1/", "http://2130706433/", "http://0x7f000001/", "http://0x7f.0.0.1/",
    "http://0177.0.0.1/", "http://017700000001/", "http://0/", "http://0.0.0.0/", "http://00000000177.0.0.1/", "http://0x7F.1/",
    "http://3232235521/", "http://0xA9FEA9FE/", "http://2852039166/", "http://[::1]/", "http://[::]/", "http://[0:0:0:0:0:0:0:1]/",
    "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/",
    "http://localhost/", "http://LOCALHOST/", "http://localhost./", "http://127.0.0.1./", "http://127。0。0。1/", "http://127．0．0．1/",
    "http://127｡0｡0｡1/", "http://１２７.0.0.1/", "http://①②⑦.0.0.1/", "http://ｌocalhost/", "https://127.0.0.1/", "http://169.254.169.254/latest/",
    "http://[fe80::1]/", "http://[fd00:ec2::254]/",
]  # fmt: skip


@pytest.mark.parametrize("url", _LOCAL_FORMS)
def test_call_every_spelling_of_a_private_address_is_refused(url: str) -> None:
    with pytest.raises((OutboundRefused, requests.exceptions.InvalidURL)):
        call("GET", url)


@pytest.mark.parametrize("url", ["http://user@127.0.0.1/", "ftp://127.0.0.1/", "http://127.0.0.1:0/"])
def test_call_bad_url_is_refused_whatever_is_allowed(url: str) -> None:
    with pytest.raises(OutboundRefused, match=r"^This address cannot be called$"):
        call("GET", url, allowed=("0.0.0.0/0", "::/0"))


def test_resolve_name_with_one_forbidden_address_is_refused() -> None:
    with pytest.raises(OutboundRefused):
        resolve("localhost", 80)
    assert resolve("127.0.0.1", 80, LOCAL) == "127.0.0.1"


@pytest.fixture
def far_end(httpserver: HTTPServer) -> str:
    """The URL of a real server on this machine."""
    return f"http://127.0.0.1:{httpserver.port}"


def test_call_local_server_is_refused_unless_allowed(httpserver: HTTPServer, far_end: str) -> None:
    httpserver.expect_request("/hook").respond_with_data("thanks", 202, {"X-Seen": "yes"})
    with pytest.raises(OutboundRefused):
        call("GET", f"{far_end}/hook")
    assert httpserver.log == []
    answer = call("GET", f"{far_end}/hook", allowed=LOCAL)
    assert (answer.status, answer.body, answer.headers["X-Seen"]) == (202, b"thanks", "yes")


def test_call_sends_exactly_the_body_and_headers(httpserver: HTTPServer, far_end: str) -> None:
    httpserver.expect_request("/hook").respond_with_data("")
    call("POST", f"{far_end}/hook?a=1", body=b'{"a": 1}', headers={"Content-Type": "application/json", "X-Sign": "s"}, allowed=LOCAL)
    request = httpserver.log[0][0]
    assert (request.method, request.get_data(), request.query_string) == ("POST", b'{"a": 1}', b"a=1")
    assert (request.headers["Content-Type"], request.headers["X-Sign"]) == ("application/json", "s")


@pytest.mark.parametrize("size", [0, 10, MAX_ANSWER_BYTES, MAX_ANSWER_BYTES + 1, 3_000_000])
def test_call_answer_is_kept_up_to_the_cap(httpserver: HTTPServer, far_end: str, size: int) -> None:
    httpserver.expect_request("/").respond_with_data(b"x" * size)
    assert call("GET", far_end, allowed=LOCAL).body == b"x" * min(size, MAX_ANSWER_BYTES)


def test_call_compressed_answer_is_not_blown_up(httpserver: HTTPServer, far_end: str) -> None:
    import gzip

    bomb = gzip.compress(b"0" * 50_000_000)
    httpserver.expect_request("/").respond_with_data(bomb, headers={"Content-Encoding": "gzip"})
    assert call("GET", far_end, allowed=LOCAL).body == bomb[:MAX_ANSWER_BYTES]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_call_redirect_is_an_answer_and_not_followed(httpserver: HTTPServer, far_end: str, status: int) -> None:
    httpserver.expect_request("/go").respond_with_data("", status, {"Location": f"{far_end}/inside"})
    httpserver.expect_request("/inside").respond_with_data("secret")
    answer = call("GET", f"{far_end}/go", allowed=LOCAL)
    assert (answer.status, answer.headers["Location"]) == (status, f"{far_end}/inside")
    assert [request.path for request, _ in httpserver.log] == ["/go"]


def test_call_silent_server_times_out(httpserver: HTTPServer, far_end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    is_over = threading.Event()

    def wait(_: Request) -> Response:
        return Response("late" if is_over.wait(FOREVER) else "too late")

    httpserver.expect_request("/").respond_with_handler(wait)
    monkeypatch.setattr(outbound, "TOTAL_SECONDS", 0.2)

    def asked() -> None:
        with pytest.raises(requests.RequestException):
            call("GET", far_end, allowed=LOCAL)

    taken = seconds(asked)
    is_over.set()
    assert taken < 0.9


def test_call_closed_port_is_a_failed_request() -> None:
    with pytest.raises(requests.ConnectionError):
        call("GET", "http://127.0.0.1:1", allowed=LOCAL)


@pytest.fixture
def proxied(monkeypatch: pytest.MonkeyPatch, far_end: str) -> Iterator[None]:
    """An environment that names a proxy and a .netrc."""
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    yield


def test_call_ignores_proxies_of_the_environment(httpserver: HTTPServer, far_end: str, proxied: None) -> None:
    httpserver.expect_request("/").respond_with_data("direct")
    assert call("GET", far_end, allowed=LOCAL).body == b"direct"
