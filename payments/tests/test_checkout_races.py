"""A reusable checkout under many at once, and under anything in any order: never more than its amount."""

import contextlib
import itertools
import json
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.models import MerchantBalance
from ledger.services.check import findings
from merchants.models import Merchant
from merchants.tests.factories import make_merchant
from mypay.kit import scheduling
from mypay.kit.errors import ApiError
from mypay.kit.money import to_text
from mypay.settings import environment
from payments.models import Checkout, Payment, Refund
from payments.services.cancel import cancel_payment
from payments.services.complete import complete_payment
from payments.services.confirm import confirm_payment
from payments.services.create import Terms, create_checkout
from payments.tests.acts import CARD, at_once, capture, refund, void
from payments.tests.conftest import checkout_body
from sandbox.services.clock import advance
from sandbox.services.rules import add_rule
from sandbox.states import Flow, Outcome
from webhooks.models import Event

AMOUNT, LEAST = 100_000, 10_000
_references = itertools.count(1)


def _opened(merchant: Merchant, terms: Terms, mode: str = "automatic") -> Checkout:
    body = checkout_body(reference=f"RACE-{next(_references)}", paymentMethod="card", captureMode=mode)
    return create_checkout(merchant=merchant, body=body, lenient=False, terms=terms)


def _pay(checkout: Checkout, amount: int, number: str = "4242424242424242") -> bool:
    body = {**CARD, "cardNumber": number, "amount": to_text(amount, checkout.currency)}
    return complete_payment(checkout_id=str(checkout.pk), body=body).success


def _check(checkout: Checkout) -> None:
    """The checkout's own sum is that of its payments, and never above its amount."""
    checkout.refresh_from_db()
    captured = Payment.objects.filter(checkout=checkout).aggregate(sum=Sum("captured"))["sum"] or 0
    assert checkout.paid == captured <= checkout.amount
    assert (checkout.status == "completed") <= (checkout.paid == AMOUNT)
    assert list(findings()) == []


@pytest.mark.mariadb
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(environment.DATABASE_URL.startswith("sqlite"), reason="threads need MariaDB")
def test_parts_by_20_threads_never_pay_more_than_the_amount() -> None:
    merchant = make_merchant()
    for _ in range(3):
        checkout = _opened(merchant, Terms(is_reusable=True, part_minimum=LEAST))
        at_once(20, lambda number: _pay(checkout, 30_000, "4000000000000002" if number % 4 == 0 else "4242424242424242"))  # noqa: B023
        _check(checkout)
        while checkout.status == "pending":
            _pay(checkout, min(30_000, checkout.owed))
            _check(checkout)
    assert MerchantBalance.objects.get().pending == 3 * AMOUNT
    told = [json.loads(row.data)["payment"]["captured"] for row in Event.objects.filter(type="payment.completed")]
    assert len(told) == Payment.objects.filter(status="captured").count()


@pytest.mark.mariadb
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(environment.DATABASE_URL.startswith("sqlite"), reason="threads need MariaDB")
def test_late_success_beside_another_attempt_pays_once() -> None:
    merchant = make_merchant()
    for _ in range(5):
        add_rule(merchant=merchant, flow=Flow.PAYMENT, outcome=Outcome.FAILED_THEN_SUCCESS, match={}, uses=1, delay_ms=0)
        merchant.refresh_from_db()
        checkout = _opened(merchant, Terms(is_reusable=True))
        assert _pay(checkout, AMOUNT) is False
        at_once(8, lambda number: scheduling.sweep() if number % 2 else _pay(checkout, AMOUNT))  # noqa: B023
        while scheduling.sweep():
            pass
        _check(checkout)
        assert (checkout.status, Payment.objects.filter(checkout=checkout, status="captured").count()) == ("completed", 1)


_OUTCOMES = st.sampled_from([
    Outcome.SUCCESS, Outcome.SUCCESS, Outcome.FAILED, Outcome.FAILED_THEN_SUCCESS, Outcome.PENDING_THEN_SUCCESS,
    Outcome.PENDING_THEN_FAILED, Outcome.SUCCESS_THEN_REVERSED,
])  # fmt: skip
_STEP = st.one_of(
    st.tuples(st.just("pay"), st.integers(1, AMOUNT), _OUTCOMES, st.booleans()),
    st.tuples(st.just("pay"), st.integers(LEAST, AMOUNT // 2), _OUTCOMES, st.booleans()),
    st.tuples(st.sampled_from(["approve", "decline", "capture", "void", "refund", "wait", "wait"]), st.integers(1, AMOUNT)),
    st.tuples(st.sampled_from(["cancel"]), st.just(0)),
)


@pytest.mark.django_db
@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(_STEP, min_size=2, max_size=12), parts=st.booleans(), manual=st.booleans())
def test_any_order_of_attempts_keeps_the_checkout_within_its_amount(steps: list[Any], parts: bool, manual: bool) -> None:
    merchant = make_merchant()
    checkout = _opened(merchant, Terms(is_reusable=True, part_minimum=LEAST if parts else None), "manual" if manual else "automatic")
    for what, amount, *more in steps:
        with contextlib.suppress(ApiError):
            _do(merchant, checkout, what, amount, *more)
        _check(checkout)
    advance(merchant=_fresh(merchant), by=timedelta(days=8))
    _check(checkout)
    assert checkout.status != "pending"
    given_back = Refund.objects.filter(merchant=merchant).exclude(status="failed").aggregate(sum=Sum("amount"))["sum"] or 0
    assert given_back <= checkout.paid


def _do(merchant: Merchant, checkout: Checkout, what: str, amount: int, *more: Any) -> None:
    last = Payment.objects.select_related("merchant", "checkout__merchant").filter(checkout=checkout).order_by("-pk").first()
    if what == "pay":
        outcome, is_asked = more
        challenge = "three_ds" if is_asked else ""
        rule = {"uses": 1, "delay_ms": 1000, "challenge": challenge, "priority": 1}
        add_rule(merchant=merchant, flow=Flow.PAYMENT, outcome=outcome, match={}, **rule)
        _pay(checkout, amount)
    elif what in ("approve", "decline"):
        confirm_payment(checkout_id=str(checkout.pk), answer=what)
    elif what == "wait":
        advance(merchant=_fresh(merchant), by=timedelta(seconds=2))
    elif what == "cancel":
        cancel_payment(checkout_id=str(checkout.pk))
    elif last is not None:
        {"capture": capture, "void": void, "refund": refund}[what](last, *([amount] if what != "void" else []))


def _fresh(merchant: Merchant) -> Merchant:
    return Merchant.objects.get(pk=merchant.pk)
