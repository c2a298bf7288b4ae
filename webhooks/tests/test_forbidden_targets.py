"""Addresses that must not be called, in a hundred spellings: refused at create and at send."""

import queue
from collections.abc import Iterator

import pytest
import requests

from conftest import Api
from mypay.kit import outbound
from mypay.kit.outbound import OutboundRefused
from mypay.kit.sender import Job, Sender
from mypay.settings import environment
from tests.patience import FOREVER
from webhooks.models import Endpoint
from webhooks.tests.conftest import Hooks
from webhooks.tests.receiver import Receiver

FORMS = [
    # IPv4, plain and by class
    "http://127.0.0.1/",
    "https://127.0.0.1/",
    "http://127.0.0.1:8000/hook",
    "http://127.255.255.254/",
    "http://10.0.0.1/",
    "http://10.255.255.255/",
    "http://172.16.0.1/",
    "http://172.31.255.255/",
    "http://192.168.0.1/",
    "http://192.168.255.255/",
    "http://169.254.169.254/latest/meta-data/",
    "http://169.254.170.2/",
    "http://100.64.0.1/",
    "http://100.100.100.200/",
    "http://168.63.129.16/",
    "http://192.0.0.192/",
    "http://0.0.0.0/",
    "http://0.1.2.3/",
    "http://198.18.0.1/",
    "http://224.0.0.1/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    # IPv4, other spellings: short, decimal, octal, hex, mixed, trailing dots
    "http://127.1/",
    "http://127.0.1/",
    "http://10.1/",
    "http://0/",
    "http://2130706433/",
    "http://2852039166/",
    "http://3232235521/",
    "http://167772161/",
    "http://0x7f000001/",
    "http://0x7F.0x0.0x0.0x1/",
    "http://0x7f.1/",
    "http://0xA9FEA9FE/",
    "http://0xa9.0xfe.0xa9.0xfe/",
    "http://0177.0.0.1/",
    "http://0177.0.0.01/",
    "http://017700000001/",
    "http://00000000177.0.0.1/",
    "http://0251.0376.0251.0376/",
    "http://169.254.43518/",
    "http://0x7f.0.0.0x1/",
    "http://127.0.0.1./",
    "http://127.0.0.1../",
    "http://2130706433./",
    "http://0x7f000001./",
    "http://127.0.0.0x/",
    "http://1.2.3.256/",
    "http://4294967297/",
    "http://127.0.0.1.1/",
    # Digits and dots of other scripts, percent signs
    "http://127。0。0。1/",
    "http://127．0．0．1/",
    "http://127｡0｡0｡1/",
    "http://１２７.0.0.1/",
    "http://①②⑦.0.0.1/",
    "http://𝟏𝟐𝟕.0.0.1/",
    "http://127%2e0%2e0%2e1/",
    "http://%31%32%37.0.0.1/",
    "http://127.0.0.1%00.example.com/",
    # IPv6: loopback, private, mapped, compatible, translated, tunnelled, with a zone
    "http://[::1]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[::127.0.0.1]/",
    "http://[::ffff:0:127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b::169.254.169.254]/",
    "http://[64:ff9b:1::a00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[2001:0:7f00:1::]/",
    "http://[fe80::1]/",
    "http://[fe80::1%25lo]/",
    "http://[fd00:ec2::254]/",
    "http://[fc00::1]/",
    "http://[fec0::1]/",
    "http://[ff02::1]/",
    "http://[2001:db8::1]/",
    # Names of this machine
    "http://localhost/",
    "http://LOCALHOST/",
    "http://localhost./",
    "http://ｌocalhost/",
    "http://l\u00adocalhost/",
    "http://shop.localhost/",
    # User names, back slashes, white space, other schemes and ports
    "http://user@127.0.0.1/",
    "http://shop.example@127.0.0.1/",
    "http://127.0.0.1@shop.example/",
    "http://user:pass@shop.example/",
    "http://shop.example\\@127.0.0.1/",
    "http:\\\\127.0.0.1\\",
    "http://shop.example:0/",
    "http://127.0.0.1 /",
    "http://127.0.0.1\t/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_INFO",
    "ftp://127.0.0.1/",
    "//127.0.0.1/",
    "http:///127.0.0.1/",
]
_SAID = {"This address cannot be called", "The host name is not known", "The call failed"}


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing private may be called, loopback neither."""
    monkeypatch.setattr(environment, "IS_PRODUCTION", True)
    monkeypatch.setattr(environment, "WEBHOOK_ALLOWED_NETWORKS", [])
    assert outbound.allowed_networks() == ()


@pytest.fixture(scope="module")
def sender() -> Iterator[Sender]:
    running = Sender(())
    yield running
    running.close()


def test_there_are_at_least_eighty_forms() -> None:
    assert len(set(FORMS)) == len(FORMS) >= 80


@pytest.mark.parametrize("url", FORMS)
def test_create_and_change_refuse_every_form(api: Api, hooks: Hooks, production: None, url: str) -> None:
    refused = api.post("/webhooks/endpoints", {"url": url})
    assert (refused.status_code, refused["X-MyPay-Error-Field"]) == (400, "url")
    assert Endpoint.objects.count() == 0
    made = hooks.create("https://shop.example/hooks")
    assert hooks.patch(made["id"], url=url).status_code == 400


@pytest.mark.parametrize("url", FORMS)
def test_send_refuses_every_form(sender: Sender, url: str) -> None:
    sender.send([Job(url, url, b"{}", {})])
    try:
        result = sender.results.get(timeout=FOREVER)
    except queue.Empty:
        pytest.fail("no result")
    assert result.status is None and result.error in _SAID
    with pytest.raises((OutboundRefused, requests.exceptions.InvalidURL)):
        outbound.call("POST", url)


_FINE = [
    "https://shop.example/hooks", "http://shop.example:8080/a?b=c", "https://1.1.1.1/", "https://[2606:4700::1111]:8443/x",
    "https://7.example/",
    "https://münchen.example/", "https://xn--mnchen-3ya.example/", "https://a_b.shop.example/", "HTTPS://SHOP.EXAMPLE./",
]  # fmt: skip


@pytest.mark.parametrize("url", _FINE)
def test_create_takes_what_is_open_to_all(hooks: Hooks, production: None, url: str) -> None:
    assert hooks.create(url)["url"] == url


def test_a_name_that_resolves_inside_is_refused_even_if_it_did_not_before(
    api: Api, hooks: Hooks, sender: Sender, production: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks.create("https://rebound.example/")  # not known yet

    def inside(host: str, *args: object, **options: object) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        return [(2, 1, 6, "", ("93.184.216.34", 443)), (2, 1, 6, "", ("10.0.0.7", 443))]

    monkeypatch.setattr("socket.getaddrinfo", inside)
    assert api.post("/webhooks/endpoints", {"url": "https://rebound.example/"}).status_code == 400
    with pytest.raises(OutboundRefused):
        outbound.call("POST", "https://rebound.example/")


def test_loopback_is_let_through_outside_production(hooks: Hooks, receiver: Receiver) -> None:
    assert hooks.create(receiver.url)["url"] == receiver.url
    assert hooks.create("http://localhost:3000/hooks")["enabled"] is True
    for url in ("http://10.0.0.1/", "http://192.168.1.7:3000/"):
        assert hooks.api.post("/webhooks/endpoints", {"url": url}).status_code == 400


def test_allowed_networks_are_let_through_by_setting(hooks: Hooks, production: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "WEBHOOK_ALLOWED_NETWORKS", ["10.1.0.0/16"])
    assert hooks.create("http://10.1.2.3/hooks")["enabled"] is True
    assert hooks.api.post("/webhooks/endpoints", {"url": "http://10.2.2.3/hooks"}).status_code == 400
