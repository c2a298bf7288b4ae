"""Webhooks as Paystack sends them, heard by a server and checked by an SDK of Paystack's."""

import json
from typing import Any

import pytest
from django.test import Client
from pypaystack2 import PaystackClient

from emulators.paystack.tests.conftest import DECLINED, EMAIL, Shop
from merchants.services.issue_key import issue_key
from merchants.states import Scope
from merchants.tests.factories import make_key
from webhooks.models import Delivery
from webhooks.states import Dialect
from webhooks.tests.factories import make_endpoint
from webhooks.tests.receiver import Call, Receiver


class Ear:
    """What an endpoint of the shop's in Paystack's dialect hears."""

    def __init__(self, shop: Shop, receiver: Receiver) -> None:
        self.shop, self.receiver = shop, receiver
        make_endpoint(shop.merchant, receiver.url, dialect=Dialect.PAYSTACK.value)

    def calls(self) -> list[Call]:
        self.shop.work()
        return self.receiver.received

    def heard(self) -> list[tuple[str, dict[str, Any]]]:
        """Events and their data, in the order they came about."""
        bodies = {call.json["event"]: call.json["data"] for call in self.calls()}
        rows = Delivery.objects.select_related("event").filter(dialect=Dialect.PAYSTACK).order_by("pk")
        return [(name, bodies[name]) for name in (row.name or row.event.type for row in rows)]


@pytest.fixture
def ear(shop: Shop, receiver: Receiver) -> Ear:
    return Ear(shop, receiver)


def test_success_is_told_as_verify_tells_it_and_failure_not_at_all(shop: Shop, ear: Ear) -> None:
    shop.charged(DECLINED)
    paid = shop.charged(metadata={"shop": "Ọjà"})
    assert ear.heard() == [("charge.success", paid)]


def test_webhook_is_signed_by_the_newest_secret_key(shop: Shop, ear: Ear) -> None:
    newest = issue_key(merchant=shop.merchant, scope=Scope.PAYSTACK).key
    shop.charged(metadata={"shop": "Ọjà"})
    [call] = ear.calls()
    signature = call.headers["x-paystack-signature"]
    assert PaystackClient(newest).is_verified_webhook_payload(call.body, signature)
    assert not PaystackClient(shop.key).is_verified_webhook_payload(call.body, signature)
    assert call.body == json.dumps(call.json, ensure_ascii=False, separators=(",", ":")).encode()


def test_debugger_knows_the_key_that_signs(shop: Shop, ear: Ear) -> None:
    shop.charged()
    [call] = ear.calls()
    api = {"X-API-KEY": make_key(shop.merchant, Scope.PAYMENTS).key}

    def examined(body: str, **headers: str) -> tuple[bool, list[str]]:
        sent = {"headers": {"x-paystack-signature": call.headers["x-paystack-signature"], **headers}, "body": body}
        told = Client().post("/api/v1/webhooks/debug", sent, content_type="application/json", headers=api).json()["data"]
        assert told["dialect"] == "paystack" and shop.key not in json.dumps(told)
        return told["matches"], [finding["code"] for finding in told["findings"]]

    body = call.body.decode()
    assert examined(body) == (True, [])
    assert examined(json.dumps(call.json, indent=2)) == (False, ["body_reserialized"])
    assert examined(body, **{"x-paystack-signature": "0" * 64}) == (False, ["bad_signature"])


def test_refund_is_told_on_its_way_flat(shop: Shop, ear: Ear) -> None:
    paid = shop.charged(first_name="Ada", last_name="Obi")
    made = shop.post("/refund", {"transaction": paid["reference"], "amount": 20_000})
    shop.later(hours=1)
    heard = ear.heard()[1:]
    assert [name for name, _ in heard] == ["refund.pending", "refund.processing", "refund.processed"]
    assert heard[0][1] == {
        "status": "pending", "transaction_reference": paid["reference"], "refund_reference": str(made["id"]), "amount": "20000",
        "currency": "NGN", "processor": "instant-transfer", "customer": {"first_name": "Ada", "last_name": "Obi", "email": EMAIL},
        "integration": made["integration"], "domain": "test",
    }  # fmt: skip
    assert heard[2][1] == {**heard[0][1], "status": "processed"}


def test_refund_that_fails_or_needs_attention_is_told(shop: Shop, ear: Ear) -> None:
    for number in ("4084080000671803", "4084080000671902"):
        shop.post("/refund", {"transaction": shop.charged(number)["reference"]})
        shop.later(hours=1)
    heard = [pair for pair in ear.heard() if pair[0] != "charge.success"]
    assert [name for name, _ in heard] == ["refund.pending", "refund.failed", "refund.pending", "refund.needs-attention"]
    assert (heard[1][1]["amount"], heard[3][1]["status"]) == (50_000, "needs-attention")


def test_tries_come_hourly_for_ten_hours(shop: Shop, ear: Ear) -> None:
    ear.receiver.statuses = [500] * 100
    shop.charged()
    shop.work()
    shop.later(hours=24)
    assert len(ear.receiver.received) == 11 and len({call.body for call in ear.receiver.received}) == 1
    assert Delivery.objects.get(dialect=Dialect.PAYSTACK).status == "failed"
