"""Expiry and cancel: contract sections 4 and 5."""

import json
from typing import Any

import pytest
from django.test import Client

from audit.models import AuditEntry
from conftest import Api
from ledger.models import Transfer
from mypay.kit import scheduling
from payments.models import Checkout, Payment
from payments.services import expire
from payments.tests.conftest import Payer, Shop
from webhooks.models import Event


def test_expire_after_fifteen_minutes_fails_with_its_code_and_event(shop: Shop, pass_time: Any) -> None:
    checkout_id = shop.opened()
    pass_time(minutes=14, seconds=59)
    assert shop.checkout(checkout_id)["status"] == "pending"
    pass_time(seconds=2)
    seen = shop.transaction(checkout_id)
    assert (seen["status"], seen["statusCode"]) == ("failed", "EXPIRED")
    row, event = Checkout.objects.get(), Event.objects.latest("pk")
    assert (event.type, event.created_at, row.updated_at) == ("payment.expired", row.expires_at, row.expires_at)
    assert json.loads(event.data)["statusCode"] == "EXPIRED"
    assert row.due_at is None and Transfer.objects.count() == 1 and Payment.objects.count() == 0


def test_expire_by_the_sweep_alone(shop: Shop) -> None:
    checkout_id = shop.opened()
    assert scheduling.run_due("checkout") == 0
    Checkout.objects.update(expires_at="2020-01-01T00:00:00Z", due_at="2020-01-01T00:00:00Z", wake_at="2020-01-01T00:00:00Z")
    assert scheduling.run_due("checkout") == 1
    assert shop.transaction(checkout_id)["statusCode"] == "EXPIRED"
    assert scheduling.run_due("checkout") == 0


@pytest.mark.parametrize("is_swept", [True, False])
def test_expire_complete_and_page_say_so_before_and_after_the_sweep(shop: Shop, payer: Payer, is_swept: bool) -> None:
    checkout_id = shop.opened()
    Checkout.objects.update(expires_at="2020-01-01T00:00:00Z", due_at="2020-01-01T00:00:00Z", wake_at="2020-01-01T00:00:00Z")
    if is_swept:
        scheduling.sweep()
    page = Client().get(f"/payment/{checkout_id}")
    assert page.status_code == 404 and b"This payment has expired" in page.content and b"https://shop.example/thanks" in page.content
    answer = payer.wallet(checkout_id, "03030000000")
    assert (answer.status_code, answer.json()) == (
        200,
        {"success": False, "message": "Payment session has expired", "returnUrl": "https://shop.example/thanks"},
    )
    assert Client().post(f"/payment/{checkout_id}/pay", {}).status_code == 404
    assert Client().post(f"/payment/{checkout_id}/cancel").status_code == 404
    assert shop.transaction(checkout_id)["statusCode"] == "EXPIRED"
    assert Event.objects.filter(type="payment.expired").count() == 1


def test_expire_does_not_touch_a_paid_checkout(shop: Shop, payer: Payer, pass_time: Any) -> None:
    checkout_id = shop.opened()
    payer.wallet(checkout_id, "03030000000")
    pass_time(days=1)
    assert shop.transaction(checkout_id)["statusCode"] == "SUCCESS"
    stale = Checkout.objects.select_related("merchant").get()
    expire.expire_checkout(stale.pk, None)
    stale.status, stale.attempt_id, stale.revision = "pending", None, 0  # what a worker read just before the payment
    expire.expire(stale, stale.expires_at)
    assert shop.transaction(checkout_id)["statusCode"] == "SUCCESS" and Event.objects.count() == 2


def test_expire_waits_while_the_clock_stands(shop: Shop, api: Api, payer: Payer) -> None:
    checkout_id = shop.opened()
    api.post("/sandbox/clock/freeze")
    Checkout.objects.update(wake_at="2020-01-01T00:00:00Z")  # a worker that does not know yet
    scheduling.sweep()
    assert shop.checkout(checkout_id)["status"] == "pending" and Checkout.objects.get().wake_at is None
    assert "data-stands-still" in Client().get(f"/payment/{checkout_id}").content.decode()
    api.post("/sandbox/clock/unfreeze")
    assert payer.wallet(checkout_id, "03030000000").json()["success"] is True


def test_expire_that_keeps_failing_rests_and_cannot_be_paid(
    shop: Shop, payer: Payer, pass_time: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout_id = shop.opened()
    with monkeypatch.context() as patch:
        patch.setattr(expire, "close", lambda *_: 1 / 0)
        pass_time(hours=1)
    assert Checkout.objects.get().due_at is None and shop.checkout(checkout_id)["status"] == "pending"
    assert payer.wallet(checkout_id, "03030000000").json()["message"] == "Payment session has expired"
    assert shop.transaction(checkout_id)["statusCode"] == "EXPIRED"


def test_cancel_ends_the_checkout_and_goes_back(shop: Shop) -> None:
    checkout_id = shop.opened(returnUrl="https://shop.example/back?x=1")
    response = Client(enforce_csrf_checks=True).post(f"/payment/{checkout_id}/cancel")
    assert (response.status_code, response["Location"]) == (
        302,
        f"https://shop.example/back?x=1&status=cancelled&checkoutId={checkout_id}",
    )
    seen = shop.transaction(checkout_id)
    assert (seen["status"], seen["statusCode"]) == ("cancelled", "CANCELLED")
    assert Event.objects.latest("pk").type == "payment.cancelled"
    assert AuditEntry.objects.get(action="checkout.moved").actor_type == "payer"
    assert Payment.objects.count() == 0 and Transfer.objects.count() == 1


def test_cancel_by_script_answers_json(shop: Shop) -> None:
    checkout_id = shop.opened()
    response = Client().post(f"/payment/{checkout_id}/cancel", headers={"Accept": "application/json"})
    assert response.json() == {
        "success": True,
        "message": "Payment cancelled",
        "returnUrl": f"https://shop.example/thanks?status=cancelled&checkoutId={checkout_id}",
    }


def test_cancel_after_payment_changes_nothing(shop: Shop, payer: Payer) -> None:
    checkout_id = shop.opened()
    payer.wallet(checkout_id, "03030000000")
    response = Client().post(f"/payment/{checkout_id}/cancel")
    assert (response.status_code, response["Location"]) == (302, "https://shop.example/thanks")
    assert shop.checkout(checkout_id)["status"] == "completed"
    cancelled = shop.opened()
    Client().post(f"/payment/{cancelled}/cancel")
    assert payer.wallet(cancelled, "03030000000").json()["message"] == "Payment already processed"


def test_cancel_unknown_is_a_404_page_and_needs_post(shop: Shop) -> None:
    assert Client().post("/payment/nonsense/cancel").status_code == 404
    assert Client().get(f"/payment/{shop.opened()}/cancel").status_code == 405
