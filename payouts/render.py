"""A payout as the API shows it and as events keep it (contract sections 1 and 2)."""

from typing import Any

from ledger.models import Transfer
from mypay.kit.clock import iso
from mypay.kit.money import to_text
from payouts.models import DirectoryEntry, Payout


def snapshot(payout: Payout) -> dict[str, Any]:
    """All members, absent ones as None: the form that events and webhooks keep."""
    return {
        "id": str(payout.id),
        "merchantId": payout.merchant_id,
        "merchantReference": payout.merchant_reference,
        "amount": to_text(payout.amount, payout.currency),
        "currency": payout.currency,
        "destType": str(payout.destination_type),
        "bankCode": payout.bank_code or None,
        "walletCode": payout.wallet_code or None,
        "accountNumber": payout.account_number,
        "accountTitle": payout.account_title,
        "status": str(payout.status),
        "failureReason": payout.failure_reason or None,
        "pspReference": payout.psp_reference or None,
        "processedAt": iso(payout.processed_at) if payout.processed_at else None,
        "createdAt": iso(payout.created_at),
        "updatedAt": iso(payout.updated_at),
    }


def payout_json(payout: Payout) -> dict[str, Any]:
    """The reply's form: absent members left out."""
    return {name: value for name, value in snapshot(payout).items() if value is not None}


def item_json(row: DirectoryEntry) -> dict[str, Any]:
    """A bank or wallet of the directory."""
    return {"code": row.code, "name": row.name, "isActive": row.is_active}


def entry_json(row: Transfer, currency: str) -> dict[str, Any]:
    """A line of the balance history; `balance` is what was available after it."""
    line = {
        "id": str(row.id),
        "type": str(row.entry_type),
        "amount": to_text(row.amount, currency),
        "balance": to_text(row.available_after, currency),
        "description": row.description,
    }
    return {**line, **({"metadata": row.metadata} if row.metadata else {}), "createdAt": iso(row.created_at)}
