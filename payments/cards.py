"""Card numbers and expiry dates: checked, never kept; the last four digits are all that stays."""

import re
from datetime import datetime

_EXPIRY = re.compile(r"(0[1-9]|1[0-2])\s*[/\-]?\s*(20)?([0-9]{2})", re.ASCII)
_CVV = re.compile(r"[0-9]{3,4}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{12,19}", re.ASCII)
_SEPARATORS = re.compile(r"[ \-]")
_NETWORKS = (
    ("4", "Visa"), ("5", "MasterCard"), ("2", "MasterCard"), ("60", "RuPay"), ("65", "RuPay"), ("34", "American Express"),
    ("37", "American Express"), ("3", "Diners Club"),
)  # fmt: skip


def digits_of(text: str) -> str:
    """The number without the spaces and hyphens that people write."""
    return _SEPARATORS.sub("", text)


def last_four(number: str) -> str:
    """What may be kept of a card number."""
    return number[-4:]


def network_of(number: str) -> str:
    """Whose card it is by its first digits; empty where they are nobody's."""
    return next((name for start, name in _NETWORKS if number.startswith(start)), "")


def is_valid_number(number: str) -> bool:
    """12 to 19 digits whose Luhn sum is right."""
    if not _NUMBER.fullmatch(number):
        return False
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(number))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def is_valid_expiry(text: str) -> bool:
    """MM/YY or MM/YYYY."""
    return _EXPIRY.fullmatch(text.strip()) is not None


def is_in_date(expiry: str, at: datetime) -> bool:
    """Whether a card with that expiry still works: to the end of its month."""
    parts = _EXPIRY.fullmatch(expiry.strip())
    return parts is not None and (2000 + int(parts[3]), int(parts[1])) >= (at.year, at.month)


def is_valid_cvv(text: str) -> bool:
    """Three or four digits."""
    return _CVV.fullmatch(text.strip()) is not None
