"""The one place that changes what becomes of a checkout and its payment.

Rows, event, audit and money in one transaction. A payment's move takes its checkout along; each row
is guarded by its revision, so of two who try at once the second raises StaleState.
"""

from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from audit.services.record import entry
from audit.tags import Tag
from mypay.kit import clock, counters, sql
from mypay.kit.errors import InvalidStatus
from mypay.kit.ids import uuid7
from payments.models import Checkout, Payment
from payments.payer import Payer
from payments.render import snapshot
from payments.services import items
from payments.services.plan import Step
from payments.states import (
    CANCELLED_CODE,
    CHECKOUT_OF,
    EXPIRED_CODE,
    PAID,
    PAYMENT_MOVES,
    CheckoutStatus,
    ItemKind,
    PaymentStatus,
)
from sandbox.services.decide import Decision
from webhooks.catalogue import EventType
from webhooks.services.emit import event

_EVENTS = {
    PaymentStatus.REQUIRES_ACTION: EventType.PAYMENT_PENDING,
    PaymentStatus.PROCESSING: EventType.PAYMENT_PENDING,
    PaymentStatus.AUTHORIZED: EventType.PAYMENT_AUTHORIZED,
    PaymentStatus.CAPTURED: EventType.PAYMENT_COMPLETED,
    PaymentStatus.FAILED: EventType.PAYMENT_FAILED,
    PaymentStatus.VOIDED: EventType.PAYMENT_VOIDED,
    PaymentStatus.REVERSED: EventType.PAYMENT_REVERSED,
}
_BY_CODE = {CANCELLED_CODE: EventType.PAYMENT_CANCELLED, EXPIRED_CODE: EventType.PAYMENT_EXPIRED}
_UNKNOWN = "unknown"  # the method of a payment that a gateway carries, until it tells
_IDLE: dict[str, Any] = {"due_at": None, "wake_at": None, "attempts": 0}


