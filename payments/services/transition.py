"""The one place that changes a checkout's status: row, attempt, event, audit and money in one transaction."""

from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from audit.services.record import entry
from audit.tags import Tag
from ledger.models import MerchantBalance
from ledger.services import move
from mypay.kit import sql
from mypay.kit.errors import InvalidStatus
from mypay.kit.ids import uuid7
from payments.models import Checkout, Payment
from payments.payer import Payer
from payments.render import snapshot
from payments.states import CHECKOUT_MOVES, EXPIRED_CODE, CheckoutStatus, PaymentStatus
from sandbox.services.decide import Decision
from webhooks.catalogue import EventType
from webhooks.services.emit import event

_EVENTS = {
    CheckoutStatus.COMPLETED: EventType.PAYMENT_COMPLETED,
    CheckoutStatus.FAILED: EventType.PAYMENT_FAILED,
    CheckoutStatus.CANCELLED: EventType.PAYMENT_CANCELLED,
}


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody tried to pay: who, and what the rail decided."""

    payer: Payer
    decision: Decision


@dataclass(frozen=True, slots=True)
class Change:
    """A checkout's next status and the contract's code for it; `at` is the merchant's time."""

    status: CheckoutStatus
    code: str
    at: datetime
    attempt: Attempt | None = None


def apply(checkout: Checkout, change: Change) -> Checkout:
    """Make the change in one transaction, or in the caller's; returns the checkout as it then is.

    Raises InvalidStatus for an illegal move and StaleState when somebody else ended the checkout
    first; nothing is then written.
    """
    if change.status not in CHECKOUT_MOVES[CheckoutStatus(checkout.status)]:
        raise InvalidStatus(f"A checkout cannot go from {checkout.status} to {change.status}", field="status")
    values = _values(checkout, change)
    after = copy(checkout)
    for name, value in values.items():
        setattr(after, name, value)
    payment = _payment(after, change, change.attempt) if change.attempt else None
    guarded = sql.update(Checkout, {"id": checkout.pk, "revision": checkout.revision}, values, refuse=sql.stale)
    attempted = [sql.insert(payment)] if payment else []
    told = [_event(after, change, payment), _audited(after, change, CheckoutStatus(checkout.status), payment)]
    sql.transact([guarded, *attempted, *told, *_money(after, change)])
    return after


def _values(checkout: Checkout, change: Change) -> dict[str, Any]:
    values: dict[str, Any] = {
        "status": change.status.value,
        "status_code": change.code,
        "updated_at": change.at,
        "due_at": None,
        "wake_at": None,
        "attempts": 0,
        "revision": checkout.revision + 1,
    }
    if change.attempt:
        values |= {"method": change.attempt.payer.method.value, "scenario": change.attempt.decision.to_json()}
    return values


def _payment(checkout: Checkout, change: Change, attempt: Attempt) -> Payment:
    is_paid = change.status == CheckoutStatus.COMPLETED
    return Payment(
        id=uuid7(),
        merchant_id=checkout.merchant_id,
        checkout_id=checkout.pk,
        amount=checkout.amount,
        currency=checkout.currency,
        method=attempt.payer.method.value,
        payer=attempt.payer.kept,
        status=(PaymentStatus.CAPTURED if is_paid else PaymentStatus.FAILED).value,
        status_code=change.code,
        captured=checkout.amount if is_paid else 0,
        created_at=change.at,
        updated_at=change.at,
    )


def _event(checkout: Checkout, change: Change, payment: Payment | None) -> sql.Statement:
    type = EventType.PAYMENT_EXPIRED if change.code == EXPIRED_CODE else _EVENTS[change.status]
    seen = snapshot(checkout, payment)
    return event(merchant_id=checkout.merchant_id, type=type, subject_id=checkout.id, data=seen, at=change.at)


def _audited(checkout: Checkout, change: Change, before: CheckoutStatus, payment: Payment | None) -> sql.Statement:
    details = {"from": before.value, "to": change.status.value, "statusCode": change.code}
    if payment and change.attempt:
        details |= {"paymentId": str(payment.id), "decidedBy": str(change.attempt.decision.decided_by)}
    return entry(tag=Tag.CHECKOUT_MOVED, resource_id=checkout.id, merchant_id=checkout.merchant_id, details=details, at=change.at)


def _money(checkout: Checkout, change: Change) -> list[sql.Statement]:
    """A paid amount comes from outside into `pending`; a merchant's first opens its balance."""
    if change.status != CheckoutStatus.COMPLETED:
        return []
    MerchantBalance.objects.get_or_create(merchant_id=checkout.merchant_id, currency=checkout.currency)
    collected = move.collect(
        merchant_id=checkout.merchant_id,
        currency=checkout.currency,
        amount=checkout.amount,
        description=f"Payment collected: {checkout.reference}",
        at=change.at,
        subject_id=checkout.id,
        metadata={"checkoutId": str(checkout.id), "reference": checkout.reference},
    )
    return move.statements(collected)
