"""Webhooks as Razorpay sends them, heard by a server and checked by Razorpay's own SDK."""

from typing import Any

import pytest
import razorpay
from razorpay.errors import SignatureVerificationError

from emulators.razorpay.tests.conftest import CARD, Shop
from mypay.kit import clock
from webhooks.models import Delivery, Event
from webhooks.states import Dialect
from webhooks.tests.factories import make_endpoint
from webhooks.tests.receiver import Call, Receiver


def told() -> list[str]:
    """The names that were told, in the order the events came about."""
    rows = Delivery.objects.select_related("event").filter(dialect=Dialect.RAZORPAY).order_by("pk")
    return [row.name or row.event.type for row in rows]


class Ear:
    """What an endpoint of the shop's in Razorpay's dialect hears."""

    def __init__(self, shop: Shop, receiver: Receiver) -> None:
        self.shop, self.receiver = shop, receiver
        self.secret = make_endpoint(shop.merchant, receiver.url, dialect=Dialect.RAZORPAY.value)[1]

    def calls(self) -> list[Call]:
        self.shop.work()
        return self.receiver.received

    def heard(self) -> dict[str, Any]:
        """Bodies by their events' names, in the order the events came about."""
        bodies = {call.json["event"]: call.json for call in self.calls()}
        return {name: bodies[name] for name in told()}


@pytest.fixture
def ear(shop: Shop, receiver: Receiver) -> Ear:
    return Ear(shop, receiver)


def entity(body: dict[str, Any], name: str) -> dict[str, Any]:
    made: dict[str, Any] = body["payload"][name]["entity"]
    return made


def test_capture_is_told_of_the_payment_and_of_the_order(shop: Shop, ear: Ear) -> None:
    order = shop.order(notes={"cart": "17"}, receipt="r1")
    authorized = shop.pay(order["id"])
    captured = shop.post(f"/payments/{authorized['id']}/capture", {"amount": 50_000})
    paid = shop.get(f"/orders/{order['id']}")
    heard = ear.heard()
    assert list(heard) == ["payment.authorized", "payment.captured", "order.paid"]
    body = heard["payment.authorized"]
    assert body == {
        "entity": "event", "account_id": body["account_id"], "event": "payment.authorized", "contains": ["payment"],
        "payload": {"payment": {"entity": authorized}}, "created_at": body["created_at"],
    }  # fmt: skip
    assert body["account_id"].startswith("acc_") and len(body["account_id"]) == 18
    assert entity(heard["payment.captured"], "payment") == captured
    assert heard["order.paid"]["contains"] == ["payment", "order"]
    assert (entity(heard["order.paid"], "payment"), entity(heard["order.paid"], "order")) == (captured, paid)


def test_automatic_capture_is_told_as_authorized_on_the_way(shop: Shop, ear: Ear) -> None:
    payment = shop.paid()
    heard = ear.heard()
    assert list(heard) == ["payment.authorized", "payment.captured", "order.paid"]
    assert entity(heard["payment.captured"], "payment") == payment
    authorized = {"status": "authorized", "captured": False, "fee": None, "tax": None}
    assert entity(heard["payment.authorized"], "payment") == payment | authorized


def test_webhook_verifies_with_the_sdk_and_has_an_id_of_its_own(shop: Shop, ear: Ear) -> None:
    shop.paid()
    verify = razorpay.Client(auth=(shop.key_id, shop.secret)).utility.verify_webhook_signature
    calls = ear.calls()
    for call in calls:
        assert verify(call.body.decode(), call.headers["x-razorpay-signature"], ear.secret)
        with pytest.raises(SignatureVerificationError):
            verify(call.body.decode() + " ", call.headers["x-razorpay-signature"], ear.secret)
    assert len({call.headers["x-razorpay-event-id"] for call in calls}) == len(calls) == 3


def test_failed_payment_is_told_with_its_reason(shop: Shop, ear: Ear) -> None:
    failed = shop.pay(shop.order()["id"], **{**CARD, "cardNumber": "4000000000000002"})
    heard = ear.heard()
    assert list(heard) == ["payment.failed"]
    assert entity(heard["payment.failed"], "payment") == failed


def test_refund_is_told_with_its_payment_as_it_was_then(shop: Shop, ear: Ear) -> None:
    payment = shop.paid(notes={"a": "b"})
    refund = shop.post(f"/payments/{payment['id']}/refund", {"amount": 20_000, "receipt": "r1", "speed": "optimum"})
    partial = shop.get(f"/payments/{payment['id']}")
    shop.later(hours=1)
    shop.post(f"/payments/{payment['id']}/refund", {}, **{"X-Mock-Scenario": "failed"})
    shop.later(hours=1)
    heard = {call.json["event"]: call.json for call in ear.calls()[3:5]}
    assert list(heard) == ["refund.created", "refund.processed"]
    assert heard["refund.created"]["contains"] == ["refund", "payment"]
    assert (entity(heard["refund.created"], "refund"), entity(heard["refund.created"], "payment")) == (refund, partial)
    assert entity(heard["refund.processed"], "refund") == shop.get(f"/refunds/{refund['id']}")
    names = [call.json["event"] for call in ear.calls()]
    assert names[5:] == ["refund.created", "refund.failed"]


def test_link_paid_in_parts_is_told_part_by_part(shop: Shop, ear: Ear) -> None:
    link = shop.post("/payment_links", {"amount": 100_000, "accept_partial": True, "reference_id": "A"})
    shop.pay(link["order_id"], **CARD, amount="400.00")
    half = shop.get(f"/payment_links/{link['id']}")
    shop.pay(link["order_id"])
    whole = shop.get(f"/payment_links/{link['id']}")
    by_name = {call.json["event"]: call.json for call in ear.calls()}
    assert told() == [
        "payment.authorized", "payment.captured", "payment_link.partially_paid",
        "payment.authorized", "payment.captured", "order.paid", "payment_link.paid",
    ]  # fmt: skip
    assert by_name["payment_link.paid"]["contains"] == ["payment_link", "order", "payment"]
    assert entity(by_name["payment_link.partially_paid"], "payment_link") == half
    assert entity(by_name["payment_link.paid"], "payment_link") == whole


@pytest.mark.parametrize("ends", ["cancelled", "expired"])
def test_link_that_ends_unpaid_is_told_without_a_payment(shop: Shop, ear: Ear, ends: str) -> None:
    link = shop.post("/payment_links", {"amount": 100_000, "expire_by": int(clock.real_now().timestamp()) + 1800})
    if ends == "cancelled":
        shop.post(f"/payment_links/{link['id']}/cancel")
    else:
        shop.later(hours=1)
    heard = ear.heard()
    assert list(heard) == [f"payment_link.{ends}"]
    assert heard[f"payment_link.{ends}"]["contains"] == ["payment_link", "order"]
    assert entity(heard[f"payment_link.{ends}"], "payment_link") == shop.get(f"/payment_links/{link['id']}")


def test_every_try_is_the_same_for_a_day_and_then_no_more(shop: Shop, ear: Ear) -> None:
    ear.receiver.statuses = [500] * 100
    shop.pay(shop.order()["id"])
    shop.work()
    shop.later(hours=25)
    calls = ear.receiver.received
    assert len(calls) == 12 and len({call.headers["x-razorpay-event-id"] for call in calls}) == len({call.body for call in calls}) == 1
    delivery = Delivery.objects.get(dialect=Dialect.RAZORPAY)
    assert (delivery.status, delivery.due_at) == ("failed", None)
    assert Event.objects.filter(type="payment.authorized").count() == 1
