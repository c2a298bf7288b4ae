"""Issue, reveal and revoke keys; `manage.py issue_key`."""

import json
import re
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from audit.models import AuditEntry
from merchants.authentication import find_merchant
from merchants.models import ApiKey, Merchant
from merchants.selectors import api_keys
from merchants.services.issue_key import issue_key, reveal_key, revoke_key
from merchants.states import Scope
from mypay.kit.crypto import sha256_hex


def _audited(action: str, row: ApiKey) -> AuditEntry:
    return AuditEntry.objects.get(action=action, resource_id=str(row.pk))


def test_issue_key_is_kept_hashed_and_encrypted_never_in_clear(merchant: Merchant) -> None:
    issued = issue_key(merchant=merchant, scope=Scope.PAYOUTS, label="shop")
    assert re.fullmatch(r"mypay_[0-9a-f]{64}", issued.key)
    row = ApiKey.objects.values().get(pk=issued.row.pk)
    assert row["sha256"] == sha256_hex(issued.key) and row["hint"] == f"{issued.key[:8]}...{issued.key[-4:]}"
    assert all(issued.key not in str(value) and issued.key[6:] not in str(value) for value in row.values())
    assert issued.key not in str(issued.row)
    entry = _audited("api_key.issued", issued.row)
    assert entry.merchant_id == merchant.pk and json.loads(entry.details) == {"scope": "payouts", "hint": issued.row.hint}


def test_reveal_key_round_trip_is_audited_every_time(merchant: Merchant) -> None:
    issued = issue_key(merchant=merchant, scope=Scope.PAYOUTS)
    row = ApiKey.objects.get(pk=issued.row.pk)
    assert reveal_key(row).key == reveal_key(row).key == issued.key
    entries = AuditEntry.objects.filter(action="api_key.revealed", resource_id=str(row.pk), merchant_id=merchant.pk)
    assert entries.count() == 2 and issued.key not in entries[0].details


def test_revoke_key_closes_it_and_is_audited(merchant: Merchant) -> None:
    kept, gone = (issue_key(merchant=merchant, scope=Scope.PAYOUTS) for _ in range(2))
    revoke_key(gone.row)
    assert find_merchant(gone.key, (Scope.PAYOUTS,)) is None
    found = find_merchant(kept.key, (Scope.PAYOUTS,))
    assert found is not None and found.pk == merchant.pk
    assert [row.pk for row in api_keys(merchant)] == [kept.row.pk]
    assert _audited("api_key.revoked", gone.row).merchant_id == merchant.pk


def test_issue_given_key_is_taken_as_it_is_once_in_all(merchant: Merchant, stranger: Merchant) -> None:
    issued = issue_key(merchant=merchant, scope=Scope.PAYMENTS, key="test-api-key-123")
    assert (issued.key, issued.row.hint) == ("test-api-key-123", "...-123")
    with pytest.raises(IntegrityError), transaction.atomic():
        issue_key(merchant=stranger, scope=Scope.PAYMENTS, key="test-api-key-123")


def _command(**options: Any) -> str:
    out = StringIO()
    call_command("issue_key", stdout=out, **options)
    return out.getvalue()


def test_issue_key_command_prints_a_key_that_works(merchant: Merchant) -> None:
    key = _command(merchant=merchant.email.upper(), scope="payouts", label="ci").strip()
    assert find_merchant(key, (Scope.PAYOUTS,)) is not None
    assert ApiKey.objects.get(sha256=sha256_hex(key)).label == "ci"
    told = json.loads(_command(merchant=merchant.email, scope="payments", json=True))
    assert list(told) == ["key", "scope", "merchant"]
    assert (told["scope"], told["merchant"]) == ("payments", f"MERCHANT_{merchant.pk:06d}")
    assert find_merchant(told["key"], (Scope.PAYMENTS,)) is not None and find_merchant(told["key"], (Scope.PAYOUTS,)) is None


def test_issue_key_command_refuses_unknown_merchant_and_scope(merchant: Merchant) -> None:
    with pytest.raises(CommandError, match=r"nobody@example\.test"):
        _command(merchant="nobody@example.test", scope="payouts")
    with pytest.raises(CommandError, match="scope"):
        call_command("issue_key", "--merchant", merchant.email, "--scope", "everything")
    assert ApiKey.objects.count() == 0
