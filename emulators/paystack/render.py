"""Paystack's objects from the engine's rows; pure: no query, no clock.

`extra` is what Paystack keeps beside a row and the engine has no place for (`VendorObject.data`).
"""

from collections.abc import Mapping
from typing import Any

from merchants.models import Merchant
from merchants.states import Environment

_FIRST_INTEGRATION = 100_000


def envelope(message: str, data: Any = None, meta: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What every call that went well answers; `status` is the call's, the business's is in the data."""
    return {"status": True, "message": message, **({} if data is None else {"data": data}), **({"meta": meta} if meta else {})}


def domain(merchant: Merchant) -> str:
    """test or live, as the merchant's keys are."""
    return "live" if merchant.environment == Environment.LIVE else "test"


def integration(merchant: Merchant) -> int:
    """Who the merchant is to Paystack."""
    return _FIRST_INTEGRATION + merchant.pk
