"""Checkouts as the contract shows them (sections 4 and 5); payments, refunds and disputes in the core dialect; events."""

from decimal import Decimal
from typing import Any

from mypay.kit.clock import iso
from mypay.kit.money import to_text
from payments.models import Checkout, Dispute, Payment, Refund, Settlement
from payments.outcomes import reason_for
from sandbox.services.decide import Decision


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
        "method": str(checkout.method or (payment.method if payment else "")) or None,
        "paymentType": checkout.payment_type,
        "status": str(checkout.status),
        "statusCode": checkout.status_code or None,
        "reason": reason(checkout) or None,
        "paid": to_text(checkout.paid, checkout.currency),
        "paymentId": str(payment.id) if payment else None,
        "payer": payment.payer if payment else None,
        "payment": payment_part(payment) if payment else None,
        "user": checkout.user_data,
        "description": checkout.description or None,
        "metadata": checkout.metadata,
        "successUrl": checkout.success_url or None,
        "returnUrl": checkout.return_url or None,
        "expiresAt": iso(checkout.expires_at),
        "createdAt": iso(checkout.created_at),
        "updatedAt": iso(checkout.updated_at),
    }


def payment_part(payment: Payment) -> dict[str, Any]:
    """A payment within an event, as it is then."""
    currency = payment.currency
    return {
        "id": str(payment.id),
        "status": str(payment.status),
        "statusCode": payment.status_code or None,
        "amount": to_text(payment.amount, currency),
        "captured": to_text(payment.captured, currency),
        "refunded": to_text(payment.refunded, currency),
        "currency": currency,
        "method": str(payment.method),
        "payer": payment.payer or None,
        "captureMode": str(payment.checkout.capture_mode),
        "createdAt": iso(payment.created_at),
    }


def with_payment(told: dict[str, Any], payment: Payment) -> dict[str, Any]:
    """What the event of a refund or dispute keeps: the API's form of it, and its payment with what that was for."""
    checkout = payment.checkout
    about = {"checkoutId": str(checkout.id), "reference": checkout.reference, "metadata": checkout.metadata, "user": checkout.user_data}
    return {**told, "payment": {**payment_part(payment), **about}}


def reason(checkout: Checkout) -> str:
    """The words a merchant's rule gave to the outcome that came about; empty without any."""
    return reason_for(Decision.from_json(checkout.scenario), checkout.status_code) if checkout.scenario else ""


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


def payment_json(payment: Payment) -> dict[str, Any]:
    """One payment; amounts as text, as payouts have them."""
    currency, checkout = payment.currency, payment.checkout
    return {
        "id": str(payment.id),
        "checkoutId": str(payment.checkout_id),
        "reference": checkout.reference,
        "amount": to_text(payment.amount, currency),
        "capturedAmount": to_text(payment.captured, currency),
        "refundedAmount": to_text(payment.refunded, currency),
        "disputedAmount": to_text(payment.disputed, currency),
        "refundableAmount": to_text(payment.refundable, currency),
        "currency": currency,
        "method": str(payment.method),
        "payer": payment.payer,
        "status": str(payment.status),
        "statusCode": payment.status_code,
        "captureMode": str(checkout.capture_mode),
        "metadata": checkout.metadata or {},
        "createdAt": iso(payment.created_at),
        "updatedAt": iso(payment.updated_at),
    }


def refund_json(refund: Refund) -> dict[str, Any]:
    """One refund."""
    return {
        "id": str(refund.id),
        "paymentId": str(refund.payment_id),
        "amount": to_text(refund.amount, refund.currency),
        "currency": refund.currency,
        "status": str(refund.status),
        "reason": refund.reason or None,
        "failureReason": refund.failure_reason or None,
        "metadata": refund.metadata or {},
        "createdAt": iso(refund.created_at),
        "updatedAt": iso(refund.updated_at),
    }


def dispute_json(dispute: Dispute) -> dict[str, Any]:
    """One dispute."""
    return {
        "id": str(dispute.id),
        "paymentId": str(dispute.payment_id),
        "amount": to_text(dispute.amount, dispute.currency),
        "currency": dispute.currency,
        "reason": str(dispute.reason),
        "status": str(dispute.status),
        "respondBy": iso(dispute.respond_by),
        "evidence": dispute.evidence,
        "closedAt": iso(dispute.closed_at) if dispute.closed_at else None,
        "createdAt": iso(dispute.created_at),
        "updatedAt": iso(dispute.updated_at),
    }


def settlement_json(settlement: Settlement) -> dict[str, Any]:
    """One settlement; `net` is what became available."""
    currency = settlement.currency
    amounts = ("gross", "deducted", "funded", "fee", "tax", "net")
    return {
        "id": str(settlement.id),
        "currency": currency,
        "itemCount": settlement.item_count,
        **{name: to_text(getattr(settlement, name), currency) for name in amounts},
        "createdAt": iso(settlement.created_at),
    }
