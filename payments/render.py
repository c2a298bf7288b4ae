"""A checkout as the API shows it and as events keep it (contract sections 4 and 5)."""

from decimal import Decimal
from typing import Any

from mypay.kit.clock import iso
from mypay.kit.money import to_text
from payments.models import Checkout, Payment


def number(minor: int, currency: str) -> int | Decimal:
    """Minor units as the exact JSON number: 100000 paisa -> 1000, 100050 -> 1000.5."""
    amount = Decimal(to_text(minor, currency))
    return int(amount) if amount == amount.to_integral_value() else amount


def snapshot(checkout: Checkout, payment: Payment | None = None) -> dict[str, Any]:
    """All members, in no dialect's words: what an event keeps, whatever becomes of the checkout."""
    return {
        "id": str(checkout.id),
        "merchantId": checkout.merchant_id,
        "reference": checkout.reference,
        "amount": to_text(checkout.amount, checkout.currency),
        "currency": checkout.currency,
        "method": str(checkout.method) or None,
        "paymentType": checkout.payment_type,
        "status": str(checkout.status),
        "statusCode": checkout.status_code or None,
        "reason": reason(checkout) or None,
        "paymentId": str(payment.id) if payment else None,
        "payer": payment.payer if payment else None,
        "user": checkout.user_data,
        "description": checkout.description or None,
        "metadata": checkout.metadata,
        "successUrl": checkout.success_url or None,
        "returnUrl": checkout.return_url or None,
        "expiresAt": iso(checkout.expires_at),
        "createdAt": iso(checkout.created_at),
        "updatedAt": iso(checkout.updated_at),
    }


def reason(checkout: Checkout) -> str:
    """The words a merchant's rule gave to the outcome that came about; empty without any."""
    decided = checkout.scenario or {}
    return str(decided.get("reason", "")) if decided.get("outcome") == checkout.status_code.lower() else ""


def created_json(checkout: Checkout, page_url: str, *, extended: bool) -> dict[str, Any]:
    """The create reply; `extended` adds the other names of `/api/checkout/create`."""
    expires_at = iso(checkout.expires_at)
    told: dict[str, Any] = {"success": True, "checkoutUrl": page_url, "checkoutId": str(checkout.id), "expiresAt": expires_at}
    if extended:
        names = {"checkout_id": str(checkout.id), "session_id": str(checkout.id), "payment_url": page_url, "expires_at": expires_at}
        told |= {**names, "currency": checkout.currency, "status": str(checkout.status)}
    return told


def checkout_json(checkout: Checkout) -> dict[str, Any]:
    """`checkout` of GET /checkouts/:id."""
    return {
        "checkoutId": str(checkout.id),
        "reference": checkout.reference,
        "amount": number(checkout.amount, checkout.currency),
        "paymentMethod": str(checkout.method) or None,
        "status": str(checkout.status),
        "createdAt": iso(checkout.created_at),
    }


def transaction_json(checkout: Checkout) -> dict[str, Any]:
    """`transaction` of GET /transactions; statusCode is null while pending."""
    return {
        "reference": checkout.reference,
        "checkoutId": str(checkout.id),
        "amount": number(checkout.amount, checkout.currency),
        "paymentMethod": str(checkout.method) or None,
        "status": str(checkout.status),
        "statusCode": checkout.status_code or None,
        "createdAt": iso(checkout.created_at),
        "updatedAt": iso(checkout.updated_at),
    }
