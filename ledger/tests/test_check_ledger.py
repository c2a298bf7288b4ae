"""`manage.py check_ledger` finds what was changed by hand, and names it."""

import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import F

from conftest import Api
from ledger.models import MerchantBalance, Transfer
from ledger.services.check import findings
from merchants.models import Merchant


def _check(**options: Any) -> tuple[int, str]:
    """Exit code and output."""
    out = StringIO()
    try:
        call_command("check_ledger", stdout=out, no_color=True, **options)
    except SystemExit as ended:
        return int(str(ended.code)), out.getvalue()
    return 0, out.getvalue()


@pytest.fixture
def busy(api: Api, stranger: Merchant, settle: Callable[[], None]) -> None:
    """A ledger in which something has happened."""
    for account in ("12345670001", "12345670003", "12345670005"):
        api.payout(account)
    settle()


def test_check_whole_ledger_is_clean(busy: None) -> None:
    assert _check() == (0, "clean: 2 balances\n")
    code, out = _check(json=True)
    assert (code, json.loads(out)) == (0, {"ok": True, "findings": [], "balances": 2})


def test_check_empty_ledger_is_clean(db: None) -> None:
    assert _check() == (0, "clean: 0 balances\n")


@pytest.mark.broken_ledger
@pytest.mark.parametrize("bucket", ["available", "reserved", "pending", "disputed"])
def test_check_balance_changed_by_hand_is_named(busy: None, merchant: Merchant, bucket: str) -> None:
    MerchantBalance.objects.filter(merchant=merchant).update(**{bucket: F(bucket) + 1})
    row = MerchantBalance.objects.get(merchant=merchant)
    code, out = _check()
    stored = getattr(row, bucket)
    assert code == 1 and "differs: 2 balances" in out
    assert f"merchant {merchant.pk} PKR {bucket}: the row says {stored}, its transfers {stored - 1}" in out


@pytest.mark.broken_ledger
def test_check_version_changed_by_hand_is_named(busy: None, merchant: Merchant) -> None:
    count = Transfer.objects.filter(balance__merchant=merchant).count()
    MerchantBalance.objects.filter(merchant=merchant).update(version=F("version") + 1)
    code, out = _check()
    assert code == 1
    assert f"merchant {merchant.pk} PKR: version {count + 1}, but {count} transfers numbered 1 to {count}" in out


@pytest.mark.broken_ledger
@pytest.mark.parametrize("which", ["first", "middle", "last"])
def test_check_deleted_transfer_is_named(busy: None, merchant: Merchant, which: str) -> None:
    rows = list(Transfer.objects.filter(balance__merchant=merchant).order_by("sequence"))
    {"first": rows[0], "middle": rows[2], "last": rows[-1]}[which].delete()
    code, out = _check()
    assert code == 1
    assert f"merchant {merchant.pk} PKR: version {len(rows)}, but {len(rows) - 1} transfers numbered" in out


@pytest.mark.broken_ledger
@pytest.mark.parametrize(
    "edit",
    [
        {"amount": 99_999},
        {"source": "pending"},
        {"target": "disputed"},
        {"target": "external"},
        {"entry_type": "CREDIT"},
        {"sequence": 900},
    ],
)
def test_check_edited_transfer_is_named(busy: None, merchant: Merchant, edit: dict[str, Any]) -> None:
    line = Transfer.objects.filter(balance__merchant=merchant, description__startswith="Payout created").order_by("sequence")[0]
    Transfer.objects.filter(pk=line.pk).update(**edit)
    code, out = _check()
    assert code == 1 and f"merchant {merchant.pk} PKR" in out


@pytest.mark.broken_ledger
def test_check_one_merchant_looks_at_no_other(busy: None, merchant: Merchant, stranger: Merchant) -> None:
    MerchantBalance.objects.filter(merchant=stranger).update(available=1)
    assert _check(merchant=merchant.pk)[0] == 0
    code, out = _check(merchant=stranger.pk, json=True)
    assert code == 1
    told = json.loads(out)
    assert told["ok"] is False and all(f"merchant {stranger.pk} PKR" in finding for finding in told["findings"])


@pytest.mark.broken_ledger
def test_check_available_after_edited_is_found(api: Api) -> None:
    api.payout()
    Transfer.objects.filter(entry_type="DEBIT").update(available_after=5)
    assert any("it says 5 was available after it" in finding for finding in findings())
