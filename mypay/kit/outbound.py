"""The one client for calls out of the house.

http and https only, no credentials in the URL, no redirects, time-outs, a cap on the answer, and
the address really connected to is checked: a name may answer differently a second time, so the
connection is made to the address that passed. Refusals all carry the same text.
"""

import ipaddress
import re
import socket
import time
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import SplitResult, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NewConnectionError

from mypay.settings import environment

CONNECT_SECONDS = 3
TOTAL_SECONDS = 10
MAX_ANSWER_BYTES = 20_000

_FORBIDDEN = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32", "::/96", "::1/128", "::ffff:0:0/96", "::ffff:0:0:0/96",
        "64:ff9b::/96", "64:ff9b:1::/48", "100::/64",
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    )
)  # fmt: skip

_LOOPBACK = ("127.0.0.0/8", "::1/128")

# What the last part of an IPv4 address can be, and that of no name.
_NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)


class OutboundRefused(Exception):
    """The address or URL is not one we call; the text says no more, on purpose."""

    def __init__(self) -> None:
        super().__init__("This address cannot be called")


@dataclass(frozen=True)
class Answer:
    """What came back: status, headers and the first bytes of the body."""

    status: int
    headers: dict[str, str]
    body: bytes


def allowed_networks() -> tuple[str, ...]:
    """The private networks that may be called: by setting, and loopback outside production."""
    return (*environment.WEBHOOK_ALLOWED_NETWORKS, *(() if environment.IS_PRODUCTION else _LOOPBACK))


@lru_cache(maxsize=4096)
def check_url(url: str) -> SplitResult:
    """The URL's parts; raises OutboundRefused unless it is plain http or https to a host."""
    if len(url) > 2048 or any(character <= " " or character == "\\" for character in url):
        raise OutboundRefused
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise OutboundRefused from None
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or "%" in parts.netloc or port == 0:
        raise OutboundRefused
    host = plain_host(parts.hostname)
    if not host or (":" not in host and _NUMERIC.fullmatch(host.rpartition(".")[2]) and not _is_ipv4(parts.hostname)):
        raise OutboundRefused
    return parts


def plain_host(host: str) -> str:
    """The host as resolvers take it: one form for all spellings of its letters and dots."""
    return unicodedata.normalize("NFKC", host).replace("\u3002", ".").lower().rstrip(".")


def _is_ipv4(host: str) -> bool:
    """Whether it is an address in its one plain form: other spellings are there to deceive."""
    try:
        return str(ipaddress.IPv4Address(host)) == host
    except ValueError:
        return False


def check_address(address: str, allowed: tuple[str, ...] = ()) -> None:
    """Raises OutboundRefused for an address inside a private or special network, unless allowed."""
    parsed = ipaddress.ip_address(address.split("%")[0])
    if any(parsed in ipaddress.ip_network(network) for network in allowed):
        return
    if any(parsed in network for network in _FORBIDDEN if network.version == parsed.version):
        raise OutboundRefused


def check_target(url: str, allowed: tuple[str, ...] = ()) -> None:
    """As `check_url`, and refused too if the host resolves to a forbidden address now.

    A name that is not known yet passes: what it resolves to is checked again at every call.
    """
    host = plain_host(check_url(url).hostname or "")
    try:
        addresses = _addresses(host, 443)
    except UnicodeError:
        raise OutboundRefused from None
    except OSError:
        addresses = ["127.0.0.1"] if f".{host}".endswith(".localhost") else []
    for address in addresses:
        check_address(address, allowed)


def resolve(host: str, port: int, allowed: tuple[str, ...] = ()) -> str:
    """The first address of `host`; raises OutboundRefused if any of its addresses is forbidden."""
    try:
        addresses = _addresses(host, port)
    except (OSError, UnicodeError):
        raise OutboundRefused from None
    for address in addresses:
        check_address(address, allowed)
    return addresses[0]


def _addresses(host: str, port: int) -> list[str]:
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def _guarded(base: type[Any], allowed: tuple[str, ...]) -> type[Any]:
    class Connection(base):  # type: ignore[misc]
        def _new_conn(self) -> socket.socket:
            address = resolve(self._dns_host, self.port or self.default_port, allowed)
            try:
                return socket.create_connection((address, self.port or self.default_port), CONNECT_SECONDS)
            except OSError as problem:
                raise NewConnectionError(self, "connection failed") from problem

    return Connection


class _GuardedAdapter(HTTPAdapter):
    def __init__(self, allowed: tuple[str, ...]) -> None:
        self._pools = {"http": (HTTPConnectionPool, HTTPConnection), "https": (HTTPSConnectionPool, HTTPSConnection)}
        self._allowed = allowed
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            scheme: type(pool.__name__, (pool,), {"ConnectionCls": _guarded(connection, self._allowed)})
            for scheme, (pool, connection) in self._pools.items()
        }


def call(
    method: str,
    url: str,
    *,
    body: bytes = b"",
    headers: dict[str, str] | None = None,
    allowed: tuple[str, ...] = (),
    most: int = MAX_ANSWER_BYTES,
) -> Answer:
    """One HTTP call, of whose answer at most that many bytes are kept.

    Raises OutboundRefused, or requests.RequestException when no answer came.
    """
    check_url(url)
    deadline = time.monotonic() + TOTAL_SECONDS
    with requests.Session() as session:
        session.trust_env = False
        adapter = _GuardedAdapter(allowed)
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        with session.request(
            method, url, data=body, headers=headers, timeout=(CONNECT_SECONDS, TOTAL_SECONDS), allow_redirects=False, stream=True
        ) as answer:
            return Answer(answer.status_code, dict(answer.headers), _first_bytes(answer, deadline, most))


def _first_bytes(answer: requests.Response, deadline: float, most: int) -> bytes:
    """The body up to the cap; raises requests.Timeout when it drips past the deadline."""
    kept = b""
    try:
        while len(kept) < most:
            if time.monotonic() > deadline:
                raise requests.Timeout("the answer took too long")
            part = answer.raw.read1(most - len(kept), decode_content=False)
            if not part:
                break
            kept += part
    except HTTPError as problem:
        raise requests.ConnectionError(str(problem)) from problem
    return kept
