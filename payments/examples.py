"""Checkouts, refunds, disputes and settlements as events would tell of them; nothing is written."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from mypay.kit.ids import uuid7
from payments import render
from payments.models import Checkout, Dispute, Payment, Refund, Settlement
from payments.states import (
    ACTION_CODE,
    AUTHORIZED_CODE,
    CANCELLED_CODE,
    EXPIRED_CODE,
    REVERSED_CODE,
    VOIDED_CODE,
    CheckoutStatus,
    DisputeReason,
    DisputeStatus,
    Method,
    PaymentStatus,
    RefundStatus,
)
from webhooks.catalogue import EventType
from webhooks.examples import CATALOGUE_ID, Wanted

_AMOUNT = 100_000
_STATES = {
    EventType.PAYMENT_CREATED: (CheckoutStatus.PENDING, ""),
    EventType.PAYMENT_PENDING: (CheckoutStatus.PENDING, ""),
    EventType.PAYMENT_AUTHORIZED: (CheckoutStatus.AUTHORIZED, AUTHORIZED_CODE),
    EventType.PAYMENT_COMPLETED: (CheckoutStatus.COMPLETED, "SUCCESS"),
    EventType.PAYMENT_FAILED: (CheckoutStatus.FAILED, "INSUFFICIENT_FUNDS"),
    EventType.PAYMENT_CANCELLED: (CheckoutStatus.CANCELLED, CANCELLED_CODE),
    EventType.PAYMENT_EXPIRED: (CheckoutStatus.FAILED, EXPIRED_CODE),
    EventType.PAYMENT_VOIDED: (CheckoutStatus.CANCELLED, VOIDED_CODE),
    EventType.PAYMENT_REVERSED: (CheckoutStatus.FAILED, REVERSED_CODE),
}
_PAYMENTS = {
    EventType.PAYMENT_PENDING: PaymentStatus.REQUIRES_ACTION,
    EventType.PAYMENT_AUTHORIZED: PaymentStatus.AUTHORIZED,
    EventType.PAYMENT_COMPLETED: PaymentStatus.CAPTURED,
    EventType.PAYMENT_FAILED: PaymentStatus.FAILED,
    EventType.PAYMENT_VOIDED: PaymentStatus.VOIDED,
    EventType.PAYMENT_REVERSED: PaymentStatus.REVERSED,
}
_UNPAID = (EventType.PAYMENT_CREATED, EventType.PAYMENT_CANCELLED, EventType.PAYMENT_EXPIRED)
_REFUNDS = {
    EventType.REFUND_CREATED: RefundStatus.PENDING,
    EventType.REFUND_SUCCEEDED: RefundStatus.SUCCEEDED,
    EventType.REFUND_FAILED: RefundStatus.FAILED,
}
_DISPUTES = {
    EventType.DISPUTE_OPENED: DisputeStatus.NEEDS_RESPONSE,
    EventType.DISPUTE_ANSWERED: DisputeStatus.UNDER_REVIEW,
    EventType.DISPUTE_CLOSED: DisputeStatus.WON,
}


def _common(wanted: Wanted) -> dict[str, Any]:
    times = {"created_at": wanted.at, "updated_at": wanted.at}
    return {"id": wanted.subject_id, "merchant": wanted.merchant, "amount": _AMOUNT, "currency": "PKR", **times}


def _part(wanted: Wanted) -> Any:
    """The id of another object in the example; in the catalogue always the same."""
    return wanted.subject_id if wanted.subject_id == CATALOGUE_ID else uuid7()


def payment(wanted: Wanted) -> dict[str, Any]:
    """A checkout, by JazzCash."""
    status, code = _STATES[wanted.type]
    checkout = Checkout(
        reference=f"EXAMPLE-{str(wanted.subject_id)[-6:]}",
        method=Method.JAZZCASH,
        status=status,
        status_code=code,
        return_url="https://shop.example/thanks",
        expires_at=wanted.at + timedelta(minutes=15),
        **_common(wanted),
    )
    paid_by = None if wanted.type in _UNPAID else _payment(wanted, checkout)
    checkout.paid = paid_by.captured if paid_by else 0
    return render.snapshot(checkout, paid_by)


def _payment(wanted: Wanted, checkout: Checkout) -> Payment:
    """The attempt of the example's checkout."""
    status = _PAYMENTS[wanted.type]
    return Payment(
        checkout=checkout,
        method=Method.JAZZCASH,
        payer="03001234567",
        status=status,
        status_code=_STATES[wanted.type][1] or ACTION_CODE,
        captured=_AMOUNT if status in (PaymentStatus.CAPTURED, PaymentStatus.REVERSED) else 0,
        **{**_common(wanted), "id": _part(wanted)},
    )


def _captured(wanted: Wanted) -> Payment:
    """The payment that an example's refund or dispute is about."""
    return _payment(replace(wanted, type=EventType.PAYMENT_COMPLETED), Checkout(**_common(wanted)))


def refund(wanted: Wanted) -> dict[str, Any]:
    """A refund of a whole payment."""
    status = _REFUNDS[wanted.type]
    why = "The payer's bank refused the refund" if status == RefundStatus.FAILED else ""
    paid = _captured(wanted)
    paid.refunded = 0 if status == RefundStatus.FAILED else _AMOUNT
    made = Refund(payment=paid, status=status, reason="Returned goods", failure_reason=why, **_common(wanted))
    return render.with_payment(render.refund_json(made), paid)


def dispute(wanted: Wanted) -> dict[str, Any]:
    """A dispute over a whole payment."""
    status = _DISPUTES[wanted.type]
    paid = _captured(wanted)
    made = Dispute(
        payment=paid,
        reason=DisputeReason.NOT_RECEIVED,
        status=status,
        evidence=None if status == DisputeStatus.NEEDS_RESPONSE else {"text": "Signed for on 30 January"},
        respond_by=wanted.at + timedelta(days=7),
        closed_at=wanted.at if status == DisputeStatus.WON else None,
        **_common(wanted),
    )
    return render.with_payment(render.dispute_json(made), paid)


def settlement(wanted: Wanted) -> dict[str, Any]:
    """A day's batch."""
    return render.settlement_json(
        Settlement(
            id=wanted.subject_id,
            merchant=wanted.merchant,
            currency="PKR",
            item_count=3,
            gross=300_000,
            deducted=50_000,
            funded=0,
            fee=7_500,
            tax=1_200,
            net=241_300,
            created_at=wanted.at,
        )
    )
