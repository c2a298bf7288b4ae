"""Merchants and people for tests."""

import itertools
from typing import Any

from ledger.services.top_up import top_up
from merchants.models import Merchant
from merchants.services.create_merchant import create_merchant

_numbers = itertools.count(1)
PASSWORD = "correct horse battery"


def make_merchant(*, rupees: int = 10_000_000, **changes: Any) -> Merchant:
    """An active sandbox merchant with money; `rupees=0` leaves it without a balance."""
    number = next(_numbers)
    details = {"email": f"shop{number}@example.test", "name": f"Shop {number}", "company_name": f"Shop {number} Ltd", **changes}
    merchant = create_merchant(password=PASSWORD, **details)
    if rupees:
        top_up(merchant=merchant, currency="PKR", amount=rupees * 100, description="Opening balance")
    return merchant
