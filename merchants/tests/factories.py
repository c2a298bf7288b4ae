"""Merchants and people for tests."""

import itertools
from typing import Any

from ledger.services.top_up import top_up
from merchants.models import Merchant
from merchants.services.create_merchant import create_merchant
from merchants.services.issue_key import IssuedKey, issue_key
from merchants.states import Scope
from webhooks.catalogue import EventType
from webhooks.models import Event

_numbers = itertools.count(1)
PASSWORD = "correct horse battery"


def make_merchant(*, rupees: int = 10_000_000, **changes: Any) -> Merchant:
    """An active sandbox merchant with money; `rupees=0` leaves it without a balance."""
    number = next(_numbers)
    details = {"email": f"shop{number}@example.test", "name": f"Shop {number}", "company_name": f"Shop {number} Ltd", **changes}
    merchant = create_merchant(password=PASSWORD, **details)
    if rupees:
        top_up(merchant=merchant, currency="PKR", amount=rupees * 100, description="Opening balance")
    forget_events(merchant)
    return merchant


def make_key(merchant: Merchant, scope: Scope = Scope.PAYOUTS) -> IssuedKey:
    """A key that has been there for long."""
    made = issue_key(merchant=merchant, scope=scope)
    forget_events(merchant, type=EventType.API_KEY_ISSUED, data__contains=f'"{made.row.pk}"')
    return made


def forget_events(merchant: Merchant, **which: Any) -> None:
    """How a test's people came to what they have is no part of it."""
    Event.objects.filter(merchant=merchant, **which).delete()
