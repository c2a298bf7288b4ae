"""Events of payments, refunds and payment links as Razorpay tells them: of the object as it was then.

The body is made from the event's data; from the database comes only what never changes.
"""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from emulators import snapshots
from emulators.razorpay import objects, render
from gateways.razorpay import wire
from merchants.models import Merchant
from mypay.kit.crypto import sha256_hex
from mypay.kit.jsonbody import dumps
from payments.models import Checkout, Refund
from payments.states import CaptureMode, CheckoutStatus, PaymentStatus
from webhooks.catalogue import EventType
from webhooks.dialects import Form, Signing, Told

TIMEOUT_SECONDS = 5
# Doubling from a minute on, for a day.
SCHEDULE = (0, 60, 120, 240, 480, 960, 1920, 3840, 7680, 15_360, 30_720, 25_020)
_ATTEMPTS = {EventType.PAYMENT_AUTHORIZED: "payment.authorized", EventType.PAYMENT_FAILED: "payment.failed"}
_ENDS = {EventType.PAYMENT_CANCELLED: "payment_link.cancelled", EventType.PAYMENT_EXPIRED: "payment_link.expired"}
_REFUNDS = {
    EventType.REFUND_CREATED: "refund.created",
    EventType.REFUND_SUCCEEDED: "refund.processed",
    EventType.REFUND_FAILED: "refund.failed",
}
_COLLECTED = ("payment.captured", "order.paid", "payment_link.paid", "payment_link.partially_paid")
# What each family holds, in the order of `contains`.
_PARTS = {"payment": ("payment",), "order": ("payment", "order"), "payment_link": ("payment_link", "order", "payment")}


def payment_names(type: str, data: Mapping[str, Any]) -> tuple[str, ...]:
    """What Razorpay calls the event: of a capture it tells two or three times, of much nothing."""
    is_link = str(data.get("reference", "")).startswith(wire.LINK)
    if type == EventType.PAYMENT_COMPLETED:
        is_all = data.get("status") == CheckoutStatus.COMPLETED
        order = ("order.paid",) if is_all else ()
        link = ("payment_link.paid" if is_all else "payment_link.partially_paid",) if is_link else ()
        # One that was captured by itself was authorised on the way.
        by_itself = ("payment.authorized",) if data["payment"]["captureMode"] == CaptureMode.AUTOMATIC else ()
        return (*by_itself, "payment.captured", *order, *link)
    failed = ("payment.failed",) if type in _ENDS and data.get("payment") else ()
    named = _ATTEMPTS.get(EventType(type)) or (_ENDS.get(EventType(type)) if is_link else None)
    return (*failed, named) if named else failed


def _payment_body(told: Told) -> bytes:
    data = json.loads(told.data)
    checkout = snapshots.checkout(data)
    made = {
        "order": lambda: _then(objects.orders_json([checkout])[0], checkout),
        "payment_link": lambda: _then(objects.links_json([checkout], until=checkout.updated_at)[0], checkout),
    }
    if part := data.get("payment"):
        if told.name == "payment.authorized":
            part |= {"status": PaymentStatus.AUTHORIZED.value, "captured": "0"}
        made["payment"] = lambda: objects.payments_json([snapshots.payment(part, checkout)])[0]
    wanted = _PARTS[told.name.partition(".")[0]]
    return body(told, {name: made[name]() for name in wanted if name in made})


def _refund_body(told: Told) -> bytes:
    refund = snapshots.refund(json.loads(told.data))
    shown = _then(objects.refunds_json([refund])[0], refund)
    return body(told, {"refund": shown, "payment": objects.payments_json([refund.payment])[0]})


def body(told: Told, parts: Mapping[str, Any]) -> bytes:
    """Any event, with the entities that it holds."""
    return dumps({
        "entity": "event",
        "account_id": account_id(told.merchant),
        "event": told.name,
        "contains": list(parts),
        "payload": {name: {"entity": part} for name, part in parts.items()},
        "created_at": wire.seconds(told.created_at),
    })  # fmt: skip


def headers(told: Told, raw: bytes, delivery_id: UUID, signing: Signing) -> dict[str, str]:
    """The signature, and the event's id: the same to everybody and at every try."""
    event_id = sha256_hex(f"{told.id}:{told.name}")[:14]
    return {wire.SIGNATURE_HEADER: wire.webhook_signature(raw, signing.secrets[0]), wire.EVENT_ID_HEADER: event_id}


def account_id(merchant: Merchant) -> str:
    """`acc_…`: who the merchant is to Razorpay."""
    return f"acc_{sha256_hex(f'account {merchant.pk}')[:14]}"


def _then(shown: dict[str, Any], row: Checkout | Refund) -> dict[str, Any]:
    """As it was: of what Razorpay keeps beside a row, only notes may have been changed since. A payment's are its own from the start."""
    return shown | {"notes": render.notes(row.metadata)}


def form(body: Any, names: Any, catalogue: tuple[str, ...]) -> Form:
    """A dialect's form of one family of our events."""
    return Form(body, headers, names=names, catalogue=catalogue, schedule=lambda: SCHEDULE, seconds=TIMEOUT_SECONDS)


PAYMENTS = form(_payment_body, payment_names, (*_ATTEMPTS.values(), *_COLLECTED, *_ENDS.values()))
REFUNDS = form(_refund_body, lambda type, data: (_REFUNDS[EventType(type)],), tuple(_REFUNDS.values()))
