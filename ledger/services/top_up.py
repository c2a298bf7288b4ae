"""Bring money in from outside."""

from datetime import datetime

from audit import lines
from audit.services.record import entry
from audit.tags import Tag
from ledger.models import MerchantBalance
from ledger.services import move
from merchants.models import Merchant
from mypay.kit import clock, sql
from mypay.kit.money import to_text


def top_up(*, merchant: Merchant, currency: str, amount: int, description: str = "Balance top-up", at: datetime | None = None) -> None:
    """Add `amount` minor units to what is available, opening the balance if there is none."""
    at = at or clock.now(merchant)
    details = {"amount": to_text(amount, currency), "currency": currency}

    def effect() -> None:
        MerchantBalance.objects.get_or_create(merchant=merchant, currency=currency)
        moved = move.top_up(merchant_id=merchant.pk, currency=currency, amount=amount, description=description, at=at)
        audited = entry(tag=Tag.BALANCE_TOPPED_UP, resource_id=merchant.pk, merchant_id=merchant.pk, details=details)
        sql.transact([audited, *move.statements(moved)])

    sql.in_transaction(effect)
    lines.transaction("BALANCE_CHANGE", {"merchantId": merchant.pk, **details})
