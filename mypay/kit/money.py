"""Money is an integer of minor units plus an ISO code; Decimal only parses and prints."""

import re
from decimal import Decimal
from typing import Any

EXPONENTS = {"PKR": 2, "INR": 2, "NGN": 2, "KES": 2, "GHS": 2, "ZAR": 2, "USD": 2, "GBP": 2, "EUR": 2, "USDT": 6, "USDC": 6}
MAX_INTEGER_DIGITS = 13
_NUMERIC = re.compile(r"[0-9]{1,32}(\.[0-9]{1,32})?", re.ASCII)


class InvalidAmount(ValueError):
    """The text says which rule was broken."""


def to_minor(value: Any, currency: str = "PKR", *, max_integer_digits: int = MAX_INTEGER_DIGITS) -> int:
    """Minor units of a JSON number or numeric text above zero, exactly; raises InvalidAmount."""
    exponent = EXPONENTS[currency]
    amount = _decimal(value)
    if not amount.is_finite():
        raise InvalidAmount("not a finite number")
    if amount <= 0:
        raise InvalidAmount("not above zero")
    if amount.adjusted() >= max_integer_digits:
        raise InvalidAmount(f"more than {max_integer_digits} integer digits")
    if amount.adjusted() < -exponent or amount != amount.quantize(Decimal(1).scaleb(-exponent)):
        raise InvalidAmount(f"more than {exponent} decimals")
    return int(amount.scaleb(exponent))


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool):
        raise InvalidAmount("not a number")
    if isinstance(value, int | Decimal):
        return Decimal(value)
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, str) and _NUMERIC.fullmatch(value.strip()):
        return Decimal(value.strip())
    raise InvalidAmount("not a number")


def to_text(minor: int, currency: str = "PKR") -> str:
    """Minor units as decimal text with all its places: 100000 PKR paisa -> "1000.00"."""
    exponent = EXPONENTS[currency]
    sign = "-" if minor < 0 else ""
    whole, part = divmod(abs(minor), 10**exponent)
    return f"{sign}{whole}.{part:0{exponent}d}"
