"""POST /webhooks/test and /webhooks/process-pending: contract sections 3 and 5."""

import hashlib
import hmac
import json
from typing import Any

import pytest
from django.test import Client

from merchants.models import Merchant
from merchants.services.create_merchant import WEBHOOK_SECRET_CONTEXT
from mypay.kit.crypto import decrypt
from mypay.settings import environment
from payments.tests.conftest import Payer, Shop
from webhooks.tests.receiver import Receiver


def _test(checkout_id: Any, path: str = "/webhooks/test") -> Any:
    return Client().post(path, {"checkoutId": checkout_id}, content_type="application/json")


SENT = {"success": True, "message": "Webhook sent successfully"}
FAILED = {"success": False, "message": "Webhook failed"}


@pytest.mark.parametrize("path", ["/webhooks/test", "/api/v1/webhooks/test"])
def test_webhook_test_posts_exactly_the_contracts_body_signed(
    shop: Shop, payer: Payer, merchant: Merchant, receiver: Receiver, path: str
) -> None:
    checkout_id = shop.opened(reference="W-1", amount="1000.50", successUrl=receiver.url, user={"id": 7})
    payer.wallet(checkout_id, "03038888888")
    response = _test(checkout_id, path)
    assert (response.status_code, response.json()) == (200, SENT)
    headers, raw = receiver.calls[0]
    body = json.loads(raw)
    assert list(body) == [
        "id", "vendorId", "checkoutId", "reference", "paymentMethod", "status", "statusCode", "createdAt", "updatedAt", "amount",
        "acknowledged", "tokenId", "message", "user",
    ]  # fmt: skip
    seen = shop.transaction(checkout_id)
    assert body == {
        "id": checkout_id, "vendorId": merchant.vendor_id, "checkoutId": checkout_id, "reference": "W-1", "paymentMethod": "jazzcash",
        "status": "failed", "statusCode": "INVALID_MPIN", "createdAt": seen["createdAt"], "updatedAt": seen["updatedAt"],
        "amount": 1000.5, "acknowledged": False, "tokenId": checkout_id, "message": "Invalid MPIN entered", "user": {"id": 7},
    }  # fmt: skip
    secret = decrypt(Merchant.objects.get(pk=merchant.pk).webhook_secret_encrypted, context=WEBHOOK_SECRET_CONTEXT)
    assert headers["x-mypay-signature"] == hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    assert headers["x-webhook-source"] == "mypay-payment-api"
    assert headers["x-mypay-delivery"] and headers["x-mypay-timestamp"].endswith("Z")


def test_webhook_test_of_a_pending_checkout_does_not_call_it_failed(shop: Shop, receiver: Receiver) -> None:
    assert _test(shop.opened(successUrl=receiver.url)).json() == SENT
    body = json.loads(receiver.calls[0][1])
    assert (body["status"], body["statusCode"], body["message"]) == ("pending", "", "Transaction is pending")
    assert "user" not in body


@pytest.mark.parametrize("status", [302, 400, 500])
def test_webhook_test_without_2xx_is_false(shop: Shop, receiver: Receiver, status: int) -> None:
    receiver.status = status
    assert _test(shop.opened(successUrl=receiver.url)).json() == FAILED


def test_webhook_test_that_cannot_be_sent_is_false(shop: Shop) -> None:
    assert _test(shop.opened(successUrl="http://127.0.0.1:9/closed")).json() == FAILED
    assert _test(shop.opened(successUrl="http://10.0.0.1/inside")).json() == FAILED
    assert _test(shop.open_method()).json() == FAILED  # no URL at all


def test_webhook_test_calls_no_loopback_in_production(shop: Shop, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "IS_PRODUCTION", True)
    assert _test(shop.opened(successUrl=receiver.url)).json() == FAILED and receiver.calls == []


def test_webhook_test_unknown_id_answers_false(db: None) -> None:
    for checkout_id in ("nonsense", "01936b2e-0000-7000-8000-000000000000", 5, ["x"]):
        response = _test(checkout_id)
        assert (response.status_code, response.json()) == (200, FAILED)


def test_webhook_test_without_id_is_the_core_dialects_error(db: None) -> None:
    response = Client().post("/webhooks/test", {}, content_type="application/json")
    assert (response.status_code, response.json()) == (400, {"error": {"message": "checkoutId is required", "code": "VALIDATION_ERROR"}})


def test_webhook_test_is_limited_per_checkout(shop: Shop, receiver: Receiver) -> None:
    checkout_id = shop.opened(successUrl=receiver.url)
    answers = [_test(checkout_id).status_code for _ in range(12)]
    assert answers == [200] * 10 + [429] * 2 and len(receiver.calls) == 10
    assert _test(checkout_id)["Retry-After"] == "60"
    assert _test(shop.opened(successUrl=receiver.url)).status_code == 200


@pytest.mark.parametrize("path", ["/webhooks/process-pending", "/api/v1/webhooks/process-pending"])
def test_process_pending_needs_a_key_and_answers(shop: Shop, path: str) -> None:
    assert shop.post(path, {}).json() == {"success": True, "message": "Processing pending webhooks"}
    assert Client().post(path, {}, content_type="application/json").status_code == 401
