"""POST /payments/:id/capture: an authorized amount is collected, once, in time."""

import json
from datetime import timedelta
from typing import Any

import pytest

from audit.models import AuditEntry
from ledger.models import MerchantBalance, Transfer
from payments.models import Checkout, Payment, SettlementItem
from payments.tests.conftest import Payer, Shop
from webhooks.models import Event

MEMBERS = [
    "id", "checkoutId", "reference", "amount", "capturedAmount", "refundedAmount", "disputedAmount", "refundableAmount", "currency",
    "method", "payer", "status", "statusCode", "captureMode", "metadata", "createdAt", "updatedAt",
]  # fmt: skip


def _pending() -> int:
    return MerchantBalance.objects.get(currency="PKR").pending


def test_capture_collects_the_authorized_amount(shop: Shop) -> None:
    payment_id = shop.authorized(reference="A-1", amount="1000.50", metadata={"table": 4})
    held = shop.data(f"/payments/{payment_id}")
    assert (held["status"], held["statusCode"], held["capturedAmount"], held["refundableAmount"]) == (
        "authorized",
        "AUTHORIZED",
        "0.00",
        "0.00",
    )
    assert (_pending(), Transfer.objects.count()) == (0, 1)
    assert (shop.transaction(held["checkoutId"])["status"], shop.transaction(held["checkoutId"])["statusCode"]) == (
        "authorized",
        "AUTHORIZED",
    )

    response = shop.act(f"/payments/{payment_id}/capture")
    assert response.status_code == 200
    body = response.json()
    assert list(body) == ["success", "message", "data"] and (body["success"], body["message"]) == (True, "Payment captured")
    data = body["data"]
    assert list(data) == MEMBERS
    assert data == shop.data(f"/payments/{payment_id}")
    assert {name: data[name] for name in MEMBERS if name not in ("id", "checkoutId", "createdAt", "updatedAt")} == {
        "reference": "A-1", "amount": "1000.50", "capturedAmount": "1000.50", "refundedAmount": "0.00", "disputedAmount": "0.00",
        "refundableAmount": "1000.50", "currency": "PKR", "method": "card", "payer": "4242", "status": "captured",
        "statusCode": "SUCCESS", "captureMode": "manual", "metadata": {"table": 4},
    }  # fmt: skip
    assert _pending() == 100_050
    seen = shop.transaction(data["checkoutId"])
    assert (seen["status"], seen["statusCode"], seen["amount"]) == ("completed", "SUCCESS", 1000.5)


def test_capture_writes_its_event_and_audit_entry(shop: Shop) -> None:
    payment_id = shop.authorized()
    shop.act(f"/payments/{payment_id}/capture", **{"X-Request-Id": "r-1"})
    payment = Payment.objects.get()
    types = list(Event.objects.filter(subject_id=payment.checkout_id).order_by("pk").values_list("type", flat=True))
    assert types == ["payment.created", "payment.authorized", "payment.completed"]
    event = Event.objects.latest("pk")
    assert json.loads(event.data) | {"status": "completed", "paymentId": payment_id} == json.loads(event.data)
    audited = AuditEntry.objects.get(request_id="r-1")
    assert (audited.action, audited.actor_type, audited.resource_id) == ("checkout.moved", "merchant", str(payment.checkout_id))
    assert json.loads(audited.details) == {
        "to": "completed", "statusCode": "SUCCESS", "paymentId": payment_id, "paymentStatus": "captured",
    }  # fmt: skip


def test_capture_of_a_part_gives_the_rest_up(shop: Shop) -> None:
    payment_id = shop.authorized(amount=1000)
    data = shop.act(f"/payments/{payment_id}/capture", {"amount": "400.00"}).json()["data"]
    assert (data["status"], data["amount"], data["capturedAmount"], data["refundableAmount"]) == ("captured", "1000.00", "400.00", "400.00")
    assert _pending() == 40_000
    item = SettlementItem.objects.get()
    assert (item.amount, item.fee, item.tax) == (40_000, 1_000, 160)
    again = shop.act(f"/payments/{payment_id}/capture", {"amount": "600.00"})
    assert (again.status_code, again.json()["error"]["code"]) == (400, "INVALID_STATUS")
    assert _pending() == 40_000