@dataclass(frozen=True, slots=True)
class Change:
    """A payment's next status and its code; `at` is the merchant's time.

    `rest` are the steps still to come by themselves; `amount` is what is captured (None: all). `method`
    and `payer` are what became known of them meanwhile, empty for nothing.
    """

    status: PaymentStatus
    code: str
    at: datetime
    rest: tuple[Step, ...] = ()
    amount: int | None = None
    method: str = ""
    payer: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody tries to pay: who, what the rail decided, how much, and what the payer is asked for first.

    At a gateway neither payer nor decision is known yet, and the payment's id has been given there.
    """

    payer: Payer | None
    decision: Decision | None
    amount: int
    challenge: str = ""
    payment_id: UUID | None = None


def open_attempt(checkout: Checkout, attempt: Attempt, change: Change) -> Payment:
    """The payment that attempts a pending checkout, in its first status; the checkout follows.

    Raises StaleState when somebody else ended or attempted the checkout first.
    """
    payment = Payment(
        id=attempt.payment_id or uuid7(),
        merchant=checkout.merchant,
        checkout=checkout,
        amount=attempt.amount,
        currency=checkout.currency,
        method=attempt.payer.method.value if attempt.payer else checkout.method,
        payer=attempt.payer.kept if attempt.payer else "",
        challenge=attempt.challenge,
        created_at=change.at,
    )
    _set(payment, _payment_values(payment, change))
    kept: dict[str, Any] = {"attempt_id": payment.pk, **({"scenario": attempt.decision.to_json()} if attempt.decision else {})}
    if not checkout.stays_open:
        kept["method"] = payment.method
    follows = _checkout_follows(payment, change, **kept)
    told = _told(payment, change, **({"decidedBy": str(attempt.decision.decided_by)} if attempt.decision else {}))
    sql.transact([*follows, sql.insert(payment), *told, *_money(payment, change)])
    counters.payment(payment.method or _UNKNOWN, change.status.value)
    return payment


def move(payment: Payment, change: Change) -> Payment:
    """The payment in its next status, with its checkout; returns it as it then is.

    `payment` comes with its checkout and merchant. Raises InvalidStatus for an illegal move and
    StaleState when somebody else moved it first; nothing is then written.
    """
    if change.status not in PAYMENT_MOVES[PaymentStatus(payment.status)]:
        raise InvalidStatus(f"A payment cannot go from {payment.status} to {change.status}", field="status")
    values = {**_payment_values(payment, change), "revision": payment.revision + 1}
    after = copy(payment)
    after.checkout = copy(payment.checkout)
    _set(after, values)
    guarded = sql.update(Payment, {"id": payment.pk, "revision": payment.revision}, values, refuse=sql.stale)
    follows = _checkout_follows(after, change)
    told = _told(after, change)

    def effect() -> None:
        sql.transact([guarded, *follows, *told])
        sql.transact(_money(after, change))

    # A reversal locks and reads the balance it takes from, after the payment as everyone does; anything else is one packet.
    if change.status == PaymentStatus.REVERSED:
        sql.in_transaction(effect)
    else:
        sql.transact([guarded, *follows, *told, *_money(after, change)])
    counters.payment(after.method or _UNKNOWN, change.status.value)
    return after


def close(checkout: Checkout, code: str, at: datetime) -> Checkout:
    """End a pending checkout that nobody pays: cancelled or, by its code, expired.

    An attempt that waits for its payer fails with it; raises StaleState when somebody else was first.
    """
    if checkout.attempt_id is not None:
        payment = Payment.objects.select_related("checkout__merchant", "merchant").get(pk=checkout.attempt_id)
        if payment.status == PaymentStatus.REQUIRES_ACTION:
            return move(payment, Change(PaymentStatus.FAILED, code, at)).checkout
    status = _checkout_status(PaymentStatus.FAILED, code)
    if checkout.status != CheckoutStatus.PENDING or checkout.attempt_id is not None:
        raise InvalidStatus(f"A checkout cannot go from {checkout.status} to {status}", field="status")
    before = checkout.status
    after = copy(checkout)
    guarded = _guarded(after, {"status": status.value, "status_code": code, "updated_at": at, **_IDLE})
    told = event(merchant_id=after.merchant_id, type=_BY_CODE[code], subject_id=after.pk, data=snapshot(after), at=at)
    audited = _audited(after, {"from": before, "to": status.value, "statusCode": code}, at)
    sql.transact([guarded, told, audited])
    return after


def save_answer(payment: Payment, tries: int, at: datetime) -> None:
    """Remember a wrong answer to the payment's challenge; raises StaleState when it was moved meanwhile."""
    values = {"tries": tries, "updated_at": at, "revision": payment.revision + 1}
    sql.transact([sql.update(Payment, {"id": payment.pk, "revision": payment.revision}, values, refuse=sql.stale)])


def _payment_values(payment: Payment, change: Change) -> dict[str, Any]:
    values: dict[str, Any] = {"status": change.status.value, "status_code": change.code, "updated_at": change.at, **_IDLE, "plan": None}
    values |= {name: known for name, known in (("method", change.method), ("payer", change.payer)) if known}
    if change.status == PaymentStatus.CAPTURED:
        values["captured"] = payment.amount if change.amount is None else change.amount
    if change.rest:
        due_at = change.at + timedelta(milliseconds=change.rest[0].after_ms)
        values |= {"plan": [step.to_json() for step in change.rest], "due_at": due_at, "wake_at": clock.wake_at(payment.merchant, due_at)}
    return values


def _checkout_follows(payment: Payment, change: Change, **kept: Any) -> list[sql.Statement]:
    """The checkout as its payment now makes it.

    While the attempt goes on it is open neither to another nor to expiry; its terms may open it
    again when the attempt failed, was voided or brought a part.
    """
    checkout = payment.checkout
    if not kept and checkout.attempt_id != payment.pk:
        if change.status not in PAID:  # it went on without this payment
            return []
        kept = {"attempt_id": payment.pk}
    status = _checkout_status(change.status, change.code)
    if status == CheckoutStatus.PENDING and not kept:
        return []
    values = {"status": status.value, "status_code": "" if status == CheckoutStatus.PENDING else change.code, **_IDLE, **kept}
    if change.method and not checkout.stays_open:
        values["method"] = change.method
    if change.status == PaymentStatus.CAPTURED:
        values |= {"paid": checkout.paid + payment.captured, "method": payment.method}
    if _opens_again(payment, change):
        values |= _open(checkout, payment)
    return [_guarded(checkout, {**values, "updated_at": change.at})]


