"""The payout webhook of the original (contract section 2): its body, its headers, where it goes."""

import json
from typing import Any

from merchants.selectors import legacy_webhook_steps
from mypay.kit.clock import iso
from mypay.kit.crypto import hmac_sha256_hex
from mypay.kit.jsonbody import dumps
from webhooks.catalogue import EventType
from webhooks.dialects import Form, Sent, Signing
from webhooks.models import Delivery, Event

_NAMES = {
    EventType.PAYOUT_CREATED: "PAYOUT_CREATED",
    EventType.PAYOUT_UPDATED: "PAYOUT_UPDATED",
    EventType.PAYOUT_REINITIATED: "PAYOUT_REINITIATED",
}


def render(event: Event, delivery: Delivery, signing: Signing) -> Sent:
    """`{event,payout,timestamp}`; absent members are null, but `processedAt` is left out."""
    payout = json.loads(event.data)
    if payout.get("processedAt") is None:
        payout.pop("processedAt", None)
    name = _NAMES[EventType(event.type)]
    body = dumps({"event": name, "payout": payout, "timestamp": iso(event.created_at)})
    headers = {
        "X-MyPay-Signature": hmac_sha256_hex(signing.secrets[0], body),
        "X-MyPay-Event": name,
        "X-MyPay-Delivery": str(delivery.pk),
        "X-MyPay-Timestamp": iso(signing.at),
    }
    return Sent(body, headers)


def url(event: Event, data: dict[str, Any]) -> tuple[str, str] | None:
    """The merchant's `webhookUrl`; without one the event goes nowhere."""
    return ("merchant", event.merchant.webhook_url) if event.merchant.webhook_url else None


FORM = Form(render, url=url, schedule=legacy_webhook_steps)
