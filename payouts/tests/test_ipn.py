"""POST /ipn/callback: contract section 2, IPN."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from audit.models import AuditEntry
from conftest import Api
from mypay.kit.crypto import hmac_sha256_hex
from mypay.settings import environment
from payouts.models import Payout
from webhooks.models import Event

Read = Callable[[], tuple[int, int]]
FULL = 1_000_000_000


class Bank:
    """The bank, which signs what it says."""

    def tell(self, body: Any, *, signature: str | None = None, **headers: str) -> Any:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = hmac_sha256_hex(environment.IPN_SECRET, raw) if signature is None else signature
        sent = {**({"X-MyPay-Signature": given} if given else {}), **headers}
        return Client().post("/ipn/callback", raw, content_type="application/json", headers=sent)


@pytest.fixture
def bank() -> Bank:
    return Bank()


@pytest.fixture
def payout_id(api: Api, settle: Callable[[], None]) -> str:
    """A payout of PKR 1,000.00 that stays PENDING."""
    created: str = api.payout("12345670004").json()["data"]["id"]
    settle()
    return created


_MONEY = {"SUCCESS": (FULL - 100_000, 0), "FAILED": (FULL, 0)}
_HELD = (FULL - 100_000, 100_000)


@pytest.mark.parametrize("status", ["SUCCESS", "FAILED", "ON_HOLD", "IN_REVIEW"])
def test_ipn_legal_status_moves_the_payout_and_its_money(api: Api, bank: Bank, payout_id: str, available: Read, status: str) -> None:
    events = Event.objects.count()
    response = bank.tell({"payoutId": payout_id, "status": status})
    assert (response.status_code, response.json()) == (200, {"success": True, "data": {"payoutId": payout_id, "status": status}})
    data = api.get(f"/payouts/{payout_id}").json()["data"]
    assert data["status"] == status
    assert available() == _MONEY.get(status, _HELD)
    assert ("processedAt" in data) == (status in _MONEY) and ("pspReference" in data) == (status == "SUCCESS")
    assert Event.objects.count() == events + 1 and Event.objects.order_by("-id")[0].type == "payout.updated"
    entry = AuditEntry.objects.get(action="payout.resolved", resource_id=payout_id)
    assert (entry.actor_type, json.loads(entry.details)["to"]) == ("bank", status)


@pytest.mark.parametrize("first", ["ON_HOLD", "IN_REVIEW"])
@pytest.mark.parametrize("last", ["SUCCESS", "FAILED"])
def test_ipn_resolves_what_was_held(api: Api, bank: Bank, payout_id: str, available: Read, first: str, last: str) -> None:
    assert bank.tell({"payoutId": payout_id, "status": first}).status_code == 200
    assert available() == _HELD
    assert bank.tell({"payoutId": payout_id, "status": last}).status_code == 200
    assert available() == _MONEY[last]


def test_ipn_keeps_the_banks_reference_and_reason(api: Api, bank: Bank, payout_id: str, settle: Callable[[], None]) -> None:
    bank.tell({"payoutId": payout_id, "status": "SUCCESS", "pspReference": "BANK-77"})
    assert api.get(f"/payouts/{payout_id}").json()["data"]["pspReference"] == "BANK-77"
    other = api.payout("12345670004").json()["data"]["id"]
    bank.tell({"payoutId": other, "status": "FAILED", "failureReason": "Account closed"})
    assert api.get(f"/payouts/{other}").json()["data"]["failureReason"] == "Account closed"


def test_ipn_without_reason_gives_the_usual_one(api: Api, bank: Bank, payout_id: str) -> None:
    bank.tell({"payoutId": payout_id, "status": "ON_HOLD"})
    assert api.get(f"/payouts/{payout_id}").json()["data"]["failureReason"] == "Account is blocked or restricted"
    bank.tell({"payoutId": payout_id, "status": "SUCCESS"})
    assert "failureReason" not in api.get(f"/payouts/{payout_id}").json()["data"]


@pytest.mark.parametrize("status", ["SUCCESS", "FAILED"])
def test_ipn_repeat_of_a_final_state_changes_nothing(api: Api, bank: Bank, payout_id: str, available: Read, status: str) -> None:
    body = {"payoutId": payout_id, "status": status}
    first = bank.tell(body)
    seen, events = api.get(f"/payouts/{payout_id}").json(), Event.objects.count()
    again = bank.tell({**body, "pspReference": "OTHER", "failureReason": "Other"})
    assert (again.status_code, again.json()) == (200, first.json())
    assert api.get(f"/payouts/{payout_id}").json() == seen and Event.objects.count() == events
    assert available() == _MONEY[status]


@pytest.mark.parametrize("final", ["SUCCESS", "FAILED"])
@pytest.mark.parametrize("wanted", ["SUCCESS", "FAILED", "ON_HOLD", "IN_REVIEW"])
def test_ipn_change_of_a_final_state_is_refused(bank: Bank, payout_id: str, available: Read, final: str, wanted: str) -> None:
    if final == wanted:
        return
    bank.tell({"payoutId": payout_id, "status": final})
    response = bank.tell({"payoutId": payout_id, "status": wanted})
    assert (response.status_code, response.json()["error"]["code"]) == (409, "INVALID_STATUS")
    assert Payout.objects.get(pk=payout_id).status == final and available() == _MONEY[final]


def test_ipn_before_the_worker_leaves_the_worker_nothing_to_do(api: Api, bank: Bank, available: Read, settle: Callable[[], None]) -> None:
    created = api.payout("12345670003").json()["data"]["id"]
    bank.tell({"payoutId": created, "status": "SUCCESS"})
    settle()
    assert api.get(f"/payouts/{created}").json()["data"]["status"] == "SUCCESS"
    assert available() == _MONEY["SUCCESS"]


@pytest.mark.parametrize("signature", ["", "0" * 64, "x", "é"])
def test_ipn_without_right_signature_is_refused(bank: Bank, payout_id: str, available: Read, signature: str) -> None:
    response = bank.tell({"payoutId": payout_id, "status": "SUCCESS"}, signature=signature)
    assert (response.status_code, response.json()["error"]["code"]) == (401, "INVALID_SIGNATURE")
    assert available() == _HELD


def test_ipn_signature_covers_the_raw_body(bank: Bank, payout_id: str) -> None:
    raw = json.dumps({"status": "SUCCESS", "payoutId": payout_id}, indent=1).encode()
    signature = hmac_sha256_hex(environment.IPN_SECRET, raw)
    assert bank.tell(raw + b" ", signature=signature).status_code == 401
    assert bank.tell(raw, signature=signature.upper()).status_code == 200


def test_ipn_unsigned_is_taken_only_when_allowed(bank: Bank, payout_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    body = {"payoutId": payout_id, "status": "SUCCESS"}
    assert bank.tell(body, signature="").status_code == 401
    monkeypatch.setattr(environment, "IPN_ALLOW_UNSIGNED", True)
    assert bank.tell(body, signature="0" * 64).status_code == 401  # a wrong one is wrong all the same
    assert bank.tell(body, signature="").status_code == 200


@pytest.mark.parametrize(
    "body",
    [{}, {"status": "SUCCESS"}, {"payoutId": "x"}, {"payoutId": "", "status": "SUCCESS"}, {"payoutId": None, "status": None}],
)
def test_ipn_missing_fields_are_refused(bank: Bank, payout_id: str, body: dict[str, Any]) -> None:
    response = bank.tell(body)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert response.json()["error"]["message"] == "Missing required fields"


@pytest.mark.parametrize("status", ["PENDING", "PROCESSING", "RETRY", "success", "DONE", 5, ["SUCCESS"], {"a": 1}])
def test_ipn_other_status_is_refused_by_name(bank: Bank, payout_id: str, available: Read, status: Any) -> None:
    response = bank.tell({"payoutId": payout_id, "status": status})
    assert (response.status_code, response["X-MyPay-Error-Field"]) == (400, "status")
    assert available() == _HELD


@pytest.mark.parametrize(("name", "value"), [("pspReference", "x" * 41), ("failureReason", "x" * 201), ("pspReference", 5)])
def test_ipn_bad_text_is_refused_by_name(bank: Bank, payout_id: str, name: str, value: Any) -> None:
    response = bank.tell({"payoutId": payout_id, "status": "SUCCESS", name: value})
    assert (response.status_code, response["X-MyPay-Error-Field"]) == (400, name)


@pytest.mark.parametrize("unknown", ["7aa189dd-9c74-4d61-9ccc-338a2e8e0744", "x", 5, ["x"], {"a": 1}])
def test_ipn_unknown_payout_is_not_found(bank: Bank, db: None, unknown: Any) -> None:
    response = bank.tell({"payoutId": unknown, "status": "SUCCESS"})
    assert (response.status_code, response.json()["error"]["code"]) == (404, "NOT_FOUND")


def test_ipn_is_not_behind_the_gateway(bank: Bank, payout_id: str) -> None:
    response = bank.tell({"payoutId": payout_id, "status": "SUCCESS"}, Host="sandbox.example.test")
    assert (response.status_code, response.json()) == (404, {"error": {"message": "Route not found", "code": "NOT_FOUND"}})
