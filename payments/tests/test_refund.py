"""POST /payments/:id/refunds: money goes back, arrives later or comes back again."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from audit.models import AuditEntry
from conftest import Api
from ledger.models import MerchantBalance, Transfer
from merchants.models import Merchant
from merchants.tests.factories import make_merchant
from payments.models import Payment, Refund
from payments.tests.conftest import Shop
from webhooks.models import Event

MEMBERS = ["id", "paymentId", "amount", "currency", "status", "reason", "failureReason", "metadata", "createdAt", "updatedAt"]


def _refund(shop: Shop, payment_id: str, body: Any = None, **headers: str) -> Any:
    return shop.act(f"/payments/{payment_id}/refunds", body, **headers)


def _pending(merchant: Merchant) -> int:
    return MerchantBalance.objects.get(merchant=merchant).pending


def _sums(shop: Shop, payment_id: str) -> tuple[str, str, str]:
    seen = shop.data(f"/payments/{payment_id}")
    return seen["capturedAmount"], seen["refundedAmount"], seen["refundableAmount"]


def test_refund_of_all_leaves_at_once_and_arrives_two_seconds_later(shop: Shop, pass_time: Any) -> None:
    payment_id = shop.paid(amount=1000)
    response = _refund(shop, payment_id)
    assert response.status_code == 201
    body = response.json()
    assert list(body) == ["success", "message", "data"] and body["message"] == "Refund created"
    data = body["data"]
    assert list(data) == MEMBERS and data == shop.data(f"/refunds/{data['id']}")
    assert {name: data[name] for name in MEMBERS[1:8]} == {
        "paymentId": payment_id, "amount": "1000.00", "currency": "PKR", "status": "pending", "reason": None,
        "failureReason": None, "metadata": {},
    }  # fmt: skip
    assert (_pending(shop.merchant), _sums(shop, payment_id)) == (0, ("1000.00", "1000.00", "0.00"))
    pass_time(seconds=1)
    assert shop.data(f"/refunds/{data['id']}")["status"] == "pending"
    pass_time(seconds=1)
    arrived = shop.data(f"/refunds/{data['id']}")
    assert (arrived["status"], arrived["failureReason"]) == ("succeeded", None) and arrived["updatedAt"] > data["updatedAt"]
    assert (_pending(shop.merchant), _sums(shop, payment_id)) == (0, ("1000.00", "1000.00", "0.00"))


def test_refund_does_not_change_the_checkout_nor_the_payments_status(shop: Shop, pass_time: Any) -> None:
    payment_id = shop.paid()
    before = shop.data(f"/payments/{payment_id}")
    transaction = shop.transaction(before["checkoutId"])
    _refund(shop, payment_id)
    pass_time(minutes=1)
    assert shop.transaction(before["checkoutId"]) == transaction
    assert shop.data(f"/payments/{payment_id}") == before | {"refundedAmount": "1000.00", "refundableAmount": "0.00"}


def test_refund_keeps_reason_and_metadata(shop: Shop) -> None:
    payment_id = shop.paid()
    body = {"amount": 0.01, "reason": " Broken ", "metadata": {"case": 7, "share": 0.5, "tags": ["a"]}}
    data = _refund(shop, payment_id, body).json()["data"]
    assert (data["amount"], data["reason"], data["metadata"]) == ("0.01", "Broken", {"case": 7, "share": 0.5, "tags": ["a"]})
    assert shop.data(f"/refunds/{data['id']}") == data


def test_refund_in_parts_until_nothing_is_left(shop: Shop, pass_time: Any) -> None:
    payment_id = shop.paid(amount=1000)
    assert _refund(shop, payment_id, {"amount": "300.50"}).json()["data"]["amount"] == "300.50"
    assert _sums(shop, payment_id) == ("1000.00", "300.50", "699.50")
    above = _refund(shop, payment_id, {"amount": "699.51"})
    assert (above.status_code, above.json()["error"]["code"]) == (400, "REFUND_EXCEEDS_PAYMENT")
    assert above["X-MyPay-Error-Field"] == "amount"
    assert _refund(shop, payment_id).json()["data"]["amount"] == "699.50"
    for body in (None, {"amount": "0.01"}):
        assert _refund(shop, payment_id, body).json()["error"]["code"] == "REFUND_EXCEEDS_PAYMENT"
    pass_time(minutes=1)
    assert [row["amount"] for row in shop.data(f"/payments/{payment_id}/refunds")["refunds"]] == ["699.50", "300.50"]
    assert (Refund.objects.count(), _pending(shop.merchant)) == (2, 0)


def test_refund_of_a_partial_capture_is_at_most_what_was_captured(shop: Shop) -> None:
    payment_id = shop.authorized(amount=1000)
    shop.act(f"/payments/{payment_id}/capture", {"amount": 400})
    assert _refund(shop, payment_id, {"amount": "400.01"}).json()["error"]["code"] == "REFUND_EXCEEDS_PAYMENT"
    assert _refund(shop, payment_id).json()["data"]["amount"] == "400.00"


@pytest.mark.parametrize("amount", [0, "0.00", -1, "-1", "0.001", 10.001, "1e2", "abc", "", True, [], {}, 10**14, "NaN"])
def test_refund_of_a_wrong_amount_is_refused_by_name(shop: Shop, amount: Any) -> None:
    response = _refund(shop, shop.paid(), {"amount": amount})
    assert (response.status_code, response.json()["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert response["X-MyPay-Error-Field"] == "amount"
    assert (Refund.objects.count(), _pending(shop.merchant)) == (0, 100_000)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("reason", "x" * 256), ("reason", 5), ("reason", "a\nb"), ("metadata", []), ("metadata", "x"),
        ("metadata", {"a": "x" * 17_000}),
    ],
)  # fmt: skip
def test_refund_with_a_bad_member_is_refused_by_name(shop: Shop, name: str, value: Any) -> None:
    response = _refund(shop, shop.paid(), {name: value})
    assert (response.status_code, response["X-MyPay-Error-Field"]) == (400, name)
    assert Refund.objects.count() == 0


@pytest.mark.parametrize("scenario", ["failed", "pending", "manual"])
def test_refund_of_what_is_not_captured_is_refused(shop: Shop, scenario: str) -> None:
    payment_id = shop.authorized() if scenario == "manual" else shop.paid({"X-Mock-Scenario": scenario})
    response = _refund(shop, payment_id)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "INVALID_STATUS")
    assert Refund.objects.count() == 0


def test_refund_writes_its_events_and_audit_entries(shop: Shop, pass_time: Any) -> None:
    payment_id = shop.paid()
    created = _refund(shop, payment_id, {"amount": 10}).json()["data"]
    failed = _refund(shop, payment_id, {"amount": 20}, **{"X-Mock-Scenario": "failed"}).json()["data"]
    pass_time(minutes=1)
    told = [
        (event.type, str(event.subject_id), json.loads(event.data)["status"]) for event in Event.objects.filter(type__startswith="refund")
    ]
    assert sorted(told) == sorted([
        ("refund.created", created["id"], "pending"), ("refund.created", failed["id"], "pending"),
        ("refund.succeeded", created["id"], "succeeded"), ("refund.failed", failed["id"], "failed"),
    ])  # fmt: skip
    seen = [json.loads(row.data) for row in Event.objects.filter(type__in=("refund.created", "refund.failed")).order_by("pk")]
    parts = [kept.pop("payment") for kept in seen]  # told beside the API's own form
    assert (seen[0], seen[-1]) == (created, shop.data(f"/refunds/{failed['id']}"))
    assert [(part["id"], part["refunded"]) for part in parts] == [(payment_id, "10.00"), (payment_id, "30.00"), (payment_id, "10.00")]
    entries = [(entry.action, json.loads(entry.details)) for entry in AuditEntry.objects.filter(resource_id=failed["id"]).order_by("pk")]
    assert entries == [
        ("refund.created", {"paymentId": payment_id, "amount": "20.00"}),
        ("refund.moved", {"paymentId": payment_id, "from": "pending", "to": "failed", "reason": "The payer's bank refused the refund"}),
    ]


@pytest.mark.parametrize(
    ("scenario", "after_seconds", "status"),
    [
        ("success", 2, "succeeded"), ("failed", 2, "failed"), ("pending_then_success", 5, "succeeded"),
        ("Pending-Then-Failed", 5, "failed"), ("pending", 10**7, "pending"),
    ],
)  # fmt: skip
def test_refund_does_what_its_header_says(shop: Shop, pass_time: Any, scenario: str, after_seconds: int, status: str) -> None:
    payment_id = shop.paid(amount=1000)
    refund_id = _refund(shop, payment_id, {"amount": 600}, **{"X-Mock-Scenario": scenario}).json()["data"]["id"]
    pass_time(seconds=after_seconds - 0.5)
    assert shop.data(f"/refunds/{refund_id}")["status"] == "pending"
    pass_time(seconds=1)
    assert shop.data(f"/refunds/{refund_id}")["status"] == status
    left = "1000.00" if status == "failed" else "400.00"
    assert _sums(shop, payment_id)[2] == left
    if after_seconds < 10:  # before the day's settlement
        assert _pending(shop.merchant) == (100_000 if status == "failed" else 40_000)


@pytest.mark.parametrize("scenario", ["won", "retry", "timeout", "nonsense", "success;challenge=otp"])
def test_refund_with_no_outcome_of_refunds_is_refused(shop: Shop, scenario: str) -> None:
    response = _refund(shop, shop.paid(), **{"X-Mock-Scenario": scenario})
    assert (response.status_code, response["X-MyPay-Error-Field"]) == (400, "X-Mock-Scenario")
    assert (Refund.objects.count(), Payment.objects.get().refunded) == (0, 0)


def test_refund_that_failed_can_be_made_again(shop: Shop, pass_time: Any) -> None:
    payment_id = shop.paid()
    failed = _refund(shop, payment_id, **{"X-Mock-Scenario": "failed"}).json()["data"]["id"]
    pass_time(minutes=1)
    assert shop.data(f"/refunds/{failed}")["failureReason"] == "The payer's bank refused the refund"
    assert _refund(shop, payment_id).status_code == 201
    pass_time(minutes=1)
    assert [row["status"] for row in shop.data("/refunds")["refunds"]] == ["succeeded", "failed"]


def test_refund_does_what_a_rule_says_once(shop: Shop, pass_time: Any) -> None:
    rule = {
        "flow": "refund", "outcome": "failed", "reason": "Account closed", "delayMs": 60_000, "uses": 1,
        "match": {"minAmount": 50, "method": "card", "metadata": {"case": 7}},
    }  # fmt: skip
    assert shop.post("/api/v1/sandbox/rules", rule).status_code == 201
    payment_id = shop.paid()
    small, wanted, later = (
        _refund(shop, payment_id, {"amount": amount, "metadata": {"case": 7}}).json()["data"]["id"] for amount in (10, 50, 60)
    )
    pass_time(seconds=59)
    assert [shop.data(f"/refunds/{known}")["status"] for known in (small, wanted, later)] == ["succeeded", "pending", "succeeded"]
    pass_time(seconds=2)
    seen = shop.data(f"/refunds/{wanted}")
    assert (seen["status"], seen["failureReason"]) == ("failed", "Account closed")


def test_refund_refused_does_not_use_a_one_shot_up(shop: Shop) -> None:
    shop.post("/api/v1/sandbox/rules", {"flow": "refund", "outcome": "pending", "uses": 1})
    assert _refund(shop, shop.paid(amount=100), {"amount": 101}).status_code == 400
    assert shop.data("/sandbox/rules")["rules"][0]["usesLeft"] == 1


def _settled(shop: Shop, amount: int = 1000) -> str:
    """A payment whose money is available: 1000 less 2.5 % and 16 % of that, 971."""
    payment_id = shop.paid(amount=amount)
    shop.post("/api/v1/sandbox/clock/advance", {"seconds": 14 * 86_400})
    assert _pending(shop.merchant) == 0
    shop.merchant.refresh_from_db()
    return payment_id


def test_refund_after_settlement_is_taken_from_the_balance(shop: Shop, available: Callable[[], tuple[int, int]]) -> None:
    payment_id = _settled(shop)
    before = available()[0]
    assert before == 1_000_097_100
    assert _refund(shop, payment_id, {"amount": 400}).status_code == 201
    assert (available()[0], _pending(shop.merchant)) == (before - 40_000, 0)


def test_refund_beyond_the_balance_is_refused_and_leaves_no_trace(merchant: Merchant) -> None:
    shop = Shop(make_merchant(rupees=0))
    payment_id = _settled(shop)
    response = _refund(shop, payment_id)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "INSUFFICIENT_BALANCE")
    assert (Refund.objects.count(), Payment.objects.get().refunded) == (0, 0)
    assert not Event.objects.filter(type__startswith="refund").exists()
    assert _refund(shop, payment_id, {"amount": "971.01"}).status_code == 400
    assert _refund(shop, payment_id, {"amount": "971.00"}).status_code == 201
    assert MerchantBalance.objects.values_list("available", "pending").get(merchant=shop.merchant) == (0, 0)


def test_refund_takes_what_is_pending_before_the_balance(shop: Shop, available: Callable[[], tuple[int, int]]) -> None:
    payment_id = _settled(shop)
    shop.paid(amount=300)
    before = available()[0]
    _refund(shop, payment_id)
    assert (available()[0], _pending(shop.merchant)) == (before - 70_000, 0)


def test_refund_that_fails_after_settlement_settles_again(shop: Shop, available: Callable[[], tuple[int, int]], pass_time: Any) -> None:
    payment_id = _settled(shop)
    before = available()[0]
    _refund(shop, payment_id, **{"X-Mock-Scenario": "failed"})
    assert available()[0] == before - 100_000
    pass_time(minutes=1)
    assert (available()[0], _pending(shop.merchant)) == (before - 100_000, 100_000)
    pass_time(days=14)
    assert (available()[0], _pending(shop.merchant)) == (before, 0)


def test_refund_is_in_the_history_only_where_the_balance_paid_it(shop: Shop, api: Api) -> None:
    _refund(shop, shop.paid(amount=100))
    assert len(api.get("/balance/history").json()["data"]["entries"]) == 1
    _refund(shop, _settled(shop, amount=200))
    lines = [(line["type"], line["amount"]) for line in api.get("/balance/history").json()["data"]["entries"]]
    assert lines[0] == ("DEBIT", "200.00")


def _pending_refund(shop: Shop) -> str:
    return str(_refund(shop, shop.paid(), **{"X-Mock-Scenario": "pending"}).json()["data"]["id"])


def test_decide_success_ends_a_pending_refund(shop: Shop) -> None:
    refund_id = _pending_refund(shop)
    response = shop.post(f"/api/v1/sandbox/refunds/{refund_id}/decide", {"outcome": "success"})
    assert (response.status_code, response.json()["data"]["status"]) == (200, "succeeded")
    assert response.json()["data"] == shop.data(f"/refunds/{refund_id}")


@pytest.mark.parametrize(("reason", "told"), [("Closed", "Closed"), ("", "The payer's bank refused the refund")])
def test_decide_failed_brings_the_money_back(shop: Shop, reason: str, told: str) -> None:
    refund_id = _pending_refund(shop)
    data = shop.post(f"/api/v1/sandbox/refunds/{refund_id}/decide", {"outcome": "failed", "reason": reason}).json()["data"]
    assert (data["status"], data["failureReason"], _pending(shop.merchant)) == ("failed", told, 100_000)


def test_decide_before_its_time_takes_the_rails_place(shop: Shop, pass_time: Any) -> None:
    refund_id = _refund(shop, shop.paid()).json()["data"]["id"]
    shop.post(f"/api/v1/sandbox/refunds/{refund_id}/decide", {"outcome": "failed"})
    pass_time(minutes=1)
    assert shop.data(f"/refunds/{refund_id}")["status"] == "failed"
    assert Event.objects.filter(subject_id=refund_id).count() == 2


def test_decide_twice_is_refused(shop: Shop) -> None:
    refund_id = _pending_refund(shop)
    shop.post(f"/api/v1/sandbox/refunds/{refund_id}/decide", {"outcome": "success"})
    transfers = Transfer.objects.count()
    for outcome in ("success", "failed"):
        response = shop.post(f"/api/v1/sandbox/refunds/{refund_id}/decide", {"outcome": outcome})
        assert (response.status_code, response.json()["error"]["code"]) == (400, "INVALID_STATUS")
    assert Transfer.objects.count() == transfers


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({}, "outcome"), ({"outcome": "pending"}, "outcome"), ({"outcome": ["failed"]}, "outcome"), ({"outcome": None}, "outcome"),
        ({"outcome": "failed", "reason": "x" * 201}, "reason"), ({"outcome": "failed", "reason": 1}, "reason"),
        ({"outcome": "success", "reason": "Why not"}, "reason"),
    ],
)  # fmt: skip
def test_decide_with_a_bad_member_is_refused_by_name(shop: Shop, body: dict[str, Any], name: str) -> None:
    response = shop.post(f"/api/v1/sandbox/refunds/{_pending_refund(shop)}/decide", body)
    assert (response.status_code, response["X-MyPay-Error-Field"]) == (400, name)
    assert Refund.objects.get().status == "pending"
