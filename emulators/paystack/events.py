"""Events of transactions and refunds as Paystack tells them: of the object as it was then.

The body is made from the event's data; from the database comes only what never changes.
"""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from emulators import snapshots
from emulators.fates import refund_fate
from emulators.ids import vendor_number
from emulators.paystack import objects, render
from gateways.contract import Fate
from gateways.paystack import wire
from merchants.models import Merchant
from merchants.selectors import newest_secret
from merchants.states import Scope
from mypay.kit.jsonbody import dumps
from webhooks.catalogue import EventType
from webhooks.dialects import Form, Signing, Told

TIMEOUT_SECONDS = 30
SCHEDULE = (0, *[3600] * 10)  # as in test mode
_PENDING, _PROCESSING, _PROCESSED, _FAILED = "refund.pending", "refund.processing", "refund.processed", "refund.failed"
_NEEDS_ATTENTION = f"refund.{wire.NEEDS_ATTENTION}"
_REFUNDS = {
    EventType.REFUND_CREATED: (_PENDING,),
    EventType.REFUND_SUCCEEDED: (_PROCESSING, _PROCESSED),
    EventType.REFUND_FAILED: (_FAILED,),
}
_PROCESSOR = "instant-transfer"


def payment_names(type: str, data: Mapping[str, Any]) -> tuple[str, ...]:
    """Only of success does Paystack tell."""
    return (wire.CHARGE_SUCCESS,) if type == EventType.PAYMENT_COMPLETED else ()


def refund_names(type: str, data: Mapping[str, Any]) -> tuple[str, ...]:
    """Each state on the way; of one that needs attention that, too."""
    needs_attention = type == EventType.REFUND_CREATED and (data.get("metadata") or {}).get("status") == wire.NEEDS_ATTENTION
    return (*_REFUNDS[EventType(type)], *((_NEEDS_ATTENTION,) if needs_attention else ()))


def _charge_body(told: Told) -> bytes:
    data = json.loads(told.data)
    checkout = snapshots.checkout(data)
    payment = snapshots.payment(data["payment"], checkout)
    payment.updated_at = checkout.updated_at
    return body(told, objects.told_json(told.merchant, [(checkout, payment)])[0])


def _refund_body(told: Told) -> bytes:
    refund = snapshots.refund(json.loads(told.data))
    checkout = refund.payment.checkout
    customer = render.customer(told.merchant, checkout.user_data)
    is_failed = refund_fate(refund) == Fate.FAILED
    return body(
        told,
        {
            "status": told.name.removeprefix("refund."),
            "transaction_reference": checkout.reference,
            "refund_reference": str(vendor_number(refund.pk)),
            "amount": refund.amount if is_failed else str(refund.amount),
            "currency": refund.currency,
            "processor": _PROCESSOR,
            "customer": {name: customer[name] for name in ("first_name", "last_name", "email")},
            "integration": render.integration(told.merchant),
            "domain": render.domain(told.merchant),
        },
    )


def body(told: Told, data: Mapping[str, Any]) -> bytes:
    """Any event, compact as JavaScript writes it."""
    return dumps({"event": told.name, "data": data})


def headers(told: Told, raw: bytes, delivery_id: UUID, signing: Signing) -> dict[str, str]:
    """The signature alone."""
    return {wire.SIGNATURE_HEADER: wire.signature(raw, signing.secrets[0])}


def _secrets(merchant: Merchant) -> tuple[str, ...]:
    """The secret key of the API signs; without one the endpoint's own secret does."""
    newest = newest_secret(merchant, Scope.PAYSTACK)
    return (newest,) if newest else ()


def form(body: Any, names: Any, catalogue: tuple[str, ...]) -> Form:
    """A dialect's form of one family of our events."""
    return Form(body, headers, names=names, catalogue=catalogue, schedule=lambda: SCHEDULE, seconds=TIMEOUT_SECONDS, secrets=_secrets)


PAYMENTS = form(_charge_body, payment_names, (wire.CHARGE_SUCCESS,))
REFUNDS = form(_refund_body, refund_names, (_PENDING, _PROCESSING, _PROCESSED, _FAILED, _NEEDS_ATTENTION))
