"""The terms of a settlement plan: the usual ones of a currency, and how a merchant's own are read."""

import re
from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from typing import Any

from mypay.kit.errors import ValidationError
from mypay.kit.money import InvalidAmount, to_minor
from payments.calendar import DEFAULT_COUNTRY, MAX_DELAY_DAYS, Country
from payments.fees import default_tariff

NAMES = ("country", "delayDays", "cutoff", "feeFixed", "feePercent", "feeMinimum", "taxPercent", "minimum")
_USUAL_CUTOFF = time(17)
_PPM_PLACES = 4  # of a percent
_MAX_INTEGER_DIGITS = 8
_CUTOFF = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
_DAYS = re.compile(r"[0-9]{1,2}", re.ASCII)
_PERCENT = re.compile(r"[0-9]{1,3}(\.[0-9]{1,4})?", re.ASCII)
_ZERO = re.compile(r"0{1,8}(\.0{1,6})?", re.ASCII)


def usual_terms(currency: str) -> dict[str, Any]:
    """The terms of a plan that nobody has changed, by column."""
    tariff = default_tariff(currency)
    return {
        "country": DEFAULT_COUNTRY.get(currency, Country.NONE).value,
        "delay_days": 1,
        "cutoff": _USUAL_CUTOFF,
        "fee_fixed": tariff.fixed,
        "fee_ppm": tariff.rate_ppm,
        "fee_minimum": tariff.minimum,
        "tax_ppm": tariff.tax_ppm,
        "minimum": 0,
    }


def read_terms(body: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """The terms a body names, by column; raises ValidationError naming the member."""
    readers = {
        "country": ("country", _country),
        "delayDays": ("delay_days", _days),
        "cutoff": ("cutoff", _cutoff),
        "feeFixed": ("fee_fixed", lambda value: _money(value, currency)),
        "feePercent": ("fee_ppm", _ppm),
        "feeMinimum": ("fee_minimum", lambda value: _money(value, currency)),
        "taxPercent": ("tax_ppm", _ppm),
        "minimum": ("minimum", lambda value: _money(value, currency)),
    }
    terms: dict[str, Any] = {}
    for name, value in body.items():
        if name not in readers:
            raise ValidationError(f"{name[:50]} is unknown; use {', '.join(NAMES)}", field=name[:50])
        column, read = readers[name]
        try:
            terms[column] = read(value)
        except ValueError as problem:
            raise ValidationError(f"{name} {problem}", field=name) from None
    return terms


def _country(value: Any) -> str:
    if value not in Country.values:
        raise ValueError(f"must be one of {', '.join(name for name in Country.values if name)}, or empty for weekends only")
    return str(value)


def _days(value: Any) -> int:
    if isinstance(value, str) and _DAYS.fullmatch(value):  # a form's number is text
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_DELAY_DAYS:
        raise ValueError(f"must be a whole number from 0 to {MAX_DELAY_DAYS}")
    return value


def _cutoff(value: Any) -> time:
    parts = _CUTOFF.fullmatch(value) if isinstance(value, str) else None
    if parts is None:
        raise ValueError("must be a time like 17:00")
    return time(int(parts[1]), int(parts[2]))


def _money(value: Any, currency: str) -> int:
    """Minor units; 0 is an amount too."""
    if (isinstance(value, int | Decimal) and value == 0 and not isinstance(value, bool)) or (
        isinstance(value, str) and _ZERO.fullmatch(value)
    ):
        return 0
    try:
        return to_minor(value, currency, max_integer_digits=_MAX_INTEGER_DIGITS)
    except InvalidAmount as problem:
        raise ValueError(f"is {problem}") from None


def _ppm(value: Any) -> int:
    """Millionths of a percentage of at most 100 with at most four decimals."""
    text = str(value) if isinstance(value, str | int | Decimal) and not isinstance(value, bool) else ""
    if not _PERCENT.fullmatch(text) or Decimal(text) > 100:
        raise ValueError("must be a percentage from 0 to 100 with at most four decimals")
    return int(Decimal(text).scaleb(_PPM_PLACES))


def percent(ppm: int) -> str:
    """Millionths as a percentage: 25000 -> "2.5"."""
    return f"{Decimal(ppm).scaleb(-_PPM_PLACES).normalize():f}"
