"""The engine's rows as they were when something happened, from what its event keeps; none of them is saved.

They have what a vendor shows of them. The rest is as in any new row.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from mypay.kit.money import to_minor
from payments.models import Checkout, Payment, Refund
from payouts.models import Payout


def checkout(data: Mapping[str, Any]) -> Checkout:
    """Of an event of a payment."""
    currency = data["currency"]
    return Checkout(
        id=UUID(data["id"]), reference=data["reference"], amount=_minor(data["amount"], currency), currency=currency,
        paid=_minor(data["paid"], currency), status=data["status"], metadata=data["metadata"], user_data=data["user"],
        description=data["description"] or "", created_at=_moment(data["createdAt"]), updated_at=_moment(data["updatedAt"]),
    )  # fmt: skip


def payment(part: Mapping[str, Any], checkout: Checkout) -> Payment:
    """Of the part of an event that tells of it; with its checkout."""
    currency = part["currency"]
    amounts = {name: _minor(part[name], currency) for name in ("amount", "captured", "refunded")}
    return Payment(
        id=UUID(part["id"]), checkout=checkout, currency=currency, method=part["method"], payer=part["payer"] or "", status=part["status"],
        status_code=part["statusCode"] or "", created_at=_moment(part["createdAt"]), **amounts,
    )  # fmt: skip


def refund(data: Mapping[str, Any]) -> Refund:
    """Of an event of a refund; with its payment, whose checkout is known by what a payer is told of it."""
    part = data["payment"]
    about = Checkout(
        id=UUID(part["checkoutId"]), reference=part["reference"], amount=_minor(part["amount"], part["currency"]),
        currency=part["currency"], metadata=part["metadata"], user_data=part["user"],
    )  # fmt: skip
    return Refund(
        id=UUID(data["id"]), payment=payment(part, about), amount=_minor(data["amount"], data["currency"]), currency=data["currency"],
        metadata=data["metadata"], status=data["status"], created_at=_moment(data["createdAt"]),
    )  # fmt: skip


def payout(data: Mapping[str, Any]) -> Payout:
    """Of an event of a payout."""
    processed = data["processedAt"]
    return Payout(
        id=UUID(data["id"]), merchant_reference=data["merchantReference"], amount=_minor(data["amount"], data["currency"]),
        currency=data["currency"], destination_type=data["destType"], bank_code=data["bankCode"] or "",
        wallet_code=data["walletCode"] or "", account_number=data["accountNumber"], account_title=data["accountTitle"],
        status=data["status"], failure_reason=data["failureReason"] or "", psp_reference=data["pspReference"] or "",
        processed_at=_moment(processed) if processed else None, created_at=_moment(data["createdAt"]),
        updated_at=_moment(data["updatedAt"]),
    )  # fmt: skip


def _minor(text: str, currency: str) -> int:
    return 0 if Decimal(text) == 0 else to_minor(text, currency)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