def _opens_again(payment: Payment, change: Change) -> bool:
    checkout = payment.checkout
    if change.status == PaymentStatus.CAPTURED:
        return checkout.part_minimum is not None and payment.captured < checkout.owed
    is_over = change.at >= checkout.expires_at or change.code in _BY_CODE
    return checkout.is_reusable and change.status in (PaymentStatus.FAILED, PaymentStatus.VOIDED) and not is_over


def _open(checkout: Checkout, payment: Payment) -> dict[str, Any]:
    """The columns of a checkout that waits for another attempt, or for its expiry; its method is as at creation."""
    wake_at = clock.wake_at(payment.merchant, checkout.expires_at)
    opened = {"status": CheckoutStatus.PENDING.value, "status_code": "", "attempt_id": None}
    return {**opened, "method": checkout.method, "due_at": checkout.expires_at, "wake_at": wake_at, "attempts": 0}


def may_succeed_late(payment: Payment, at: datetime) -> bool:
    """Whether a failed payment may still pay: its checkout is its own yet, or open and owes as much."""
    checkout = payment.checkout
    if checkout.attempt_id == payment.pk:
        return True
    is_open = checkout.status == CheckoutStatus.PENDING and checkout.attempt_id is None and at < checkout.expires_at
    return is_open and payment.amount <= checkout.owed


def _checkout_status(status: PaymentStatus, code: str) -> CheckoutStatus:
    """What becomes of a checkout when its payment gets there, or when nobody pays it."""
    return CheckoutStatus.CANCELLED if code == CANCELLED_CODE else CHECKOUT_OF[status]


def _guarded(checkout: Checkout, values: dict[str, Any]) -> sql.Statement:
    where = {"id": checkout.pk, "revision": checkout.revision}
    values = {**values, "revision": checkout.revision + 1}
    _set(checkout, values)
    return sql.update(Checkout, where, values, refuse=sql.stale)


def _set(row: Any, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)


def _told(payment: Payment, change: Change, **about: str) -> list[sql.Statement]:
    checkout = payment.checkout
    seen = snapshot(_as_told(payment, change), payment)
    paid = {"paymentId": str(payment.id), "paymentStatus": change.status.value}
    details = {"to": str(checkout.status), "statusCode": change.code, **paid, **about}
    return [
        event(merchant_id=checkout.merchant_id, type=_event_type(change), subject_id=checkout.id, data=seen, at=change.at),
        _audited(checkout, details, change.at),
    ]


def _as_told(payment: Payment, change: Change) -> Checkout:
    """The checkout in the event of its payment: of what ended an attempt it tells, also when it is open again."""
    checkout = payment.checkout
    if change.status not in (PaymentStatus.FAILED, PaymentStatus.VOIDED, PaymentStatus.REVERSED):
        return checkout
    ended = copy(checkout)
    _set(ended, {"status": _checkout_status(change.status, change.code).value, "status_code": change.code})
    return ended


def _event_type(change: Change) -> EventType:
    return _BY_CODE.get(change.code) or _EVENTS[change.status]


def _audited(checkout: Checkout, details: dict[str, str], at: datetime) -> sql.Statement:
    return entry(tag=Tag.CHECKOUT_MOVED, resource_id=checkout.id, merchant_id=checkout.merchant_id, details=details, at=at)


def _money(payment: Payment, change: Change) -> list[sql.Statement]:
    """What is captured comes from outside into `pending`; what the rail reverses goes back, whatever is there."""
    if change.status == PaymentStatus.CAPTURED:
        return items.brought(payment=payment, kind=ItemKind.PAYMENT, subject_id=payment.pk, amount=payment.captured, at=change.at)
    left = payment.captured - payment.refunded - payment.disputed
    if change.status == PaymentStatus.REVERSED and left:
        return items.taken(payment=payment, kind=ItemKind.REVERSAL, subject_id=payment.pk, amount=left, at=change.at, is_forced=True)
    return []
