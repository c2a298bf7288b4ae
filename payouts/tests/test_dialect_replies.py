"""A payout asked for in a vendor's dialect: its reply, its refusals and its rows."""

import json
from typing import Any

import pytest

from audit.models import AuditEntry
from audit.services.record import entry
from audit.tags import Tag
from conftest import payout_body
from merchants.models import Merchant
from mypay.kit import clock, idempotency, sql
from mypay.kit.api import Reply
from payouts.models import Payout
from payouts.services.create import create_payout

pytestmark = pytest.mark.django_db


def _noted(row: Payout) -> list[sql.Statement]:
    return [entry(tag=Tag.RULE_CREATED, resource_id=row.pk, merchant_id=row.merchant_id, details={}, at=row.created_at)]


def _create(merchant: Merchant, key: str, body: dict[str, Any]) -> Reply:
    claim = idempotency.claim_named(
        owner_id=merchant.pk, name="vendor-payout", key=key, method="POST", path="/", body=body, now=clock.now(merchant),
        refusal=lambda refused: Reply.of(400, {"wrong": refused.code}),
    )  # fmt: skip
    return create_payout(merchant=merchant, body=body, claim=claim, reply=lambda row: Reply.of(200, {"paise": row.amount}), beside=_noted)


def test_create_in_a_dialect_keeps_its_reply_and_writes_its_row(merchant: Merchant) -> None:
    body = payout_body()
    first, again = (_create(merchant, "ref-1", body) for _ in range(2))
    assert (first.status, json.loads(first.body)) == (200, {"paise": 100_000})
    assert (again.body, again.headers) == (first.body, {"X-Idempotent-Replay": "true"})
    assert AuditEntry.objects.get(action=Tag.RULE_CREATED).resource_id == str(Payout.objects.get().pk)


def test_create_in_a_dialect_without_the_money_is_refused_in_its_shape(merchant: Merchant) -> None:
    refused = _create(merchant, "ref-2", payout_body(amount="99999999.00"))
    assert (refused.status, json.loads(refused.body)) == (400, {"wrong": "INSUFFICIENT_BALANCE"})
    assert (Payout.objects.count(), AuditEntry.objects.filter(action=Tag.RULE_CREATED).count()) == (0, 0)
