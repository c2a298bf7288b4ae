"""Razorpay's objects from the engine's rows; pure: no query, no clock.

`extra` is what Razorpay keeps beside a row and the engine has no place for (`VendorObject.data`).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from emulators.fates import given_back, payment_fate, refund_fate
from emulators.ids import digits, vendor_id
from gateways.contract import Fate
from gateways.razorpay import wire
from mypay.settings import environment
from payments.models import Checkout, Payment, Refund
from payments.states import CheckoutStatus

CARD = "card_"
_LINKS_ENDED: dict[str, str] = {CheckoutStatus.CANCELLED: "cancelled", CheckoutStatus.FAILED: "expired"}
_ACQUIRER = {"card": "auth_code", "upi": "rrn", "netbanking": "bank_transaction_id", "wallet": "transaction_id"}


def notes(kept: Mapping[str, Any] | None) -> Any:
    """Notes as they go out: none are an empty list."""
    return dict(kept) if kept else []


def collection(items: Iterable[Any]) -> dict[str, Any]:
    """Any list as Razorpay wraps it."""
    listed = list(items)
    return {"entity": "collection", "count": len(listed), "items": listed}


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


def payment(payment: Payment, extra: Mapping[str, Any], charge: tuple[int, int] | None, *, with_card: bool) -> dict[str, Any]:
    """A payment with its checkout; `charge` is its fee and the tax on it, and Razorpay's fee holds both."""
    checkout, method = payment.checkout, wire.METHOD_WORDS[str(payment.method)]
    fate, refunded = payment_fate(payment), given_back(payment)
    failure = wire.failure_of(payment.status_code) if fate == Fate.FAILED else None
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
        "fee": sum(charge) if charge else None,
        "tax": charge[1] if charge else None,
        **{f"error_{word}": getattr(failure, word, None) for word in wire.ERROR_WORDS},
        "acquirer_data": {_ACQUIRER[method]: digits(payment.pk, "acquirer", 6 if method == "card" else 12) if is_done else None},
        "created_at": wire.seconds(payment.created_at),
    }
    if method == "upi":
        shown["upi"] = {"vpa": shown["vpa"], "flow": "collect" if payment.payer else "intent"}
    if method == "card" and with_card:
        shown["card"] = card(payment, extra)
    return shown


def _wallet(payment: Payment, extra: Mapping[str, Any]) -> Any:
    """Its name: Razorpay's by the page, else one of the engine's own."""
    return extra.get("wallet") or (payment.payer or None if payment.method == "wallet" else str(payment.method))


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
    fate = refund_fate(refund)
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
    status, updated = link_status(checkout), wire.seconds(checkout.updated_at)
    return {
        "accept_partial": bool(extra.get("accept_partial")),
        "amount": checkout.amount,
        "amount_paid": checkout.paid,
        "callback_method": extra.get("callback_method", ""),
        "callback_url": extra.get("callback_url", ""),
        "cancelled_at": updated if status == "cancelled" else 0,
        "created_at": wire.seconds(checkout.created_at),
        "currency": checkout.currency,
        "customer": extra.get("customer", {}),
        "description": checkout.description,
        "expire_by": extra.get("expire_by", 0),
        "expired_at": updated if status == "expired" else 0,
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
        "updated_at": updated,
        "upi_link": False,
        "user_id": "",
        "whatsapp_link": False,
    }


def link_page(key: UUID) -> str:
    """Where a payment link is paid."""
    return f"{environment.VENDORS_BASE_URL}/razorpay/l/{vendor_id(wire.LINK, key)}"


def link_status(checkout: Checkout) -> str:
    """created, partially_paid, paid, cancelled or expired."""
    if not checkout.owed:
        return "paid"
    return _LINKS_ENDED.get(checkout.status) or ("partially_paid" if checkout.paid else "created")


def _link_payment(payment: Payment) -> dict[str, Any]:
    return {
        "amount": payment.captured,
        "created_at": wire.seconds(payment.created_at),
        "method": wire.METHOD_WORDS[str(payment.method)],
        "payment_id": vendor_id(wire.PAYMENT, payment.pk),
        "status": "captured",
    }
