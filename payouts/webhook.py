"""The payout webhook of the original (contract section 2): its body, its headers, where it goes."""

import json
from typing import Any
from uuid import UUID

from merchants.selectors import legacy_webhook_steps
from mypay.kit.clock import iso
from mypay.kit.crypto import hmac_sha256_hex
from mypay.kit.jsonbody import dumps
from webhooks.catalogue import EventType
from webhooks.dialects import Form, Signing, Told
from webhooks.models import Event

_NAMES = {
    EventType.PAYOUT_CREATED: "PAYOUT_CREATED",
    EventType.PAYOUT_UPDATED: "PAYOUT_UPDATED",
    EventType.PAYOUT_REINITIATED: "PAYOUT_REINITIATED",
}


def body(told: Told) -> bytes:
    """`{event,payout,timestamp}`; absent members are null, but `processedAt` is left out."""
    payout = json.loads(told.data)
    if payout.get("processedAt") is None:
        payout.pop("processedAt", None)
    return dumps({"event": _NAMES[EventType(told.type)], "payout": payout, "timestamp": iso(told.created_at)})


def headers(told: Told, raw: bytes, delivery_id: UUID, signing: Signing) -> dict[str, str]:
    """The original's headers: the signature of the raw body, the event's name, the delivery and the time."""
    return {
        "X-MyPay-Signature": hmac_sha256_hex(signing.secrets[0], raw),
        "X-MyPay-Event": _NAMES[EventType(told.type)],
        "X-MyPay-Delivery": str(delivery_id),
        "X-MyPay-Timestamp": iso(signing.at),
    }


def url(event: Event, data: dict[str, Any]) -> tuple[str, str] | None:
    """The merchant's `webhookUrl`; without one the event goes nowhere."""
    return ("merchant", event.merchant.webhook_url) if event.merchant.webhook_url else None


def names(type: str, data: dict[str, Any]) -> tuple[str, ...]:
    """The original has no word for a payout that waits for money."""
    return (type,) if type in _NAMES else ()


FORM = Form(body, headers, url=url, schedule=legacy_webhook_steps, names=names)
