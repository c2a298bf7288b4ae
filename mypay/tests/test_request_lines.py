"""Around every request: its id, its caller's address, its audit lines (contract section 11)."""

import io
import json
import sys
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from django.test import Client
from structlog.testing import capture_logs

from conftest import Api, payout_body
from merchants.models import Merchant
from mypay.kit.crypto import sha256_hex
from mypay.settings import environment
from mypay.settings.logs import logging_config

Lines = Callable[[], list[dict[str, Any]]]
_LOGGERS = {"mypay.middleware.log": "mypay.requests", "audit.lines._log": "mypay.audit"}


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The level of a real installation; tests are quiet otherwise."""
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    logging_config("INFO")
    for place, name in _LOGGERS.items():
        monkeypatch.setattr(place, structlog.get_logger(name))
    yield
    logging_config(environment.LOG_LEVEL)


@pytest.fixture
def written(told: None) -> Lines:
    """What has really been written, masks and all, one JSON object a line."""
    out = sys.stdout
    assert isinstance(out, io.StringIO)
    return lambda: [json.loads(line) for line in out.getvalue().splitlines()]


def _named(lines: list[dict[str, Any]], tag: str) -> list[dict[str, Any]]:
    return [line for line in lines if line["event"] == tag]


_IDS = {"request_id", "merchant_id", "api_key_hash"}


def test_lines_of_a_request_have_the_contracts_members(api: Api, merchant: Merchant, told: None) -> None:
    key = str(uuid.uuid4())
    with capture_logs() as lines:
        api.post("/payouts?x=1", payout_body(), key=key, **{"X-Request-Id": "req-7", "User-Agent": "shop/1.0"})
    request, response = _named(lines, "AUDIT-REQUEST")[0], _named(lines, "AUDIT-RESPONSE")[0]
    extra = {"event", "log_level"}
    assert set(request) - extra == _IDS | {
        "method", "path", "query", "ip_address", "user_agent", "idempotency_key", "request_body",
    }  # fmt: skip
    assert set(response) - extra == _IDS | {"response_status", "response_time_ms", "error"}
    for line in (request, response):
        assert (line["request_id"], line["merchant_id"]) == ("req-7", merchant.pk)
        assert line["api_key_hash"] == sha256_hex(api.key)[:16]
    assert (request["method"], request["path"], request["query"]) == ("POST", "/api/v1/payouts", "x=1")
    assert (request["ip_address"], request["user_agent"], request["idempotency_key"]) == ("127.0.0.1", "shop/1.0", key)
    assert request["request_body"]["accountTitle"] == "Ayesha Khan"
    assert (response["response_status"], response["error"]) == (201, None) and response["response_time_ms"] > 0


def test_lines_of_a_refusal_name_its_code(api: Api, written: Lines) -> None:
    api.payout(amount="-1")
    assert _named(written(), "AUDIT-RESPONSE")[0]["response_status"] == 400
    api.get("/payouts/nope")
    last = _named(written(), "AUDIT-RESPONSE")[-1]
    assert (last["response_status"], last["error"]) == (404, "NOT_FOUND")


def test_lines_as_written_have_a_timestamp_and_mask_what_is_secret(api: Api, written: Lines) -> None:
    # With letters that no id, hash or time has.
    secrets = {
        "password": "hunter2", "pin": "4711x", "cvv": "987y", "cardNumber": "4242424242424242", "mobileNumber": "03030000000",
        "apiKey": api.key, "nested": {"token": "sekrit", "list": [{"cvc": "654z"}]},
    }  # fmt: skip
    api.payout("12345670001", **secrets)
    lines = written()
    assert all(line["timestamp"].endswith("Z") for line in lines)
    body = _named(lines, "AUDIT-REQUEST")[0]["request_body"]
    assert (body["accountNumber"], body["password"], body["pin"]) == ("123******01", "[REDACTED]", "[REDACTED]")
    assert body["apiKey"] == f"{api.key[:8]}...{api.key[-4:]}"
    text = json.dumps(lines)
    for secret in ("hunter2", "4711x", "987y", "4242424242424242", "03030000000", "sekrit", "654z", "12345670001", api.key):
        assert secret not in text.replace(body["accountNumber"], "")


@pytest.mark.parametrize(("headers", "reason"), [({}, "MISSING_API_KEY"), ({"X-API-KEY": f"mypay_{'0' * 64}"}, "INVALID_API_KEY")])
def test_line_of_a_refused_key_has_the_contracts_members(db: None, written: Lines, headers: dict[str, str], reason: str) -> None:
    Client().get("/api/v1/balance", headers=headers)
    line = _named(written(), "AUDIT-AUTH")[0]
    assert {"log_type", "success", "api_key_hash", "reason", "ip_address", "timestamp"} <= set(line)
    assert (line["log_type"], line["success"], line["reason"]) == ("AUTHENTICATION", False, reason)
    assert line["ip_address"] == "127.0.0.1"
    expected = sha256_hex(headers["X-API-KEY"])[:16] if headers else ""
    assert line["api_key_hash"] == expected and "mypay_0000" not in json.dumps(written())
    assert _named(written(), "AUDIT-RESPONSE")[0]["error"] == reason


@pytest.mark.parametrize("path", ["/health", "/api/v1/health"])
def test_health_writes_no_lines(db: None, written: Lines, path: str) -> None:
    response = Client().get(path)
    assert response.status_code == 200 and response.has_header("X-Request-Id")
    assert written() == []


@pytest.mark.parametrize("given", ["abc", "A.b_c-1", "x" * 128, "7aa189dd-9c74-4d61-9ccc-338a2e8e0744"])
@pytest.mark.parametrize("path", ["/health", "/api/v1/balance", "/nope"])
def test_request_id_that_is_given_is_echoed(db: None, given: str, path: str) -> None:
    assert Client().get(path, headers={"X-Request-Id": given})["X-Request-Id"] == given


@pytest.mark.parametrize("given", ["", "x" * 129, "a b", "a\tb", "<script>", "é", "a;b", "{{x}}"])
def test_request_id_that_is_absent_or_odd_is_made(db: None, given: str) -> None:
    made = {Client().get("/health", headers={"X-Request-Id": given} if given else {})["X-Request-Id"] for _ in range(2)}
    assert len(made) == 2 and all(uuid.UUID(one).version == 7 for one in made)


_FORWARDED = [
    ("203.0.113.7", "", "203.0.113.7"),
    ("203.0.113.7", "198.51.100.1", "203.0.113.7"),
    ("203.0.113.7", "127.0.0.1", "203.0.113.7"),
    ("127.0.0.1", "", "127.0.0.1"),
    ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
    ("127.0.0.1", "1.2.3.4, 198.51.100.1", "198.51.100.1"),
    ("127.0.0.1", "1.2.3.4, 198.51.100.1, ::1", "198.51.100.1"),
    ("127.0.0.1", "1.2.3.4,198.51.100.1 , 127.0.0.1, ::1", "198.51.100.1"),
    ("::1", "2001:db8::5", "2001:db8::5"),
    ("127.0.0.1", " , ,", "127.0.0.1"),
    ("127.0.0.1", "x" * 500, "x" * 45),
]


@pytest.mark.parametrize(("peer", "forwarded", "seen"), _FORWARDED)
def test_forwarded_address_is_believed_of_trusted_proxies_only(db: None, written: Lines, peer: str, forwarded: str, seen: str) -> None:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    Client().get("/api/v1/balance", headers=headers, REMOTE_ADDR=peer)
    assert _named(written(), "AUDIT-REQUEST")[0]["ip_address"] == seen
    assert _named(written(), "AUDIT-AUTH")[0]["ip_address"] == seen
