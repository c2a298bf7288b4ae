"""How the portal writes money and accounts."""

from typing import Any

from django import template

from mypay.kit.money import to_text

register = template.Library()


@register.filter
def money(minor: int, currency: str) -> str:
    """Minor units with grouped thousands: 123456789 PKR paisa -> "1,234,567.89"."""
    whole, _, part = to_text(abs(minor), currency).partition(".")
    return f"{'−' if minor < 0 else ''}{int(whole):,}.{part}"


@register.filter
def negated(minor: int) -> int:
    """What is taken, as a sum shows it: below zero."""
    return -minor


@register.inclusion_tag("components/money.html")
def amount(minor: int, currency: str, sign: str = "") -> dict[str, Any]:
    """An amount with its currency; `sign` is put before it."""
    return {"minor": minor, "currency": currency, "sign": sign}


@register.filter
def ending(account_number: str) -> str:
    """The last four digits: in the sandbox they decide."""
    return f"•••• {account_number[-4:]}"
