"""A deadlock's victim is run again, from the state it began with: each act and step ends as it would have."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection

from ledger.models import MerchantBalance
from mypay.kit import clock, scheduling
from payments.models import Dispute, Payment, Refund
from payments.tests.conftest import Payer, Shop
from sandbox.models import Rule
from webhooks.models import Delivery

pytestmark = pytest.mark.django_db(transaction=True)
_WRITES = re.compile(r"(INSERT INTO|UPDATE)\s+.{0,1}(payments_(payment|refund|dispute|checkout|settlementitem)|ledger_)")


class Victim:
    """Lets the `number`-th write of a payment's tables, counted from 0, be the one that the database gives up."""

    def __init__(self, number: int) -> None:
        self.left = number
        self.is_struck = False

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not self.is_struck and _WRITES.search(sql):
            self.left -= 1
            if self.left < 0:
                self.is_struck = True
                raise OperationalError(1213, "Deadlock found when trying to get lock; try restarting transaction")
        return execute(sql, params, many, context)


def _each_write() -> Iterator[Any]:
    """A context for each write there is, in which that one is struck; the last of them strikes nothing."""
    victim = Victim(-1)

    @contextmanager
    def struck(number: int) -> Iterator[None]:
        nonlocal victim
        victim = Victim(number)
        with connection.execute_wrapper(victim):
            yield

    number = 0
    while number == 0 or victim.is_struck:
        yield struck(number)
        number += 1
    assert number > 1, "no write was struck"


def _work(shop: Shop, **units: float) -> None:
    """Do what comes due within that time, each at its own, workers kept off as by a moving clock."""
    until = clock.now(shop.merchant) + timedelta(**units)
    while due := scheduling.next_due(shop.merchant.pk, until):
        at, kind, pk = due
        scheduling.run_one(kind, pk, at)
        Delivery.objects.update(wake_at=None)


def _money() -> tuple[int, int]:
    row = MerchantBalance.objects.get(currency="PKR")
    return row.pending, row.disputed


def test_deadlock_while_a_one_shot_decides_a_payment(shop: Shop, payer: Payer) -> None:
    for strike in _each_write():
        shop.post("/api/v1/sandbox/rules", {"flow": "payment", "outcome": "timeout", "uses": 1})
        checkout_id = shop.opened()
        with strike:
            assert payer.wallet(checkout_id, "03030000000").json()["message"] == "Transaction timed-out"
        assert shop.transaction(checkout_id)["statusCode"] == "TIMEOUT"
        assert not Rule.objects.exclude(uses_left=0).exists()
        assert Payment.objects.filter(checkout=checkout_id).count() == 1


@pytest.mark.parametrize(("action", "status"), [("capture", "captured"), ("void", "voided")])
def test_deadlock_while_an_authorization_ends(shop: Shop, action: str, status: str) -> None:
    for strike in _each_write():
        payment_id, pending = shop.authorized(), _money()[0] if MerchantBalance.objects.exists() else 0
        with strike:
            assert shop.act(f"/payments/{payment_id}/{action}").json()["data"]["status"] == status
        assert _money()[0] - pending == (100_000 if action == "capture" else 0)


def test_deadlock_while_a_refund_is_made_and_fails(shop: Shop) -> None:
    for strike in _each_write():
        payment_id = shop.paid()
        pending = _money()[0]
        with strike:
            response = shop.act(f"/payments/{payment_id}/refunds", {"amount": 10}, **{"X-Mock-Scenario": "failed"})
            assert response.status_code == 201
            _work(shop, seconds=3)
        assert shop.data(f"/payments/{payment_id}/refunds")["refunds"][0]["status"] == "failed"
        assert (_money()[0], shop.data(f"/payments/{payment_id}")["refundedAmount"]) == (pending, "0.00")
    assert set(Refund.objects.values_list("payment__refunded", flat=True)) == {0}


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_deadlock_while_a_dispute_goes_its_way(shop: Shop, outcome: str) -> None:
    for strike in _each_write():
        shop.post("/api/v1/sandbox/rules", {"flow": "dispute", "outcome": outcome, "uses": 1})
        payment_id = shop.paid({"X-Mock-Scenario": "success_then_disputed"})
        with strike:
            _work(shop, seconds=6)
            dispute_id = str(Dispute.objects.get(payment=payment_id).pk)
            response = shop.act(f"/disputes/{dispute_id}/evidence", {"evidence": {"text": "losing_evidence"}})
            assert response.json()["data"]["status"] == "under_review"
            _work(shop, days=3)
        assert shop.data(f"/disputes/{dispute_id}")["status"] == outcome
        assert not Rule.objects.exclude(uses_left=0).exists()
        assert _money()[1] == 0
