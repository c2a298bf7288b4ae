"""A payout as the API shows it and as events keep it (contract sections 1 and 2)."""

from typing import Any

from ledger.models import Transfer
from mypay.kit.clock import iso
from mypay.kit.money import to_text
from payouts.models import Beneficiary, DirectoryEntry, Payout, PayoutBatch, PayoutBatchLine
from payouts.states import DestinationType


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


def beneficiary_json(row: Beneficiary) -> dict[str, Any]:
    """A beneficiary, with the one code it has."""
    is_bank = row.destination_type == DestinationType.BANK
    return {
        "id": str(row.id),
        "name": row.name,
        "destType": str(row.destination_type),
        "bankCode" if is_bank else "walletCode": row.code,
        "accountNumber": row.account_number,
        "createdAt": iso(row.created_at),
    }


def batch_json(batch: PayoutBatch) -> dict[str, Any]:
    """A batch and how far it is; `amount` is the sum of its valid lines."""
    return {
        "id": str(batch.id),
        **({"name": batch.name} if batch.name else {}),
        "status": str(batch.status),
        "currency": batch.currency,
        "amount": to_text(batch.amount, batch.currency),
        "lines": batch.line_count,
        "invalid": batch.invalid_count,
        "created": batch.created_count,
        "failed": batch.failed_count,
        "left": batch.left_count,
        "createdAt": iso(batch.created_at),
        **({"finishedAt": iso(batch.finished_at)} if batch.finished_at else {}),
    }


def line_json(line: PayoutBatchLine) -> dict[str, Any]:
    """A line of a batch: the id of its payout, or why it has none."""
    named = {"code": line.error_code, "message": line.error, "field": line.error_field}
    shown: dict[str, Any] = {"line": line.number, "merchantReference": line.reference, "status": str(line.status)}
    if line.payout_id:
        shown["payoutId"] = str(line.payout_id)
    if line.error:
        shown["error"] = {name: text for name, text in named.items() if text}
    return shown


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
