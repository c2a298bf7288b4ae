"""A dialect over the services: its own replies and refusals are kept under its own keys, its rows come with theirs."""

import json
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from audit.models import AuditEntry
from audit.services.record import entry
from audit.tags import Tag
from merchants.models import Merchant
from mypay.kit import clock, idempotency, sql
from mypay.kit.api import Reply
from mypay.kit.errors import ApiError, DuplicateReference, IdempotencyError
from mypay.kit.models import IdempotencyRecord
from payments.models import Checkout, Payment, Refund
from payments.services.capture import capture_payment, void_payment
from payments.services.create import create_checkout
from payments.services.refund import create_refund
from payments.tests.acts import paid
from payments.tests.conftest import checkout_body

pytestmark = pytest.mark.django_db


def _refusal(refused: ApiError) -> Reply:
    return Reply.of(400, {"wrong": refused.message, "where": refused.field})


def _claim(merchant: Merchant, key: str | None, body: Any = None, name: str = "vendor-refund") -> idempotency.Claim:
    return idempotency.claim_named(
        owner_id=merchant.pk, name=name, key=key, method="POST", path="/", body=body, now=clock.now(merchant), refusal=_refusal
    )


def _noted(row: Any) -> list[sql.Statement]:
    """A row beside the service's: here an audit entry that names it."""
    return [entry(tag=Tag.RULE_CREATED, resource_id=row.pk, merchant_id=row.merchant_id, details={}, at=row.created_at)]


def _noted_ids() -> set[str]:
    return set(AuditEntry.objects.filter(action=Tag.RULE_CREATED).values_list("resource_id", flat=True))


def _refund(payment: Payment, key: str | None, body: dict[str, Any]) -> Reply:
    return create_refund(
        merchant=payment.merchant, payment_id=str(payment.pk), body=body, claim=_claim(payment.merchant, key, body),
        reply=lambda refund: Reply.of(200, {"entity": "refund", "paise": refund.amount}), beside=_noted,
    )  # fmt: skip


def test_refund_in_a_dialect_keeps_its_reply_under_its_key(merchant: Merchant) -> None:
    payment = paid(merchant)
    first = _refund(payment, "any text of a client's", {"amount": "100.00"})
    assert (first.status, json.loads(first.body)) == (200, {"entity": "refund", "paise": 10_000})
    again = _refund(payment, "any text of a client's", {"amount": "100.00"})
    assert (again.status, again.body, again.headers) == (200, first.body, {"X-Idempotent-Replay": "true"})
    assert _noted_ids() == {str(Refund.objects.get().pk)}


def test_refund_in_a_dialect_keeps_its_refusal_in_its_own_shape(merchant: Merchant) -> None:
    payment = paid(merchant)
    refused = [_refund(payment, "too-much-key", {"amount": "9999.00"}) for _ in range(2)]
    assert [json.loads(reply.body)["where"] for reply in refused] == ["amount", "amount"]
    assert refused[1].headers == {"X-Idempotent-Replay": "true"}
    assert (Refund.objects.count(), _noted_ids()) == (0, set())


def test_refund_in_a_dialect_with_the_key_of_another_request_is_refused(merchant: Merchant) -> None:
    payment = paid(merchant)
    _refund(payment, "one-key-two-bodies", {"amount": "1.00"})
    with pytest.raises(IdempotencyError) as refused:
        _refund(payment, "one-key-two-bodies", {"amount": "2.00"})
    assert (refused.value.status, Refund.objects.count()) == (409, 1)


def test_refund_in_a_dialect_without_a_key_is_new_each_time(merchant: Merchant) -> None:
    payment = paid(merchant)
    for _ in range(2):
        assert _refund(payment, None, {"amount": "1.00"}).headers == {}
    assert Refund.objects.count() == 2


def test_claim_named_of_two_calls_with_one_key_are_two(merchant: Merchant, stranger: Merchant) -> None:
    keys = {_claim(merchant, "same", name=name).key for name in ("vendor-refund", "vendor-payout")}
    assert len(keys) == 2 and all(len(key) == 36 for key in keys)
    assert _claim(merchant, "same").key == _claim(stranger, "same").key  # told apart by their owner


def test_capture_and_void_in_a_dialect_answer_in_its_words(merchant: Merchant) -> None:
    for act in (partial(capture_payment, body={}), void_payment):
        payment = paid(merchant, mode="manual")
        claim = _claim(merchant, str(payment.pk))
        answer = act(
            merchant=merchant, payment_id=str(payment.pk), claim=claim, reply=lambda row: Reply.of(200, {"now": row.status}), beside=_noted
        )
        payment.refresh_from_db()
        assert json.loads(answer.body) == {"now": payment.status} and str(payment.pk) in _noted_ids()
        late = replace(claim, key=_claim(merchant, None).key)
        refused = act(merchant=merchant, payment_id=str(payment.pk), claim=late)
        assert (refused.status, json.loads(refused.body)["where"]) == (400, "status")


def test_create_checkout_writes_the_rows_beside_it_or_nothing(merchant: Merchant) -> None:
    checkout = create_checkout(merchant=merchant, body=checkout_body(reference="ONE"), lenient=False, beside=_noted)
    with pytest.raises(DuplicateReference):
        create_checkout(merchant=merchant, body=checkout_body(reference="ONE"), lenient=False, beside=_noted)
    assert (Checkout.objects.count(), _noted_ids()) == (1, {str(checkout.pk)})
    assert IdempotencyRecord.objects.count() == 0
