"""Callbacks, looks, returns and windows all at once: one attempt, one collection. Real threads and a database that lets them run."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from gateways.models import GatewayOrder, GatewayUsage, InboundEvent
from ledger.models import MerchantBalance
from ledger.services.check import findings
from merchants.tests.factories import make_merchant
from mypay.kit import clock, scheduling
from payments.models import Payment, Refund, SettlementItem
from payments.tests.acts import at_once
from payments.tests.carried import Carried, carried
from tests.threads import WITH_THREADS
from webhooks.models import Event

pytestmark = WITH_THREADS


@pytest.fixture
def world() -> Iterator[Carried]:
    with carried(make_merchant(rupees=0)) as world:
        yield world
    assert list(findings()) == []


def _look(world: Carried) -> None:
    GatewayOrder.objects.exclude(due_at=None).update(due_at=clock.real_now(), wake_at=clock.real_now())
    scheduling.run_due("gateway_order")


def _faults(answers: list[Any]) -> list[Any]:
    return [answer for answer in answers if isinstance(answer, Exception)]


def test_20_equal_callbacks_with_looks_and_returns_at_once_collect_once(world: Carried) -> None:
    for _ in range(3):
        checkout_id = world.opened()
        page = world.sent(checkout_id)
        payment = world.there.pay(page.fields["order_id"])
        headers, body = world.there.event("payment.captured", payment=payment)
        path = page.fields["callback_url"][page.fields["callback_url"].index("/payment/") :]

        def act(number: int) -> int:
            if number < 20:
                status = Client().post("/webhooks/razorpay", body, content_type="application/json", headers=headers).status_code  # noqa: B023
                scheduling.run_due("inbound")
                return status
            if number < 23:
                _look(world)
                return 200
            return Client().post(path, world.there.signed_return(payment)).status_code  # noqa: B023

        answers = at_once(26, act)
        assert answers[:23] == [200] * 23 and answers[23:] == [303] * 3
        scheduling.run_due("inbound")
        assert world.state(checkout_id) == ("completed", "captured")
        assert SettlementItem.objects.filter(payment__checkout=checkout_id).count() == 1
        assert Event.objects.filter(subject_id=checkout_id, type="payment.completed").count() == 1
        assert InboundEvent.objects.filter(order_id=payment["order_id"]).count() == 1
    assert MerchantBalance.objects.get(currency="INR").pending == 150_000
    usage = GatewayUsage.objects.get()
    assert (usage.reserved, usage.paid) == (0, 150_000)


def test_failed_and_captured_at_once_end_captured(world: Carried) -> None:
    for _ in range(5):
        checkout_id, order_id = world.begun()
        told = [
            world.there.event("payment.failed", payment=world.there.pay(order_id, "failed")),
            world.there.event("payment.captured", payment=world.there.pay(order_id)),
        ]

        def act(number: int) -> int:
            headers, body = told[number % 2]  # noqa: B023
            return int(Client().post("/webhooks/razorpay", body, content_type="application/json", headers=headers).status_code)

        assert at_once(10, act) == [200] * 10
        assert not _faults(at_once(4, lambda _: scheduling.run_due("inbound")))
        scheduling.run_due("inbound")
        assert world.state(checkout_id) == ("completed", "captured")
    usage = GatewayUsage.objects.get()
    assert (usage.reserved, usage.paid) == (0, 250_000)


def test_open_page_in_10_windows_at_once_is_one_attempt(world: Carried) -> None:
    for _ in range(3):
        checkout_id = world.opened()
        answers = at_once(10, lambda _: Client().get(f"/payment/{checkout_id}", follow=True).status_code)  # noqa: B023
        assert set(answers) == {200}
        [payment] = Payment.objects.filter(checkout=checkout_id)
        [order] = GatewayOrder.objects.filter(checkout_id=checkout_id, status="open")
        assert order.payment_id == payment.pk and world.sent(checkout_id).fields["order_id"] == order.order_id
        assert not GatewayOrder.objects.filter(checkout_id=checkout_id, status="beginning").exists()
    assert GatewayUsage.objects.get().reserved == 150_000


def test_capture_by_10_against_callbacks_is_one_collection(world: Carried) -> None:
    checkout_id, order_id = world.begun(captureMode="manual")
    payment = world.there.pay(order_id, "authorized")
    world.notify("payment.authorized", payment=payment)
    payment_id = Payment.objects.get().pk
    headers, body = world.there.event("payment.captured", payment={**payment, "status": "captured"})

    def act(number: int) -> int:
        if number % 2:
            return int(world.shop.act(f"/payments/{payment_id}/capture").status_code)
        status = Client().post("/webhooks/razorpay", body, content_type="application/json", headers=headers).status_code
        scheduling.run_due("inbound")
        return int(status)

    answers = at_once(20, act)
    assert not _faults(answers) and set(answers) <= {200, 400, 409}
    scheduling.run_due("inbound")
    assert world.state(checkout_id) == ("completed", "captured")
    assert MerchantBalance.objects.get(currency="INR").pending == 50_000 and SettlementItem.objects.count() == 1


def test_refund_worked_and_heard_of_by_20_at_once_ends_once(world: Carried) -> None:
    _, order_id = world.begun()
    payment = world.there.pay(order_id)
    world.notify("payment.captured", payment=payment)
    world.there.refund_status = "pending"
    world.shop.act(f"/payments/{Payment.objects.get().pk}/refunds", {"amount": "100.00"})
    scheduling.run_due("refund")
    [refund] = world.there.refunds.values()
    refund["status"] = "failed"
    headers, body = world.there.event("refund.failed", refund=refund, payment=payment)
    Refund.objects.update(wake_at=clock.real_now(), due_at=clock.real_now())

    def act(number: int) -> int:
        if number % 2:
            return scheduling.run_due("refund")
        Client().post("/webhooks/razorpay", body, content_type="application/json", headers=headers)
        return scheduling.run_due("inbound")

    assert not _faults(at_once(20, act))
    assert Refund.objects.get().status == "failed" and MerchantBalance.objects.get(currency="INR").pending == 50_000
    assert Event.objects.filter(type="refund.failed").count() == 1
