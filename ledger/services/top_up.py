"""Bring money in from outside."""

from datetime import datetime
from typing import Any

from audit import lines
from audit.services.record import entries, entry
from audit.tags import Tag
from ledger.models import MerchantBalance
from ledger.services import move
from merchants.models import Merchant
from mypay.kit import clock, sql
from mypay.kit.errors import ValidationError
from mypay.kit.money import InvalidAmount, to_minor, to_text

_MAX_DIGITS = 10
_MAX_AVAILABLE = 10**18  # what a column of 63 bits holds, with room


def checked_amount(merchant: Merchant, currency: str, value: Any) -> int:
    """Minor units of what is to come in; raises ValidationError when it is no amount, or more than the balance can hold."""
    try:
        amount = to_minor(value, currency, max_integer_digits=_MAX_DIGITS)
    except InvalidAmount as problem:
        raise ValidationError(f"amount is {problem}", field="amount") from None
    held = MerchantBalance.objects.filter(merchant=merchant, currency=currency).values_list("available", flat=True).first()
    if (held or 0) + amount > _MAX_AVAILABLE:
        raise ValidationError("amount is more than the balance can hold", field="amount")
    return amount


def top_up(
    *,
    merchant: Merchant,
    currency: str,
    amount: int,
    description: str = "Balance top-up",
    at: datetime | None = None,
    is_told: bool = True,
) -> None:
    """Add `amount` minor units to what is available, opening the balance if there is none.

    It is an event unless it `is_told` by none: what a merchant begins with is no news.
    """
    at = at or clock.now(merchant)
    details = {"amount": to_text(amount, currency), "currency": currency}

    def effect() -> None:
        MerchantBalance.objects.get_or_create(merchant=merchant, currency=currency)
        moved = move.top_up(merchant_id=merchant.pk, currency=currency, amount=amount, description=description, at=at)
        about: dict[str, Any] = {
            "tag": Tag.BALANCE_TOPPED_UP, "resource_id": merchant.pk, "merchant_id": merchant.pk, "details": details,
        }  # fmt: skip
        sql.transact([*(entries(**about) if is_told else [entry(**about)]), *move.statements(moved)])

    sql.in_transaction(effect)
    lines.transaction("BALANCE_CHANGE", {"merchantId": merchant.pk, **details})
