"""Hosts, health, unknown routes, methods, CORS (contract section 0)."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import resolve

from conftest import Api

UNKNOWN = b'{"error":{"message":"Route not found","code":"NOT_FOUND"}}'
JSON = "application/json; charset=utf-8"


def _get(path: str, host: str = "testserver", **headers: str) -> Any:
    return Client().get(path, headers={"Host": host, **headers})


def _is_payment_form(response: Any) -> bool:
    body = response.json()
    assert list(body) == ["status", "service", "timestamp"]
    assert (body["status"], body["service"]) == ("OK", "MyPay Payment API")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", body["timestamp"])
    return True


@pytest.mark.parametrize("host", ["sandbox.mypay.test", "sandbox.mypay.test:8000", "mock.mypay.test"])
def test_root_of_the_gateway_hosts_is_json(db: None, host: str) -> None:
    response = _get("/", host, Accept="text/html")
    assert (response.status_code, response["Content-Type"]) == (200, JSON)
    body = response.json()
    assert list(body) == ["service", "version", "endpoints"] and body["version"] == "1.0.0"


def test_root_elsewhere_is_a_page(db: None) -> None:
    assert _get("/")["Content-Type"].startswith("text/html")
    for host in ("devportal.mypay.test", "devadmin.mypay.test"):
        assert _get("/", host).status_code == 302


@pytest.mark.parametrize(
    ("host", "path", "payment_form"),
    [
        ("testserver", "/health", True), ("testserver", "/api/v1/health", False), ("sandbox.mypay.test", "/health", True),
        ("sandbox.mypay.test", "/api/v1/health", False), ("mock.mypay.test", "/health", True), ("mock.mypay.test", "/api/v1/health", True),
        ("devportal.mypay.test", "/health", True), ("devadmin.mypay.test", "/health", True),
        ("mocking.mypay.test", "/api/v1/health", False), ("mypay.mock.test", "/api/v1/health", False),
    ],
)  # fmt: skip
def test_health_without_auth_has_the_form_of_its_host(db: None, host: str, path: str, payment_form: bool) -> None:
    response = _get(path, host)
    assert (response.status_code, response["Content-Type"]) == (200, JSON)
    assert _is_payment_form(response) if payment_form else response.content == b'{"status":"healthy"}'


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("testserver", "/api/v1/nope"), ("testserver", "/nope"), ("testserver", "/api/v1/"), ("testserver", "/api/v1/payouts/"),
        ("testserver", "/api/v2/payouts"), ("sandbox.mypay.test", "/x"), ("mock.mypay.test", "/api/v1/payouts"),
        ("devportal.mypay.test", "/api/v1/balance"), ("devadmin.mypay.test", "/api/v1/balance"),
        ("testserver", "/%00"), ("testserver", "/%ff"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_unknown_route_is_the_contracts_404(db: None, host: str, path: str, method: str) -> None:
    response = getattr(Client(), method)(path, headers={"Host": host})
    assert (response.status_code, response.content, response["Content-Type"]) == (404, UNKNOWN, JSON)


def test_unknown_route_for_a_browser_is_a_page_but_never_under_api(db: None) -> None:
    page = _get("/nope", Accept="text/html,application/xhtml+xml")
    assert page.status_code == 404 and page["Content-Type"].startswith("text/html")
    assert _get("/api/v1/nope", Accept="text/html").content == UNKNOWN
    assert _get("/portal/nope")["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("PUT", "/payouts", "GET, POST, HEAD, OPTIONS"), ("DELETE", "/payouts", "GET, POST, HEAD, OPTIONS"),
        ("POST", "/balance", "GET, HEAD, OPTIONS"), ("GET", "/verify-account", "POST, OPTIONS"),
        ("POST", "/directory", "GET, HEAD, OPTIONS"), ("PATCH", "/sandbox/rules", "GET, POST, DELETE, HEAD, OPTIONS"),
    ],
)  # fmt: skip
def test_wrong_method_is_405_and_tells_the_right_ones(api: Api, method: str, path: str, allow: str) -> None:
    response = api.client.generic(method, f"/api/v1{path}", headers={"X-API-KEY": api.key})
    assert response.status_code == 405
    assert response.json() == {"error": {"message": "Method not allowed", "code": "METHOD_NOT_ALLOWED"}}
    assert set(response["Allow"].split(", ")) == set(allow.split(", "))


def test_wrong_method_on_ipn_is_405(db: None) -> None:
    assert _get("/ipn/callback").status_code == 405


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "*/*", "nonsense"])
def test_accept_header_never_changes_the_answer(api: Api, accept: str) -> None:
    response = api.get("/balance", Accept=accept)
    assert (response.status_code, response["Content-Type"]) == (200, JSON)


ORIGIN = "https://shop.example.test"


@pytest.mark.parametrize("path", ["/api/v1/balance", "/api/v1/payouts", "/api/v1/directory", "/api/v1/health", "/health"])
def test_cors_on_key_and_public_routes_is_any_origin_without_credentials(api: Api, path: str) -> None:
    for response in (_get(path, Origin=ORIGIN), Client().get(path, headers={"X-API-KEY": api.key, "Origin": ORIGIN})):
        assert response["Access-Control-Allow-Origin"] == "*"
        assert not response.has_header("Access-Control-Allow-Credentials")
    assert {"retry-after", "x-request-id"} <= {name.strip() for name in response["Access-Control-Expose-Headers"].split(",")}


def test_cors_preflight_allows_the_headers_of_the_contract(db: None) -> None:
    wanted = "x-api-key,x-idempotency-key,content-type,x-mock-scenario"
    asked = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": wanted}
    response = Client().options("/api/v1/payouts", headers=asked)
    assert response.status_code == 200 and response["Access-Control-Allow-Origin"] == "*"
    assert "POST" in response["Access-Control-Allow-Methods"]
    assert set(wanted.split(",")) <= {name.strip() for name in response["Access-Control-Allow-Headers"].split(",")}


@pytest.mark.parametrize("path", ["/", "/portal/", "/portal/login", "/admin/", "/admin/login/", "/api/docs", "/ipn/callback", "/nope"])
def test_cors_elsewhere_is_not_granted(db: None, path: str) -> None:
    assert not _get(path, Origin=ORIGIN).has_header("Access-Control-Allow-Origin")


def test_answers_carry_safe_headers(api: Api) -> None:
    response = api.get("/balance")
    assert (response["X-Content-Type-Options"], response["X-Frame-Options"]) == ("nosniff", "SAMEORIGIN")
    assert int(response["Content-Length"]) == len(response.content)


@pytest.mark.parametrize("name", ["all", "gateway", "payout_api", "payment_api"])
def test_controls_are_served_wherever_a_key_opens_something(name: str) -> None:
    assert resolve("/api/v1/sandbox/rules", f"mypay.urls.{name}").view_name == "sandbox-rules"
    assert resolve("/api/v1/sandbox/top-up", f"mypay.urls.{name}")
