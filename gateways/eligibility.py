"""Why an account cannot take a payment. The texts name no gateway: merchants read them."""

from collections.abc import Collection
from datetime import datetime

from gateways import circuits, registry
from gateways.contract import Capability
from gateways.models import GatewayAccount, GatewayAssignment
from gateways.selectors import Spent
from mypay.kit import clock
from mypay.kit.money import to_text


def reason_against(
    row: GatewayAssignment,
    account: GatewayAccount,
    amount: int,
    currency: str,
    now: datetime,
    used: Spent,
    excluding: Collection[int],
    *,
    is_held: bool = False,
) -> str:
    """The reason to pass the account over, empty when it may take that much now."""
    spec = registry.spec_of(account.gateway)
    if account.pk in excluding:
        return "Refused this payment before"
    if not row.is_active:
        return "Off for this merchant"
    if not account.is_active:
        return "Off"
    if spec is None or Capability.COLLECT not in spec.capabilities:
        return "Cannot take payments"
    if is_held and Capability.CAPTURE not in spec.capabilities:
        return "Cannot hold a payment for a later capture"
    if currency not in spec.currencies:
        return f"Does not take {currency}"
    if row.open_until is not None and circuits.is_open(row, now):
        return f"Circuit open until {clock.iso(row.open_until)}"
    day, month = used.days.get(account.pk, 0), used.months.get(account.pk, 0)
    if row.daily_limit is not None and day + amount > row.daily_limit:
        return f"Limit of the day: {_money(day, currency)} of {_money(row.daily_limit, currency)} used"
    if account.monthly_limit is not None and month + amount > account.monthly_limit:
        return "Limit of the month"
    return ""


def _money(amount: int, currency: str) -> str:
    return f"{currency} {to_text(amount, currency)}"
