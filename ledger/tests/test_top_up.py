"""Money comes in: the service and `manage.py top_up`."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from audit.models import AuditEntry
from ledger.models import MerchantBalance, Transfer
from ledger.services.check import findings
from ledger.services.top_up import top_up
from merchants.models import Merchant
from merchants.tests.factories import make_merchant


def _command(**options: Any) -> str:
    out = StringIO()
    call_command("top_up", stdout=out, **options)
    return out.getvalue()


def test_top_up_adds_to_what_is_available(merchant: Merchant) -> None:
    top_up(merchant=merchant, currency="PKR", amount=1, description="A paisa")
    row = MerchantBalance.objects.get(merchant=merchant)
    assert (row.available, row.reserved, row.version) == (1_000_000_001, 0, 2)
    line = Transfer.objects.order_by("-sequence")[0]
    assert (line.source, line.target, line.entry_type, line.amount) == ("external", "available", "CREDIT", 1)
    assert (line.available_after, line.description, line.sequence) == (1_000_000_001, "A paisa", 2)
    assert AuditEntry.objects.filter(action="balance.topped_up", merchant_id=merchant.pk).count() == 2


@pytest.mark.parametrize(("currency", "amount", "minor"), [("PKR", "1000.00", 100_000), ("USDT", "0.000001", 1), ("PKR", "1", 100)])
def test_top_up_command_opens_a_balance_and_adds(db: None, currency: str, amount: str, minor: int) -> None:
    merchant = make_merchant(rupees=0)
    assert _command(merchant=merchant.email.upper(), amount=amount, currency=currency) == f"{currency} {amount} added\n"
    assert MerchantBalance.objects.get(merchant=merchant, currency=currency).available == minor
    assert list(findings()) == []


@pytest.mark.parametrize("amount", ["0", "-1", "1.001", "abc", "NaN", "1e3", "", "99999999999999"])
def test_top_up_command_refuses_a_bad_amount_by_name(merchant: Merchant, amount: str) -> None:
    with pytest.raises(CommandError, match="--amount"):
        _command(merchant=merchant.email, amount=amount)
    assert Transfer.objects.count() == 1


def test_top_up_command_refuses_an_unknown_merchant(merchant: Merchant) -> None:
    with pytest.raises(CommandError, match=r"nobody@example\.test"):
        _command(merchant="nobody@example.test", amount="1")
