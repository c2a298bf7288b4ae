"""Whatever order a gateway's words arrive in, twice, forged, wrong, late or never: the payment ends as the gateway has it."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateways.models import GatewayUsage
from gateways.razorpay import wire
from ledger.services.check import findings
from merchants.tests.factories import make_merchant
from payments.models import Checkout, SettlementItem
from payments.tests.carried import Carried, carried
from webhooks.models import Event

# What becomes of an order at the gateway: tries that fail, then perhaps one that does not.
_ENDS = ("nothing", "failed", "captured", "failed, then captured", "authorized, then captured")
_STEPS = ("callback", "again", "forged", "wrong", "look", "return", "bad return", "wait")


def _truth(world: Carried, order_id: str, end: str) -> list[tuple[str, dict[str, Any]]]:
    """Let it come true there; the events that the gateway has to tell of it, in order."""
    events: list[tuple[str, dict[str, Any]]] = []
    if end.startswith("failed"):
        events.append(("payment.failed", world.there.pay(order_id, "failed")))
    if end.endswith("captured"):
        payment = world.there.pay(order_id)
        if end.startswith("authorized"):
            events.append(("payment.authorized", {**payment, "status": "authorized", "fee": None, "tax": None}))
        events += [("payment.captured", payment), ("order.paid", payment)]
    return events


class _Course:
    """One checkout's course: each step is something that the gateway, the payer, an attacker or the clock does."""

    def __init__(self, world: Carried, end: str) -> None:
        self.world = world
        self.checkout_id = world.opened()
        self.page = world.sent(self.checkout_id)
        self.order_id = self.page.fields["order_id"]
        self.left = _truth(world, self.order_id, end)
        self.sent: list[tuple[dict[str, str], bytes]] = []
        self.payments = [payment for kind, payment in self.left if kind == "payment.captured"]

    def take(self, step: str, choice: int) -> None:
        steps: dict[str, Callable[[int], object]] = {
            "callback": self._callback, "again": self._again, "forged": self._forged, "wrong": self._wrong, "look": self._look,
            "return": self._return, "bad return": self._bad_return, "wait": self._wait,
        }  # fmt: skip
        steps[step](choice)

    def _callback(self, choice: int) -> None:
        if self.left:
            kind, payment = self.left.pop(choice % len(self.left))
            self.sent.append(self.world.there.event(kind, payment=payment))
            assert self.world.call_back(*self.sent[-1]).status_code == 200

    def _again(self, choice: int) -> None:
        if self.sent:
            assert self.world.call_back(*self.sent[choice % len(self.sent)]).status_code == 200

    def _forged(self, choice: int) -> None:
        payment = {**self.world.there.pay(self.order_id, "failed"), "status": "captured"}
        headers, body = self.world.there.event("payment.captured", payment=payment)
        assert self.world.call_back({**headers, wire.SIGNATURE_HEADER: "0" * 64}, body).status_code == 401

    def _wrong(self, choice: int) -> None:
        payment = {**self.world.there.pay(self.order_id, "failed"), "status": "captured", "amount": 1 + choice}
        assert self.world.notify("payment.captured", payment=payment).status_code == 200

    def _look(self, choice: int) -> None:
        self.world.passes(minutes=1 + choice)

    def _return(self, choice: int) -> None:
        if self.payments:
            assert self.world.comes_back(self.page, self.world.there.signed_return(self.payments[0])).status_code == 303

    def _bad_return(self, choice: int) -> None:
        self.world.comes_back(self.page, {"razorpay_payment_id": "pay_00000000000001", "razorpay_signature": "f" * 64})

    def _wait(self, choice: int) -> None:
        self.world.passes(seconds=1 + choice)


@pytest.fixture
def world(db: None) -> Any:
    with carried(make_merchant(rupees=0)) as world:
        yield world


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(end=st.sampled_from(_ENDS), steps=st.lists(st.tuples(st.sampled_from(_STEPS), st.integers(0, 5)), max_size=10))
def test_words_of_a_gateway_in_any_order_end_in_the_truth(world: Carried, end: str, steps: list[tuple[str, int]]) -> None:
    course = _Course(world, end)
    for step, choice in steps:
        course.take(step, choice)
    world.passes(days=2)  # whatever was lost is found by asking
    is_paid = end.endswith("captured")
    payment = world.payment(course.checkout_id)
    assert (payment.status, payment.captured) == (("captured", 50_000) if is_paid else ("failed", 0))
    assert SettlementItem.objects.filter(payment=payment, kind="payment").count() == int(is_paid)
    told = list(Event.objects.filter(subject_id=course.checkout_id).values_list("type", flat=True))
    assert told.count("payment.completed") == int(is_paid) and told.count("payment.failed") + told.count("payment.expired") <= 1
    order = world.order(course.checkout_id)
    assert (order.is_paid, order.due_at) == (is_paid, None)
    paid = Checkout.objects.filter(merchant=world.merchant, status="completed").count() * 50_000
    usage = GatewayUsage.objects.filter(merchant=world.merchant)
    assert (sum(row.reserved for row in usage), sum(row.paid for row in usage)) == (0, paid)
    assert list(findings()) == []
