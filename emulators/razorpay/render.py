"""Razorpay's objects from the engine's rows; pure: no query, no clock.

`extra` is what Razorpay keeps beside a row and the engine has no place for (`VendorObject.data`).
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from emulators.ids import vendor_id
from gateways.contract import Fate
from gateways.razorpay import wire
from mypay.settings import environment
from payments.models import Checkout, Payment, Refund
from payments.states import CheckoutStatus, PaymentStatus, RefundStatus

CARD, CUSTOMER = "card_", "cust_"
_PAYMENT_FATES = {
    PaymentStatus.REQUIRES_ACTION: Fate.PENDING,
    PaymentStatus.PROCESSING: Fate.PENDING,
    PaymentStatus.AUTHORIZED: Fate.AUTHORIZED,
    PaymentStatus.CAPTURED: Fate.CAPTURED,
    PaymentStatus.FAILED: Fate.FAILED,
    PaymentStatus.VOIDED: Fate.REFUNDED,
    PaymentStatus.REVERSED: Fate.REFUNDED,
}
_REFUND_FATES = {RefundStatus.PENDING: Fate.PENDING, RefundStatus.SUCCEEDED: Fate.REFUNDED, RefundStatus.FAILED: Fate.FAILED}
_ACQUIRER = {"card": "auth_code", "upi": "rrn", "netbanking": "bank_transaction_id", "wallet": "transaction_id"}
_NO_ERROR = dict.fromkeys(("error_code", "error_description", "error_source", "error_step", "error_reason"))


def notes(kept: Mapping[str, Any] | None) -> Any:
    """Notes as they go out: none are an empty list."""
    return dict(kept) if kept else []


def seconds(at: datetime | None) -> int | None:
    return None if at is None else wire.seconds(at)


def order(checkout: Checkout, extra: Mapping[str, Any], *, attempts: int) -> dict[str, Any]:
    """An order; what was captured of it is paid."""
    status = "paid" if checkout.status == CheckoutStatus.COMPLETED or not checkout.owed else "attempted" if attempts else "created"
    return {
        "id": vendor_id(wire.ORDER, checkout.pk),
        "entity": "order",
        "amount": checkout.amount,
        "amount_paid": checkout.paid,
        "amount_due": checkout.owed,
        "currency": checkout.currency,
        "receipt": extra.get("receipt") or None,
        "offer_id": None,
        "status": status,
        "attempts": attempts,
        "notes": notes(extra.get("notes", checkout.metadata)),
        "created_at": wire.seconds(checkout.created_at),
    }


def payment(payment: Payment, extra: Mapping[str, Any], *, fee: int | None, tax: int | None) -> dict[str, Any]:
    """A payment with its checkout; `fee` includes `tax`, both None until it is captured."""
    checkout, method = payment.checkout, wire.METHOD_WORDS[str(payment.method)]
    fate = _fate(payment)
    refunded = payment.amount if payment.status in (PaymentStatus.VOIDED, PaymentStatus.REVERSED) else payment.refunded
    is_done = fate in (Fate.AUTHORIZED, Fate.CAPTURED, Fate.REFUNDED)
    payer = {**(checkout.user_data or {}), **extra}
    shown: dict[str, Any] = {
        "id": vendor_id(wire.PAYMENT, payment.pk),
        "entity": "payment",
        "amount": payment.amount,
        "currency": payment.currency,
        "status": wire.PAYMENT_STATUSES[fate],
        "order_id": vendor_id(wire.ORDER, payment.checkout_id),
        "invoice_id": None,
        "international": bool(extra.get("international", False)),
        "method": method,
        "amount_refunded": refunded,
        "refund_status": None if not refunded else "full" if refunded >= payment.amount else "partial",
        "captured": payment.captured > 0,
        "description": extra.get("description") or checkout.description or None,
        "card_id": vendor_id(CARD, payment.pk) if method == "card" else None,
        "bank": (extra.get("bank") or payment.payer or None) if method == "netbanking" else None,
        "wallet": _wallet(payment, extra) if method == "wallet" else None,
        "vpa": payment.payer or None if method == "upi" else None,
        "email": payer.get("email"),
        "contact": payer.get("contact") or payer.get("phone"),
        "notes": notes(extra.get("notes", checkout.metadata)),
        "fee": fee,
        "tax": tax,
        **(_error(payment) if fate == Fate.FAILED else _NO_ERROR),
        "acquirer_data": {_ACQUIRER[method]: digits(payment.pk, "acquirer", 6 if method == "card" else 12) if is_done else None},
        "created_at": wire.seconds(payment.created_at),
    }
    return shown | ({"upi": {"vpa": shown["vpa"], "flow": "collect" if payment.payer else "intent"}} if method == "upi" else {})


def _fate(payment: Payment) -> Fate:
    is_returned = payment.captured and payment.refunded >= payment.captured
    return Fate.REFUNDED if is_returned else _PAYMENT_FATES[PaymentStatus(payment.status)]


def _wallet(payment: Payment, extra: Mapping[str, Any]) -> Any:
    """Its name: Razorpay's by the page, else one of the engine's own."""
    return extra.get("wallet") or (payment.payer or None if payment.method == "wallet" else str(payment.method))


def _error(payment: Payment) -> dict[str, str]:
    failure = wire.failure_of(payment.status_code)
    return {
        "error_code": failure.code,
        "error_description": failure.description,
        "error_source": failure.source,
        "error_step": failure.step,
        "error_reason": failure.reason,
    }


def card(payment: Payment, extra: Mapping[str, Any]) -> dict[str, Any]:
    """The card of a payment: nothing of its number but the last four."""
    return {
        "id": vendor_id(CARD, payment.pk),
        "entity": "card",
        "name": extra.get("name", ""),
        "last4": payment.payer,
        "network": extra.get("network", "Unknown"),
        "type": extra.get("type", "credit"),
        "issuer": extra.get("issuer"),
        "international": bool(extra.get("international", False)),
        "emi": False,
    }


def refund(refund: Refund, extra: Mapping[str, Any]) -> dict[str, Any]:
    """A refund."""
    fate = _REFUND_FATES[RefundStatus(refund.status)]
    return {
        "id": vendor_id(wire.REFUND, refund.pk),
        "entity": "refund",
        "amount": refund.amount,
        "currency": refund.currency,
        "payment_id": vendor_id(wire.PAYMENT, refund.payment_id),
        "notes": notes(extra.get("notes", refund.metadata)),
        "receipt": extra.get("receipt") or None,
        "acquirer_data": {"arn": digits(refund.pk, "arn", 23) if fate == Fate.REFUNDED else None},
        "created_at": wire.seconds(refund.created_at),
        "batch_id": None,
        "status": wire.REFUND_STATUSES[fate],
        "speed_requested": extra.get("speed", "normal"),
        "speed_processed": "normal",
    }


def link(checkout: Checkout, extra: Mapping[str, Any], payments: Sequence[Payment]) -> dict[str, Any]:
    """A payment link with the payments that were captured."""
    status = link_status(checkout)
    ended = {f"{word}_at": wire.seconds(checkout.updated_at) if status == word else 0 for word in ("cancelled", "expired")}
    return {
        "accept_partial": bool(extra.get("accept_partial")),
        "amount": checkout.amount,
        "amount_paid": checkout.paid,
        "callback_method": extra.get("callback_method", ""),
        "callback_url": extra.get("callback_url", ""),
        "cancelled_at": ended["cancelled_at"],
        "created_at": wire.seconds(checkout.created_at),
        "currency": checkout.currency,
        "customer": extra.get("customer", {}),
        "description": checkout.description,
        "expire_by": extra.get("expire_by", 0),
        "expired_at": ended["expired_at"],
        "first_min_partial_amount": extra.get("first_min_partial_amount", 0),
        "id": vendor_id(wire.LINK, checkout.pk),
        "notes": notes(extra.get("notes", checkout.metadata)),
        "notify": {"email": False, "sms": False, "whatsapp": False, **extra.get("notify", {})},
        "order_id": vendor_id(wire.ORDER, checkout.pk),
        "payments": [_link_payment(row) for row in payments],
        "reference_id": extra.get("reference_id", ""),
        "reminder_enable": bool(extra.get("reminder_enable")),
        "reminders": [],
        "short_url": link_page(checkout.pk),
        "status": status,
        "updated_at": wire.seconds(checkout.updated_at),
        "upi_link": False,
        "user_id": "",
        "whatsapp_link": False,
    }


def link_page(key: UUID) -> str:
    """Where a payment link is paid."""
    return f"{environment.RAZORPAY_BASE_URL}/l/{vendor_id(wire.LINK, key)}"


def link_status(checkout: Checkout) -> str:
    """created, partially_paid, paid, cancelled or expired."""
    if not checkout.owed:
        return "paid"
    match checkout.status:
        case CheckoutStatus.CANCELLED:
            return "cancelled"
        case CheckoutStatus.FAILED:
            return "expired"
    return "partially_paid" if checkout.paid else "created"


def _link_payment(payment: Payment) -> dict[str, Any]:
    return {
        "amount": payment.captured,
        "created_at": wire.seconds(payment.created_at),
        "method": wire.METHOD_WORDS[str(payment.method)],
        "payment_id": vendor_id(wire.PAYMENT, payment.pk),
        "status": "captured",
    }


def digits(key: UUID, what: str, length: int) -> str:
    """A bank's number for something: always the same for the same row."""
    number = int.from_bytes(hashlib.sha256(f"{key}:{what}".encode()).digest())
    return str(number)[-length:]
