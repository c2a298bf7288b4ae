"""Receivers that take their time over the body."""

import time
from collections.abc import Iterator

import pytest
import requests
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from mypay.kit import outbound
from tests.patience import seconds

LOOPBACK = ("127.0.0.0/8",)


def _drips(server: HTTPServer, pause: float, count: int) -> str:
    def answer(request: Request) -> Response:
        def body() -> Iterator[bytes]:
            for _ in range(count):
                yield b"x"
                time.sleep(pause)

        return Response(body(), headers={"Content-Length": str(count)})

    server.expect_request("/slow").respond_with_handler(answer)
    return f"http://127.0.0.1:{server.port}/slow"


def test_call_of_a_dripping_server_ends_at_the_total_time(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "TOTAL_SECONDS", 0.5)
    url = _drips(httpserver, 0.2, 100)

    def asked() -> None:
        with pytest.raises(requests.RequestException):
            outbound.call("GET", url, allowed=LOOPBACK)

    assert seconds(asked) < 3


def test_call_of_a_server_that_stalls_in_the_body_raises_what_is_documented(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbound, "TOTAL_SECONDS", 0.3)
    with pytest.raises(requests.RequestException):
        outbound.call("GET", _drips(httpserver, 1.0, 30), allowed=LOOPBACK)


@pytest.mark.parametrize("address", ["::127.0.0.1", "::10.0.0.1", "::ffff:0:127.0.0.1", "168.63.129.16"])
def test_check_address_refuses_old_and_cloud_forms(address: str) -> None:
    with pytest.raises(outbound.OutboundRefused):
        outbound.check_address(address)