@pytest.mark.parametrize(
    "amount", [0, "0", -1, "-1", "0.001", 10.001, "1000.01", 1001, "1e2", "abc", "", True, [], {}, 10**14, "NaN", " ", "٣"]
)
def test_capture_of_a_wrong_amount_is_refused_by_name(shop: Shop, amount: Any) -> None:
    payment_id = shop.authorized(amount=1000)
    response = shop.act(f"/payments/{payment_id}/capture", {"amount": amount})
    assert (response.status_code, response.json()["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert response["X-MyPay-Error-Field"] == "amount"
    assert (Payment.objects.get().status, _pending()) == ("authorized", 0)


@pytest.mark.parametrize("amount", [None, 1000, "1000", 1000.0, "1000.00"])
def test_capture_of_all_may_be_written_in_any_form(shop: Shop, amount: Any) -> None:
    assert shop.act(f"/payments/{shop.authorized(amount=1000)}/capture", {"amount": amount}).json()["data"]["capturedAmount"] == "1000.00"


@pytest.mark.parametrize("scenario", ["success", "failed", "pending"])
def test_capture_of_what_is_not_authorized_is_refused(shop: Shop, scenario: str) -> None:
    payment_id = shop.paid({"X-Mock-Scenario": scenario})
    status, pending = Payment.objects.get().status, _pending() if scenario == "success" else 0
    response = shop.act(f"/payments/{payment_id}/capture")
    assert (response.status_code, response.json()["error"]["code"]) == (400, "INVALID_STATUS")
    assert response.json()["error"]["message"] == f"Only an authorized payment can be captured or voided; this one is {status}"
    assert Payment.objects.get().status == status and MerchantBalance.objects.get().pending == pending


def test_authorization_ends_after_seven_days(shop: Shop, pass_time: Any) -> None:
    payment_id = shop.authorized()
    pass_time(days=6, hours=23, minutes=59)
    assert shop.data(f"/payments/{payment_id}")["status"] == "authorized"
    pass_time(minutes=2)
    seen = shop.data(f"/payments/{payment_id}")
    assert (seen["status"], seen["statusCode"]) == ("voided", "AUTHORIZATION_EXPIRED")
    transaction = shop.transaction(seen["checkoutId"])
    assert (transaction["status"], transaction["statusCode"]) == ("cancelled", "AUTHORIZATION_EXPIRED")
    payment, event = Payment.objects.get(), Event.objects.latest("pk")
    assert (event.type, event.created_at - payment.created_at) == ("payment.voided", timedelta(days=7))
    assert shop.act(f"/payments/{payment_id}/capture").json()["error"]["code"] == "INVALID_STATUS"
    assert Transfer.objects.count() == 1


@pytest.mark.parametrize("action", ["capture", "void"])
def test_authorization_that_is_over_is_refused_before_the_sweep_comes(shop: Shop, action: str) -> None:
    payment_id = shop.authorized()
    Payment.objects.update(due_at="2020-01-01T00:00:00Z", wake_at=None)
    response = shop.act(f"/payments/{payment_id}/{action}")
    assert (response.status_code, response.json()["error"]["message"]) == (400, "The authorization has expired")
    assert Payment.objects.get().status == "authorized"


def test_captured_payment_is_not_voided_when_its_week_is_over(shop: Shop, pass_time: Any) -> None:
    payment_id = shop.authorized()
    shop.act(f"/payments/{payment_id}/capture")
    pass_time(days=30)
    assert shop.data(f"/payments/{payment_id}")["status"] == "captured"


def test_authorized_checkout_takes_no_second_payment(shop: Shop, payer: Payer) -> None:
    shop.authorized()
    checkout_id = str(Checkout.objects.get().pk)
    assert payer.card(checkout_id, "4242424242424242").json()["message"] == "Payment already processed"
    assert Payment.objects.count() == 1
