"""POST /payouts: contract sections 1 and 2."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from audit.models import AuditEntry
from conftest import Api, payout_body
from ledger.models import MerchantBalance, Transfer
from merchants.models import Merchant
from merchants.states import MerchantStatus
from merchants.tests.factories import make_merchant
from mypay.kit.models import IdempotencyRecord
from payouts.models import Payout
from webhooks.models import Event

MEMBERS = [
    "id", "merchantId", "merchantReference", "amount", "currency", "destType", "bankCode", "accountNumber", "accountTitle",
    "status", "createdAt", "updatedAt",
]  # fmt: skip


def test_create_valid_returns_contract_envelope(api: Api, merchant: Merchant, available: Callable[[], tuple[int, int]]) -> None:
    response = api.payout(merchantReference="INV-1")
    assert response.status_code == 201
    assert response["Content-Type"] == "application/json; charset=utf-8"
    body = response.json()
    assert list(body) == ["success", "message", "data"]
    assert body["success"] is True and body["message"] == "Payout created successfully"
    assert list(body["data"]) == MEMBERS
    assert body["data"]["status"] == "PENDING" and body["data"]["amount"] == "1000.00" and body["data"]["merchantId"] == merchant.pk
    assert available() == (1_000_000_000 - 100_000, 100_000)
    assert Event.objects.get().type == "payout.created"
    assert AuditEntry.objects.filter(action="payout.created", resource_id=body["data"]["id"]).count() == 1


@pytest.mark.parametrize("amount", ["1000", 1000, 1000.5, "0.01", "9999999999999.99", 1e3, " 12.30 "])
def test_create_amount_forms_accepted(merchant: Merchant, api: Api, amount: Any) -> None:
    response = api.payout(amount=amount)
    assert response.status_code == 201 or response.json()["error"]["code"] == "INSUFFICIENT_BALANCE"


@pytest.mark.parametrize("name", ["merchantReference", "amount", "accountNumber"])
@pytest.mark.parametrize("value", [None, "", 0, False])
def test_create_required_missing_is_refused(api: Api, name: str, value: Any) -> None:
    response = api.payout(**{name: value})
    assert response.status_code == 400
    error = response.json()["error"]
    assert set(error) == {"message", "code", "timestamp"}
    assert (error["message"], error["code"]) == ("Missing required fields", "VALIDATION_ERROR")
    assert response["X-MyPay-Error-Field"] == name


_BAD = [
    ("amount", "-1", "Amount must be greater than 0"),
    ("amount", -5, "Amount must be greater than 0"),
    ("amount", "abc", "Amount must be greater than 0"),
    ("amount", True, "Amount must be greater than 0"),
    ("amount", [1], "Amount must be greater than 0"),
    ("amount", {"a": 1}, "Amount must be greater than 0"),
    ("amount", "0.001", "Amount must be greater than 0"),
    ("amount", 0.001, "Amount must be greater than 0"),
    ("amount", "0.00", "Amount must be greater than 0"),
    ("amount", 10**30, "Amount must be greater than 0"),
    ("amount", "10000000000000", "Amount must be greater than 0"),
    ("amount", "NaN", "Amount must be greater than 0"),
    ("amount", "Infinity", "Amount must be greater than 0"),
    ("amount", "1e400", "Amount must be greater than 0"),
    ("amount", "１００", "Amount must be greater than 0"),
    ("amount", "0x10", "Amount must be greater than 0"),
    ("amount", "1_000", "Amount must be greater than 0"),
    ("currency", "USD", "Invalid currency. Only PKR is supported"),
    ("currency", 5, "Invalid currency. Only PKR is supported"),
    ("currency", ["PKR"], "Invalid currency. Only PKR is supported"),
    ("accountNumber", "12345678", "Invalid account number format"),
    ("accountNumber", "12345678901234567", "Invalid account number format"),
    ("accountNumber", 12345670001, "Invalid account number format"),
    ("accountNumber", "１２３４５６７０００１", "Invalid account number format"),
    ("accountNumber", "12345abc001", "Invalid account number format"),
    ("accountNumber", "12345670001\n", "Invalid account number format"),
    ("accountNumber", ["12345670001"], "Invalid account number format"),
    ("destType", "CASH", "Invalid destination type"),
    ("destType", "bank", "Invalid destination type"),
    ("destType", 7, "Invalid destination type"),
    ("destType", ["BANK"], "Invalid destination type"),
    ("bankCode", None, "Invalid or missing bank code"),
    ("bankCode", "XXX", "Invalid or missing bank code"),
    ("bankCode", 5, "Invalid or missing bank code"),
    ("merchantReference", 5, "merchantReference must be text"),
    ("merchantReference", "x" * 256, "merchantReference must be at most 255 characters"),
    ("merchantReference", "   ", "merchantReference must not be blank"),
    ("merchantReference", "a\x00b", "merchantReference must not contain control characters"),
    ("accountTitle", 5, "accountTitle must be text"),
    ("accountTitle", "x" * 1_000_000, "accountTitle must be at most 200 characters"),
    ("purpose", {}, "purpose must be text"),
    ("description", "x" * 501, "description must be at most 500 characters"),
    ("metadata", "text", "metadata must be an object"),
]


@pytest.mark.parametrize(("name", "value", "message"), _BAD)
def test_create_bad_field_is_refused_by_name(
    api: Api, available: Callable[[], tuple[int, int]], name: str, value: Any, message: str
) -> None:
    before = available()
    response = api.payout(**{name: value})
    assert response.status_code == 400
    assert response.json()["error"]["message"] == message
    assert response.json()["error"]["code"] == "VALIDATION_ERROR"
    assert response["X-MyPay-Error-Field"] == name
    assert Payout.objects.count() == 0 and Event.objects.count() == 0 and available() == before


_RAW = [
    (b'{"amount": NaN}', "amount must be a finite number"),
    (b'{"amount": Infinity}', "amount must be a finite number"),
    (b'{"amount": -Infinity}', "amount must be a finite number"),
    (b'{"amount": 1, "amount": 2}', "Duplicate field in request body: amount"),
    (b'{"a": {"x": 1, "x": 2}}', "Duplicate field in request body: x"),
    (b'{"amount": 1', "Request body is not valid JSON"),
    (b"[1]", "Request body must be a JSON object"),
    (b"\xff\xfe{}", "Request body must be UTF-8 text"),
    ('{"amount": "1"}'.encode("utf-16"), "Request body must be UTF-8 text"),
    (b'{"merchantReference": "\\ud800"}', "Request body must be UTF-8 text"),
    (b"[" * 100_000, "Request body is nested too deeply"),
    (b'{"amount": ' + b"9" * 5000 + b"}", "Request body is not valid JSON"),
]


@pytest.mark.parametrize(("raw", "message"), _RAW)
def test_create_malformed_body_is_refused_before_the_key(api: Api, raw: bytes, message: str) -> None:
    response = api.client.post("/api/v1/payouts", raw, content_type="application/json")
    assert (response.status_code, response.json()["error"]["message"]) == (400, message)
    assert IdempotencyRecord.objects.count() == 0


def test_create_number_out_of_range_is_refused_by_name(api: Api) -> None:
    raw = json.dumps(payout_body()).replace('"1000.00"', "1e400")
    response = api.post("/payouts", raw)
    assert (response.status_code, response["X-MyPay-Error-Field"]) == (400, "amount")


def test_create_wrong_media_type_or_charset_is_refused(api: Api) -> None:
    assert api.post("/payouts", "x", content_type="text/plain").status_code == 415
    response = api.post("/payouts", json.dumps(payout_body()), content_type="application/json; charset=utf-16")
    assert response.status_code == 415


def test_create_body_too_large_is_refused(api: Api, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2000
    response = api.payout(description="x" * 3000)
    assert (response.status_code, response.json()["error"]["code"]) == (413, "PAYLOAD_TOO_LARGE")


def test_create_form_body_works(api: Api) -> None:
    form = "merchantReference=F1&amount=10&destType=BANK&bankCode=HBL&accountNumber=12345670001"
    assert api.post("/payouts", form, content_type="application/x-www-form-urlencoded").status_code == 201
    twice = api.post("/payouts", form + "&amount=20", content_type="application/x-www-form-urlencoded")
    assert twice.json()["error"]["message"] == "Duplicate field in request body: amount"


def test_create_aliases_are_understood_and_canonical_wins(api: Api) -> None:
    body = {
        "merchant_reference": "A1", "amount": 5, "bank_code": "ubl", "accountNumber": "123450001",
        "account_number": "999999999", "beneficiary_name": "Bilal",
    }  # fmt: skip
    data = api.post("/payouts", body).json()["data"]
    assert (data["merchantReference"], data["destType"], data["bankCode"]) == ("A1", "BANK", "UBL")
    assert (data["accountNumber"], data["accountTitle"]) == ("123450001", "Bilal")
    nested = {"merchantTransactionId": "A2", "amount": 5, "beneficiary": {"name": "C", "accountNumber": "123450001", "bankCode": "HBL"}}
    data = api.post("/payouts", nested).json()["data"]
    assert (data["merchantReference"], data["accountTitle"], data["destType"]) == ("A2", "C", "BANK")


def test_create_wallet_and_hidden_bank_are_accepted(api: Api) -> None:
    wallet = api.payout(destType="WALLET", bankCode=None, walletCode="easypaisa").json()["data"]
    assert wallet["walletCode"] == "EASYPAISA" and "bankCode" not in wallet
    assert api.payout(bankCode="SBP").status_code == 201


def test_create_without_title_gets_the_default(api: Api) -> None:
    assert api.payout(accountTitle=None).json()["data"]["accountTitle"] == "Account Holder"


def test_create_key_errors_have_no_timestamp(api: Api, merchant: Merchant) -> None:
    missing = api.client.post("/api/v1/payouts", payout_body(), content_type="application/json")
    assert (missing.status_code, missing.json()) == (401, {"error": {"message": "API key is required", "code": "MISSING_API_KEY"}})
    headers = {"X-API-KEY": "mypay_" + "0" * 64}
    wrong = api.client.post("/api/v1/payouts", payout_body(), content_type="application/json", headers=headers)
    assert (wrong.status_code, wrong.json()) == (401, {"error": {"message": "Invalid API key", "code": "INVALID_API_KEY"}})
    Merchant.objects.filter(pk=merchant.pk).update(status=MerchantStatus.SUSPENDED)
    assert api.payout().json()["error"]["code"] == "INVALID_API_KEY"


def test_create_idempotency_header_is_checked_before_the_body(api: Api) -> None:
    headers = {"X-API-KEY": api.key}
    missing = api.client.post("/api/v1/payouts", {}, content_type="application/json", headers=headers)
    assert missing.status_code == 400
    assert missing.json()["error"]["code"] == "MISSING_IDEMPOTENCY_KEY" and "timestamp" not in missing.json()["error"]
    assert api.payout(key="not-a-uuid").json()["error"]["code"] == "INVALID_IDEMPOTENCY_KEY"
    assert api.payout(key=str(uuid.uuid1()).upper()).status_code == 201


def test_create_same_key_and_request_replays_to_the_byte(api: Api) -> None:
    key, body = str(uuid.uuid4()), payout_body()
    first = api.post("/payouts", body, key=key)
    again = api.post("/payouts", dict(reversed(body.items())), key=key.upper())
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content and again["X-Idempotent-Replay"] == "true"
    assert Payout.objects.count() == 1 and Transfer.objects.count() == 2


def test_create_same_key_other_request_conflicts(api: Api) -> None:
    key = str(uuid.uuid4())
    api.payout(key=key)
    clash = api.payout(key=key)
    assert (clash.status_code, clash.json()["error"]["code"]) == (409, "IDEMPOTENCY_KEY_CONFLICT")
    # One key on another path is another request too.
    assert api.post("/verify-account", {}, key=key).status_code == 409


def test_create_refusal_is_replayed_too(api: Api) -> None:
    key, body = str(uuid.uuid4()), payout_body(amount="-1")
    assert api.post("/payouts", body, key=key).content == api.post("/payouts", body, key=key).content


def test_create_same_key_of_two_merchants_is_two_keys(api: Api, stranger: Merchant, api_of: Callable[[Merchant], Api]) -> None:
    key, body = str(uuid.uuid4()), payout_body()
    assert api.post("/payouts", body, key=key).json()["data"]["id"] != api_of(stranger).post("/payouts", body, key=key).json()["data"]["id"]


def test_create_key_is_free_again_after_a_day_on_the_merchants_clock(api: Api) -> None:
    key = str(uuid.uuid4())
    api.payout(key=key)
    assert api.payout(key=key).status_code == 409
    assert api.post("/sandbox/clock/advance", {"seconds": 86_401}).status_code == 200
    assert api.payout(key=key).status_code == 201


def test_create_fault_is_500_and_leaves_the_key_free(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    key, body = str(uuid.uuid4()), payout_body()
    with monkeypatch.context() as patch:
        patch.setattr("payouts.services.create._statements", lambda payout: 1 / 0)
        broken = api.post("/payouts", body, key=key)
    assert (broken.status_code, broken.json()) == (500, {"error": {"message": "Internal server error", "code": "INTERNAL_ERROR"}})
    assert api.post("/payouts", body, key=key).status_code == 201


def test_create_duplicate_reference_is_409_for_this_merchant_only(
    api: Api, stranger: Merchant, api_of: Callable[[Merchant], Api], available: Callable[[], tuple[int, int]]
) -> None:
    api.payout(merchantReference="ONE")
    before = available()
    again = api.payout(merchantReference="ONE")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "DUPLICATE_REFERENCE")
    assert available() == before
    assert api.payout(merchantReference="one").status_code == 201
    assert api_of(stranger).payout(merchantReference="ONE").status_code == 201


def test_create_above_the_balance_is_refused_and_writes_nothing(api: Api, available: Callable[[], tuple[int, int]]) -> None:
    response = api.payout(amount="10000000.01")
    assert (response.status_code, response.json()["error"]["code"]) == (400, "INSUFFICIENT_BALANCE")
    assert available() == (1_000_000_000, 0)
    assert (Payout.objects.count(), Event.objects.count(), Transfer.objects.count()) == (0, 0, 1)
    assert not AuditEntry.objects.filter(action="payout.created").exists()
    assert api.payout(amount="10000000.00").status_code == 201
    assert available() == (0, 1_000_000_000)


def test_create_without_balance_row_is_not_found(db: None, merchant: Merchant, api_of: Callable[[Merchant], Api]) -> None:
    response = api_of(make_merchant(rupees=0)).payout()
    assert (response.status_code, response.json()["error"]["code"]) == (404, "NOT_FOUND")
    assert Payout.objects.count() == 0 and MerchantBalance.objects.count() == 1


def test_create_takes_at_most_nine_statements(api: Api, django_assert_max_num_queries: Any) -> None:
    api.payout()
    with django_assert_max_num_queries(9):
        assert api.payout().status_code == 201
