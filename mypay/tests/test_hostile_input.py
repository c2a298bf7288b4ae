"""Input meant to break us: each of these once did. Logs are on, as in a real installation."""

import base64
import io
import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from django.test import Client

from audit import context
from conftest import Api
from mypay.kit.masking import masked
from mypay.settings import environment
from mypay.settings.logs import logging_config


@pytest.fixture
def logs(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is logged at the usual level."""
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    logging_config("INFO")
    for place in ("mypay.middleware.log", "audit.lines._log"):
        monkeypatch.setattr(place, structlog.get_logger("test"))
    yield out
    logging_config(environment.LOG_LEVEL)


def test_log_of_a_number_beyond_64_bits_does_not_break_the_request(api: Api, logs: io.StringIO) -> None:
    assert api.payout(amount=10**30).status_code == 400
    assert "AUDIT-RESPONSE" in logs.getvalue()


@pytest.mark.parametrize("depth", [100, 260, 400, 600, 900, 970, 5000])
def test_log_of_a_deep_body_does_not_break_the_request(api: Api, logs: io.StringIO, depth: int) -> None:
    assert api.post("/payouts", '{"a": ' + "[" * depth + "]" * depth + "}").status_code == 400


def test_log_of_a_long_text_is_cut(api: Api, logs: io.StringIO) -> None:
    api.payout(accountTitle="x" * 1_000_000)
    assert len(logs.getvalue()) < 50_000


def test_log_masks_the_query_string(api: Api, logs: io.StringIO) -> None:
    api.get("/payouts?apiKey=mypay_secretsecretsecret&token=sekrit&page=1")
    assert "sekrit" not in logs.getvalue() and "secretsecretsecret" not in logs.getvalue()
    assert "page=1" in logs.getvalue()


def test_log_tells_who_came_in_and_what_happened_to_money(api: Api, logs: io.StringIO) -> None:
    api.payout()
    lines = [json.loads(line) for line in logs.getvalue().splitlines()]
    auth = next(line for line in lines if line["event"] == "AUDIT-AUTH")
    assert (auth["log_type"], auth["success"], auth["reason"]) == ("AUTHENTICATION", True, "SUCCESS")
    moved = next(line for line in lines if line["event"] == "AUDIT-TRANSACTION")
    assert (moved["transaction_type"], moved["data"]["amount"]) == ("PAYOUT_CREATED", "1000.00")


@pytest.mark.parametrize("raw", ['{"a\\nb":1,"a\\nb":2}', '{"a\\nb": NaN}', '{"' + "x" * 100_000 + '": NaN}', '{"é": NaN}'])
def test_refusal_naming_a_clients_field_fits_a_header(api: Api, raw: str) -> None:
    response = api.post("/payouts", raw)
    assert response.status_code == 400
    assert len(response["X-MyPay-Error-Field"]) <= 200


@pytest.mark.parametrize(
    "match", [{"minAmount": 10.5}, {"metadata": {"x": 1.5}}, {"metadata": {"x": 10**30}}, {"amount": "10.50"}, {"a\nb": 1}]
)
def test_rule_with_an_odd_match_is_kept_or_refused(api: Api, match: dict[str, Any]) -> None:
    assert api.post("/sandbox/rules", {"outcome": "failed", "match": match}).status_code in (201, 400)


def test_rule_with_a_deep_match_is_kept_or_refused(api: Api) -> None:
    raw = '{"outcome":"failed","match":{"metadata":{"x":' + "[" * 300 + "]" * 300 + "}}}"
    assert api.post("/sandbox/rules", raw).status_code in (201, 400)


def test_rule_with_a_delay_no_column_holds_is_refused(api: Api) -> None:
    response = api.post("/sandbox/rules", {"outcome": "failed", "delayMs": 86_400_000_000})
    assert (response.status_code, response["X-MyPay-Error-Field"]) == (400, "delayMs")


def test_clock_takes_a_forms_number_and_ends_before_time_does(api: Api) -> None:
    form = api.post("/sandbox/clock/advance", "seconds=5", content_type="application/x-www-form-urlencoded")
    assert form.status_code == 200
    statuses = [api.post("/sandbox/clock/advance", {"seconds": 3 * 10**8}).status_code for _ in range(120)]
    assert set(statuses) == {200, 400} and statuses[-1] == 400
    assert api.get("/balance").status_code == 200


@pytest.mark.parametrize("text", ["9" * 30, "-5", "abc", "1.5", "１"])
def test_history_with_a_forged_cursor_is_answered_or_refused(api: Api, text: str) -> None:
    cursor = base64.urlsafe_b64encode(text.encode()).decode()
    assert api.get(f"/balance/history?cursor={cursor}").status_code in (200, 400)


@pytest.mark.parametrize(
    "value",
    [
        {"card": {"number": "4242424242424242"}},
        {"pin": ["1234"]},
        {"password": ["hunter2"]},
        {"token": {"a": "sekrit"}},
        {"apiKey": ["mypay_aaaaaaaaaaaaaaaaaaaaaaaa"]},
        {"pan": "4242424242424242"},
        {"apiKeyPlain": "mypay_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
        {"x": [[[{"pin": "1234"}]]]},
    ],
)
def test_mask_hides_secrets_of_any_shape(value: dict[str, Any]) -> None:
    text = json.dumps(masked(value))
    assert not any(secret in text for secret in ("42424242", "1234", "hunter2", "sekrit", "aaaaaaaaaaaaaaaaaaaaaaaa"))


def test_host_is_known_in_any_case_and_speaks_its_own_form(db: None) -> None:
    assert Client().get("/api/v1/health", headers={"host": "MOCK.example.test"}).json()["status"] == "OK"
    lost = Client().get("/admin/", headers={"host": "sandbox.example.test"})
    assert (lost.status_code, lost.json()["error"]["code"]) == (404, "NOT_FOUND")


def test_audit_context_ends_with_the_request(api: Api) -> None:
    api.payout()
    assert context.current().actor_type == "system"
