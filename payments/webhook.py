"""The payment webhook on the wire: its body and headers, and where it goes (contract section 5)."""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from merchants.models import Merchant
from merchants.selectors import legacy_webhook_steps
from mypay.kit.clock import iso
from mypay.kit.crypto import hmac_sha256_hex
from mypay.kit.jsonbody import dumps
from payments.messages import to_webhook
from webhooks.catalogue import EventType
from webhooks.dialects import Form, Signing, Told
from webhooks.models import Event

SOURCE = "mypay-payment-api"
_TOLD = frozenset({
    EventType.PAYMENT_COMPLETED, EventType.PAYMENT_FAILED, EventType.PAYMENT_CANCELLED, EventType.PAYMENT_EXPIRED,
    EventType.PAYMENT_VOIDED, EventType.PAYMENT_REVERSED,
})  # fmt: skip


def body(seen: dict[str, Any], merchant: Merchant) -> dict[str, Any]:
    """The body of a checkout's snapshot, in the contract's order; `user` only if there is one."""
    told: dict[str, Any] = {
        "id": seen["id"],
        "vendorId": merchant.vendor_id,
        "checkoutId": seen["id"],
        "reference": seen["reference"],
        "paymentMethod": seen["method"],
        "status": seen["status"],
        "statusCode": seen["statusCode"] or "",
        "createdAt": seen["createdAt"],
        "updatedAt": seen["updatedAt"],
        "amount": _number(seen["amount"]),
        "acknowledged": False,
        "tokenId": seen["id"],
        "message": seen["reason"] or to_webhook(seen["status"], seen["statusCode"] or ""),
    }
    return {**told, **({"user": seen["user"]} if seen["user"] is not None else {})}


def _number(text: str) -> int | Decimal:
    amount = Decimal(text)
    return int(amount) if amount == amount.to_integral_value() else amount


def headers(raw: bytes, *, secret: str, delivery_id: UUID, at: datetime) -> dict[str, str]:
    """The original's header and ours: signature of the raw body, delivery id, time."""
    return {
        "X-Webhook-Source": SOURCE,
        "X-MyPay-Signature": hmac_sha256_hex(secret, raw),
        "X-MyPay-Delivery": str(delivery_id),
        "X-MyPay-Timestamp": iso(at),
    }


def _body(told: Told) -> bytes:
    return dumps(body(json.loads(told.data), told.merchant))


def _headers(told: Told, raw: bytes, delivery_id: UUID, signing: Signing) -> dict[str, str]:
    return headers(raw, secret=signing.secrets[0], delivery_id=delivery_id, at=signing.at)


def url(event: Event, data: dict[str, Any]) -> tuple[str, str] | None:
    """The checkout's `successUrl`, for what ends a checkout."""
    goes_to = data.get("successUrl") if event.type in _TOLD else None
    return ("checkout", goes_to) if goes_to else None


FORM = Form(_body, _headers, url=url, after=timedelta(seconds=1), schedule=legacy_webhook_steps)
