"""POST /verify-account: contract section 1."""

import uuid
from typing import Any

import pytest

from conftest import Api
from ledger.models import Transfer
from mypay.settings import environment
from payouts.models import DirectoryEntry, Payout
from payouts.selectors import forget_codes

GOOD = "Account verified successfully"


def _verify(api: Api, account: str = "12345670001", **changes: Any) -> Any:
    body = {"destType": "BANK", "bankCode": "HBL", "accountNumber": account, **changes}
    return api.post("/verify-account", {name: value for name, value in body.items() if value is not None})


@pytest.mark.parametrize(
    ("account", "title"),
    [
        ("123450001", "Test User Success"),
        ("12345670001", "Test User Success"),
        ("1234567890120002", "Test User Retry"),
        ("12345670004", "Test User Pending"),
        ("12345677777", "Test User"),
        ("1234567890", "Test User Success"),
        ("9876543210", "Test User Retry"),
        ("11111111111", "Test User Pending"),
    ],
)
def test_verify_account_that_can_be_paid_is_valid_with_a_title(api: Api, account: str, title: str) -> None:
    response = _verify(api, account)
    assert response.status_code == 200
    assert response.json() == {"success": True, "data": {"isValid": True, "accountTitle": title, "message": GOOD}}


@pytest.mark.parametrize(
    ("account", "message"),
    [
        ("12345670003", "Account validation failed"),
        ("123450005", "Account is blocked or restricted"),
        ("5555555555", "Account validation failed"),
        ("99999999999", "Account is blocked or restricted"),
    ],
)
def test_verify_account_that_cannot_be_paid_is_invalid_without_title(api: Api, account: str, message: str) -> None:
    response = _verify(api, account)
    assert response.status_code == 200
    assert response.json() == {"success": True, "data": {"isValid": False, "message": message}}


def test_verify_alias_numbers_mean_nothing_when_switched_off(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "PAYOUT_NUMBER_ALIASES", False)
    assert _verify(api, "5555555555").json()["data"] == {"isValid": True, "accountTitle": "Test User", "message": GOOD}


def test_verify_wallet_and_aliases_work(api: Api) -> None:
    assert _verify(api, destType="WALLET", bankCode=None, walletCode="easypaisa").json()["data"]["isValid"] is True
    snake = api.post("/verify-account", {"bank_code": "hbl", "account_number": "12345670001"})
    assert snake.json()["data"]["accountTitle"] == "Test User Success"


@pytest.mark.parametrize(
    ("changes", "message", "field"),
    [
        ({"bankCode": "SBP"}, "Bank not found or inactive", "bankCode"),
        ({"destType": "WALLET", "bankCode": None, "walletCode": "OLDPAY"}, "Wallet not found or inactive", "walletCode"),
        ({"bankCode": None}, "Invalid or missing bank code", "bankCode"),
        ({"bankCode": "NOPE"}, "Invalid or missing bank code", "bankCode"),
        ({"destType": "WALLET", "walletCode": None}, "Invalid or missing wallet code", "walletCode"),
        ({"destType": "CASH"}, "Invalid destination type", "destType"),
        ({"accountNumber": "123"}, "Invalid account number format", "accountNumber"),
        ({"accountNumber": None}, "Missing required fields", "accountNumber"),
        ({"destType": None, "bankCode": None}, "Missing required fields", "destType"),
    ],
)
def test_verify_bad_input_is_refused_by_name(api: Api, changes: dict[str, Any], message: str, field: str) -> None:
    DirectoryEntry.objects.create(kind="WALLET", code="OLDPAY", name="Old Pay", is_active=False)
    forget_codes()
    response = _verify(api, **changes)
    assert response.status_code == 400
    assert (response.json()["error"]["message"], response.json()["error"]["code"]) == (message, "VALIDATION_ERROR")
    assert response["X-MyPay-Error-Field"] == field


def test_verify_moves_nothing(api: Api) -> None:
    before = Transfer.objects.count()
    _verify(api)
    assert Payout.objects.count() == 0 and Transfer.objects.count() == before


def test_verify_replays_success_and_refusal_under_its_key(api: Api) -> None:
    for account in ("12345670001", "1"):
        key, body = str(uuid.uuid4()), {"destType": "BANK", "bankCode": "HBL", "accountNumber": account}
        first, again = api.post("/verify-account", body, key=key), api.post("/verify-account", body, key=key)
        assert (first.status_code, first.content) == (again.status_code, again.content)
        assert again["X-Idempotent-Replay"] == "true" and "X-Idempotent-Replay" not in first
        assert api.post("/verify-account", {**body, "bankCode": "UBL"}, key=key).status_code == 409


def test_verify_without_idempotency_key_is_refused(api: Api) -> None:
    response = api.client.post("/api/v1/verify-account", {}, content_type="application/json", headers={"X-API-KEY": api.key})
    assert (response.status_code, response.json()["error"]["code"]) == (400, "MISSING_IDEMPOTENCY_KEY")
