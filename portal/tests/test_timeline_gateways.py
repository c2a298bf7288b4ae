"""A carried payment's timeline: its way through the gateways beside everything else, white-label, at a constant cost."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gateways.models import RoutingNote
from merchants.models import Merchant
from mypay.kit.ids import uuid7
from payments.models import Checkout
from payments.tests.carried import Carried, carried
from portal.timeline import Fact, timeline


@pytest.fixture
def world(merchant: Merchant) -> Iterator[Carried]:
    with carried(merchant, 2) as world:
        yield world


def rail(world: Carried, checkout_id: str) -> list[Fact]:
    moments = timeline(world.merchant, Checkout.objects.get(pk=checkout_id))
    return [fact for moment in moments for fact in moment.facts if fact.source == "Rail"]


def test_timeline_of_a_carried_payment_tells_its_way_in_order(world: Carried) -> None:
    checkout_id = world.opened()
    world.there.troubles = ["refuse"]
    order_id = world.sent(checkout_id).fields["order_id"]
    world.there = world.others[0]
    world.notify("payment.captured", payment=world.there.pay(order_id, amount=1))
    world.notify("payment.failed", payment=world.there.pay(order_id, "failed"))
    world.there.pay(order_id)
    world.passes(minutes=3)
    told = [fact.text for fact in rail(world, checkout_id)]
    expected = [
        "Gateway chosen, Gateway 1",
        "Gateway refused, Gateway 1",
        "Gateway passed over, Gateway 1",
        "Gateway chosen, Gateway 2",
        "Gateway tells of another sum, Gateway 2",
        "Callback arrived, Gateway 2",
        "Gateway asked, Gateway 2",
    ]
    assert [text for text in told if text in expected] == expected
    assert "Callback of Gateway 2: payment.captured" in told and "Order at Gateway 2: decided" in told
    assert next(fact.note for fact in rail(world, checkout_id) if fact.text.startswith("Order at Gateway 2")).endswith("fee INR 10.00")
    assert {fact.text for fact in rail(world, checkout_id) if fact.is_bad} >= {"Gateway refused, Gateway 1"}


def test_timeline_names_no_gateway_and_shows_on_its_page(world: Carried, merchant: Merchant) -> None:
    checkout_id, order_id = world.begun()
    payment = world.there.pay(order_id)
    world.notify("payment.captured", payment=payment)
    client = Client()
    client.force_login(merchant.members.get().user)
    page = client.get(f"/portal/payments/{world.payment(checkout_id).pk}").content.decode()
    assert "Gateway 1" in page
    for secret in ("razorpay", world.accounts[0].name, order_id, payment["id"], world.accounts[0].token):
        assert secret.lower() not in page.lower().replace(payment["vpa"], "")


def test_timeline_of_many_callbacks_and_notes_costs_no_more_reads(world: Carried) -> None:
    checkout_id, order_id = world.begun()
    payment = world.there.pay(order_id)
    world.notify("payment.captured", payment=payment)

    def reads() -> int:
        checkout = Checkout.objects.get(pk=checkout_id)
        with CaptureQueriesContext(connection) as asked:
            timeline(world.merchant, checkout)
        return len(asked)

    before = reads()
    for _ in range(5):
        world.notify("order.paid", payment=payment)
    note = RoutingNote.objects.filter(subject_id=checkout_id).first()
    assert note is not None
    for number in range(5):
        note.pk, note.created_at = uuid7(), note.created_at + timedelta(seconds=number)
        note.save(force_insert=True)
    assert reads() == before


def test_timeline_is_the_merchants_own(world: Carried, stranger: Merchant) -> None:
    checkout_id, _ = world.begun()
    checkout = Checkout.objects.get(pk=checkout_id)
    assert [fact for moment in timeline(stranger, checkout) for fact in moment.facts] == []
