"""Amounts by currency as staff write them in a setting: `PKR 50000, USD 300`, or `off`."""

from mypay.kit.money import EXPONENTS, InvalidAmount, to_minor, to_text

OFF = "off"
_SHOWN = "Write amounts as in PKR 50000, USD 300, or off"


def read_limits(text: str) -> dict[str, int]:
    """Minor units by currency, none for `off`; raises ValueError in words that may be shown."""
    if text.strip().lower() in ("", OFF):
        return {}
    limits: dict[str, int] = {}
    for part in text.split(","):
        currency, _, amount = part.strip().partition(" ")
        currency = currency.upper()
        if currency not in EXPONENTS:
            raise ValueError(f"{_SHOWN}; {currency[:10]} is no currency we know")
        if currency in limits:
            raise ValueError(f"{currency} is named twice")
        try:
            limits[currency] = to_minor(amount.strip(), currency)
        except InvalidAmount as problem:
            raise ValueError(f"{_SHOWN}; the amount of {currency} is {problem}") from None
    return limits


def write_limits(limits: dict[str, int]) -> str:
    """As they are kept and shown."""
    return ", ".join(f"{currency} {_short(minor, currency)}" for currency, minor in limits.items()) or OFF


def _short(minor: int, currency: str) -> str:
    return to_text(minor, currency).rstrip("0").rstrip(".")
