"""Paystack's objects from the engine's rows; pure: no query, no clock.

`extra` is what Paystack keeps beside a row and the engine has no place for (`VendorObject.data`).
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from emulators.fates import payment_fate, refund_fate
from emulators.ids import vendor_id, vendor_number
from gateways.contract import Fate
from gateways.paystack import wire
from merchants.models import Merchant
from merchants.states import Environment
from mypay.kit.crypto import sha256_hex
from mypay.settings import environment
from payments.models import Checkout, Payment, Refund

_FIRST_INTEGRATION = 100_000
_CUSTOMER_DIGITS = 12  # hexadecimal: 48 bits
_COUNTRIES = {"NGN": "NG", "KES": "KE"}
_NOT_FINISHED, _GOES_ON = "The transaction was not completed", "The transaction is in progress"


def envelope(message: str, data: Any = None, meta: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What every call that went well answers; `status` is the call's, the business's is in the data."""
    return {"status": True, "message": message, **({} if data is None else {"data": data}), **({"meta": meta} if meta else {})}


def domain(merchant: Merchant) -> str:
    """test or live, as the merchant's keys are."""
    return "live" if merchant.environment == Environment.LIVE else "test"


def integration(merchant: Merchant) -> int:
    """Who the merchant is to Paystack."""
    return _FIRST_INTEGRATION + merchant.pk


def page(key: UUID) -> str:
    """Where a transaction is paid."""
    return f"{environment.VENDORS_BASE_URL}/paystack/checkout/{vendor_id('', key)}"


def opened(checkout: Checkout) -> dict[str, Any]:
    """A new transaction, as whoever sends the payer on needs it."""
    access_code = vendor_id("", checkout.pk)
    return {"authorization_url": page(checkout.pk), "access_code": access_code, "reference": checkout.reference}


def customer_number(merchant: Merchant, email: str) -> int:
    """A customer's id: the same address is the same customer of the merchant's."""
    return int(sha256_hex(f"customer {merchant.pk} {email}")[:_CUSTOMER_DIGITS], 16)


def customer(merchant: Merchant, user: Mapping[str, Any] | None) -> dict[str, Any]:
    """Whose transaction it is."""
    known = user or {}
    email = str(known.get("email") or "")
    return {
        "id": customer_number(merchant, email),
        "first_name": known.get("first_name"),
        "last_name": known.get("last_name"),
        "email": email,
        "customer_code": wire.CUSTOMER + sha256_hex(f"customer code {merchant.pk} {email}")[:15],
        "phone": known.get("phone"),
        "metadata": None,
        "risk_action": "default",
        "international_format_phone": None,
    }


def status(checkout: Checkout, payment: Payment | None) -> str:
    """A transaction's, by the payment that tells of it; abandoned while nobody has tried."""
    return wire.TRANSACTION_STATUSES[payment_fate(payment)] if payment else wire.ABANDONED


def transaction(
    checkout: Checkout,
    payment: Payment | None,
    extra: Mapping[str, Any],
    *,
    domain: str,
    customer: Mapping[str, Any],
    charge: tuple[int, int] | None,
) -> dict[str, Any]:
    """A transaction; `charge` is its fee and the tax on it, and Paystack's fee holds both."""
    is_paid = payment is not None and payment.captured > 0
    created, paid = wire.iso(checkout.created_at), wire.iso(payment.updated_at) if payment and is_paid else None
    return {
        "id": vendor_number(checkout.pk),
        "domain": domain,
        "status": status(checkout, payment),
        "reference": checkout.reference,
        "receipt_number": None,
        "amount": checkout.amount,
        "message": None,
        "gateway_response": _gateway_response(payment),
        "paid_at": paid,
        "created_at": created,
        "channel": channel(payment, extra),
        "currency": checkout.currency,
        "ip_address": extra.get("ip"),
        "metadata": checkout.metadata or "",
        "log": None,
        "fees": sum(charge) if charge else None,
        "fees_split": None,
        "authorization": authorization(payment, extra) if payment and is_paid else {},
        "customer": customer,
        "plan": None,
        "split": {},
        "order_id": None,
        "paidAt": paid,
        "createdAt": created,
        "requested_amount": checkout.amount,
        "pos_transaction_data": None,
        "source": None,
        "fees_breakdown": None,
        "connect": None,
        "transaction_date": created,
        "plan_object": {},
        "subaccount": {},
    }


def channel(payment: Payment | None, extra: Mapping[str, Any]) -> str:
    """How it was paid, or would be."""
    return str(extra.get("channel") or wire.CHANNELS.get(str(payment.method) if payment else "", "card"))


def _gateway_response(payment: Payment | None) -> str:
    fate = payment_fate(payment) if payment else None
    if payment is None or fate is None:
        return _NOT_FINISHED
    if fate == Fate.FAILED:
        return wire.failure_words(payment.status_code)
    return wire.APPROVED if payment.captured else _GOES_ON


def authorization(payment: Payment, extra: Mapping[str, Any]) -> dict[str, Any]:
    """How somebody paid: a card may be charged again by its code. Of its number the first six are kept, and the last four."""
    is_card, brand = payment.method == "card", extra.get("brand", "")
    card = f"{extra.get('bin')} {payment.payer} {extra.get('exp_month')} {extra.get('exp_year')}"
    return {
        "authorization_code": vendor_id(wire.AUTHORIZATION, payment.pk),
        "bin": extra.get("bin"),
        "last4": payment.payer[-4:] or None,
        "exp_month": extra.get("exp_month"),
        "exp_year": extra.get("exp_year"),
        "channel": channel(payment, extra),
        "card_type": f"{brand} DEBIT" if brand else None,
        "bank": extra.get("bank", "TEST BANK"),
        "country_code": _COUNTRIES.get(payment.currency, "NG"),
        "brand": brand or None,
        "reusable": is_card and bool(extra.get("bin")),
        "signature": f"SIG_{sha256_hex(card)[:20]}" if is_card else None,
        "account_name": extra.get("name") or None,
    }


def refund_status(refund: Refund) -> str:
    """pending, processed, failed or, while the payer's account is wanted, needs-attention."""
    fate = refund_fate(refund)
    needs_attention = fate == Fate.PENDING and (refund.metadata or {}).get("status") == wire.NEEDS_ATTENTION
    return wire.NEEDS_ATTENTION if needs_attention else wire.REFUND_STATUSES[fate]


def refund(row: Refund, extra: Mapping[str, Any], *, merchant: Merchant, created: str) -> dict[str, Any]:
    """A refund, with its payment; its transaction is a number here."""
    is_done = refund_fate(row) == Fate.REFUNDED
    return {
        "id": vendor_number(row.pk),
        "integration": integration(merchant),
        "domain": domain(merchant),
        "transaction": vendor_number(row.payment.checkout_id),
        "dispute": None,
        "settlement": None,
        "amount": row.amount,
        "deducted_amount": row.amount,
        "fully_deducted": True,
        "currency": row.currency,
        "channel": wire.CHANNELS.get(str(row.payment.method), "card"),
        "status": refund_status(row),
        "refunded_by": extra.get("refunded_by", ""),
        "refunded_at": wire.iso(row.updated_at) if is_done else None,
        "expected_at": wire.iso(row.created_at + wire.REFUND_TAKES),
        "customer_note": extra.get("customer_note", ""),
        "merchant_note": extra.get("merchant_note", ""),
        created: wire.iso(row.created_at),
        "updatedAt": wire.iso(row.updated_at),
    }
