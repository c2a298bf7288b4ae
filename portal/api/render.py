"""Merchants, transactions and payouts as the portal and admin APIs show them (contract sections 6 and 7)."""

from collections.abc import Mapping
from typing import Any

from merchants.models import Merchant, User
from merchants.tokens import staff_role
from mypay.kit.clock import iso
from mypay.kit.money import to_text
from payments.models import Checkout
from payments.render import number
from payouts.models import Payout


def m4(merchant: Merchant) -> dict[str, Any]:
    """The portal's merchant."""
    return {"id": merchant.pk, "email": merchant.email, "companyName": merchant.company_name, "status": str(merchant.status)}


def admin_json(user: User) -> dict[str, Any]:
    """The signed-in member of staff."""
    return {"id": user.pk, "email": user.email, "name": user.name, "role": staff_role(user)}


def short_id(merchant: Merchant) -> str:
    """The admin's `MERCHANT_%04d` (section 7)."""
    return f"MERCHANT_{merchant.pk:04d}"


def b(merchant: Merchant) -> dict[str, Any]:
    """The admin's merchant, B in section 7."""
    return {
        "id": merchant.pk,
        "merchant_id": short_id(merchant),
        "name": merchant.name,
        "email": merchant.email,
        "company_name": merchant.company_name,
        "status": str(merchant.status),
        "isActive": merchant.is_active,
        "webhookUrl": merchant.webhook_url or None,
    }


def of_merchant(merchant: Merchant | None) -> dict[str, Any] | None:
    """The merchant of an admin's row."""
    if merchant is None:
        return None
    return {"id": merchant.pk, "merchant_id": short_id(merchant), "name": merchant.name, "company_name": merchant.company_name}


def transaction_json(checkout: Checkout, payer: str) -> dict[str, Any]:
    """A row of the portal's transactions; `payer` is a mobile number or a card's last four."""
    return {
        "checkout_id": str(checkout.id),
        "reference": checkout.reference,
        "amount": number(checkout.amount, checkout.currency),
        "status": str(checkout.status),
        "status_code": checkout.status_code or None,
        "payment_method": str(checkout.method) or None,
        "payment_type": checkout.payment_type,
        "mobile_number": payer or None,
        "created_at": iso(checkout.created_at),
        "updated_at": iso(checkout.updated_at),
    }


def transaction_detail_json(checkout: Checkout, payer: str, webhook_status: str) -> dict[str, Any]:
    """One transaction of the portal."""
    more = {"success_url": checkout.success_url or None, "return_url": checkout.return_url or None, "webhook_status": webhook_status}
    return {**transaction_json(checkout, payer), **more}


def exported_transaction(checkout: Checkout) -> dict[str, Any]:
    """An element of transactions.json."""
    return {
        "checkout_id": str(checkout.id),
        "reference": checkout.reference,
        "amount": number(checkout.amount, checkout.currency),
        "status": str(checkout.status),
        "status_code": checkout.status_code or None,
        "payment_method": str(checkout.method) or None,
        "created_at": iso(checkout.created_at),
    }


def transaction_cells(checkout: Checkout) -> list[str]:
    """A line of transactions.csv."""
    amount = to_text(checkout.amount, checkout.currency)
    return [checkout.reference, amount, str(checkout.status), str(checkout.method), iso(checkout.created_at)]


def payout_json(payout: Payout) -> dict[str, Any]:
    """A payout of the portal; failureReason only where there is one."""
    row = {
        "id": str(payout.id),
        "merchantReference": payout.merchant_reference,
        "amount": number(payout.amount, payout.currency),
        "status": str(payout.status),
        "destType": str(payout.destination_type),
        "bankCode": payout.bank_code or None,
        "walletCode": payout.wallet_code or None,
        "accountNumber": payout.account_number,
        "accountTitle": payout.account_title,
    }
    return {**row, **({"failureReason": payout.failure_reason} if payout.failure_reason else {}), "createdAt": iso(payout.created_at)}


def payout_cells(payout: Payout) -> list[str]:
    """A line of payouts.csv."""
    amount, place = to_text(payout.amount, payout.currency), payout.bank_code or payout.wallet_code
    about = [str(payout.status), str(payout.destination_type), place, payout.account_number, payout.account_title]
    return [str(payout.id), payout.merchant_reference, amount, *about]


def admin_transaction_json(checkout: Checkout, merchants: Mapping[int, Merchant]) -> dict[str, Any]:
    """A row of the admin's transactions."""
    return {
        "id": str(checkout.id),
        "checkout_id": str(checkout.id),
        "reference": checkout.reference,
        "amount": number(checkout.amount, checkout.currency),
        "currency": checkout.currency,
        "status": str(checkout.status),
        "payment_method": str(checkout.method) or None,
        "created_at": iso(checkout.created_at),
        "updated_at": iso(checkout.updated_at),
        "merchant": of_merchant(merchants.get(checkout.merchant_id)),
    }


def admin_payout_json(payout: Payout, merchants: Mapping[int, Merchant]) -> dict[str, Any]:
    """A row of the admin's payouts."""
    return {
        "id": str(payout.id),
        "merchantReference": payout.merchant_reference,
        "amount": number(payout.amount, payout.currency),
        "currency": payout.currency,
        "destType": str(payout.destination_type),
        "bankCode": payout.bank_code or None,
        "walletCode": payout.wallet_code or None,
        "accountNumber": payout.account_number,
        "accountTitle": payout.account_title,
        "status": str(payout.status),
        "failureReason": payout.failure_reason or None,
        "createdAt": iso(payout.created_at),
        "processedAt": iso(payout.processed_at) if payout.processed_at else None,
        "merchant": of_merchant(merchants.get(payout.merchant_id)),
    }
