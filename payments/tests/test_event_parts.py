"""What events keep of a payment: as it was then, whatever dialect tells of it."""

import json
from typing import Any

import pytest

from merchants.models import Merchant
from mypay.kit.clock import iso
from payments import webhook
from payments.models import Payment
from payments.services.open_dispute import open_dispute
from payments.services.refund import decide_refund
from payments.states import DisputeReason, RefundStatus
from payments.tests.acts import capture, paid, refund
from webhooks.models import Event

pytestmark = pytest.mark.django_db


def _told(type: str) -> dict[str, Any]:
    seen: dict[str, Any] = json.loads(Event.objects.filter(type=type).latest("pk").data)
    return seen


def test_payment_events_tell_of_the_payment_as_it_was(merchant: Merchant) -> None:
    payment = paid(merchant, mode="manual")
    capture(payment, 60_000)
    payment.refresh_from_db()
    part = {
        "id": str(payment.pk), "status": "authorized", "statusCode": "AUTHORIZED", "amount": "1000.00", "captured": "0.00",
        "refunded": "0.00", "currency": "PKR", "method": "card", "payer": "4242", "captureMode": "manual",
        "createdAt": iso(payment.created_at),
    }  # fmt: skip
    assert (_told("payment.authorized")["payment"], _told("payment.authorized")["paid"]) == (part, "0.00")
    captured = {**part, "status": "captured", "statusCode": "SUCCESS", "captured": "600.00"}
    assert (_told("payment.completed")["payment"], _told("payment.completed")["paid"]) == (captured, "600.00")
    assert _told("payment.created")["payment"] is None


def test_refund_events_tell_of_the_payment_as_it_was(merchant: Merchant) -> None:
    payment = paid(merchant)
    for _ in range(2):
        refund(payment, 10_000, scenario="pending")
    first, second = (json.loads(row.data) for row in Event.objects.filter(type="refund.created").order_by("pk"))
    assert (first["payment"]["refunded"], second["payment"]["refunded"]) == ("100.00", "200.00")
    decide_refund(merchant=merchant, refund_id=second["id"], status=RefundStatus.FAILED)
    decide_refund(merchant=merchant, refund_id=first["id"], status=RefundStatus.SUCCEEDED)
    assert _told("refund.failed")["payment"]["refunded"] == _told("refund.succeeded")["payment"]["refunded"] == "100.00"
    assert _told("refund.succeeded")["payment"]["id"] == str(payment.pk)


def test_dispute_events_tell_of_the_payment(merchant: Merchant) -> None:
    payment = paid(merchant)
    open_dispute(payment=payment, amount=5_000, reason=DisputeReason.GENERAL, at=payment.created_at)
    told = _told("dispute.opened")
    assert (told["payment"]["id"], told["payment"]["captured"], told["amount"]) == (str(payment.pk), "1000.00", "50.00")


def test_legacy_webhook_body_has_no_new_member(merchant: Merchant) -> None:
    paid(merchant)
    body = webhook.body(_told("payment.completed"), merchant)
    assert list(body) == [
        "id", "vendorId", "checkoutId", "reference", "paymentMethod", "status", "statusCode", "createdAt", "updatedAt", "amount",
        "acknowledged", "tokenId", "message",
    ]  # fmt: skip
    assert Payment.objects.get().status == "captured"
