"""POST /payments/:id/void: an authorization is given up."""

import json
from typing import Any

import pytest

from audit.models import AuditEntry
from ledger.models import Transfer
from payments.models import Checkout, Payment
from payments.tests.conftest import Payer, Shop
from webhooks.models import Event


def test_void_ends_the_authorization_and_its_checkout(shop: Shop, payer: Payer) -> None:
    payment_id = shop.authorized()
    response = shop.act(f"/payments/{payment_id}/void", **{"X-Request-Id": "r-2"})
    assert (response.status_code, response.json()["message"]) == (200, "Payment voided")
    data = response.json()["data"]
    assert (data["status"], data["statusCode"], data["capturedAmount"]) == ("voided", "VOIDED", "0.00")
    assert data == shop.data(f"/payments/{payment_id}")
    transaction = shop.transaction(data["checkoutId"])
    assert (transaction["status"], transaction["statusCode"]) == ("cancelled", "VOIDED")
    assert payer.card(data["checkoutId"], "4242424242424242").json()["success"] is False
    event, audited = Event.objects.latest("pk"), AuditEntry.objects.get(request_id="r-2")
    assert (event.type, json.loads(event.data)["statusCode"]) == ("payment.voided", "VOIDED")
    assert (audited.action, json.loads(audited.details)["paymentStatus"]) == ("checkout.moved", "voided")
    assert Transfer.objects.count() == 1  # the opening balance


def test_void_rests_for_ever(shop: Shop, pass_time: Any) -> None:
    payment_id = shop.authorized({"X-Mock-Scenario": "success_then_disputed"})
    shop.act(f"/payments/{payment_id}/void")
    before = Checkout.objects.values().get(), Payment.objects.values().get()
    pass_time(days=30)
    assert (Checkout.objects.values().get(), Payment.objects.values().get()) == before


def test_void_twice_is_refused(shop: Shop) -> None:
    payment_id = shop.authorized()
    shop.act(f"/payments/{payment_id}/void")
    for action in ("void", "capture"):
        response = shop.act(f"/payments/{payment_id}/{action}")
        assert (response.status_code, response.json()["error"]["code"]) == (400, "INVALID_STATUS")


@pytest.mark.parametrize("scenario", ["success", "failed", "pending", "success_then_reversed"])
def test_void_of_what_is_not_authorized_is_refused(shop: Shop, scenario: str) -> None:
    payment_id = shop.paid({"X-Mock-Scenario": scenario})
    status = Payment.objects.get().status
    response = shop.act(f"/payments/{payment_id}/void")
    assert (response.status_code, response.json()["error"]["code"]) == (400, "INVALID_STATUS")
    assert Payment.objects.get().status == status
