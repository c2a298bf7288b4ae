"""Capture and refund of what a gateway carries: asked there first, once, and settled by whoever knows first."""

from collections.abc import Iterator
from typing import Any

import pytest

from gateways.models import GatewayRefund
from ledger.models import MerchantBalance
from merchants.models import Merchant
from mypay.kit import scheduling
from payments.models import Refund
from payments.tests.carried import Carried, carried
from webhooks.models import Event


@pytest.fixture
def world(merchant: Merchant) -> Iterator[Carried]:
    with carried(merchant) as world:
        yield world


def pending() -> int:
    return sum(balance.pending for balance in MerchantBalance.objects.filter(currency="INR"))


def authorized(world: Carried) -> tuple[str, str, dict[str, Any]]:
    """A payment that waits for its capture: ids of checkout and payment, and the gateway's payment."""
    checkout_id, order_id = world.begun(captureMode="manual")
    payment = world.there.pay(order_id, "authorized")
    world.notify("payment.authorized", payment=payment)
    assert world.state(checkout_id) == ("authorized", "authorized")
    return checkout_id, str(world.payment(checkout_id).pk), payment


def paid(world: Carried) -> tuple[str, dict[str, Any]]:
    checkout_id, order_id = world.begun()
    payment = world.there.pay(order_id)
    world.notify("payment.captured", payment=payment)
    return str(world.payment(checkout_id).pk), payment


def test_capture_asks_the_gateway_first_and_once(world: Carried) -> None:
    checkout_id, payment_id, payment = authorized(world)
    assert world.there.orders[payment["order_id"]]["payment"] == {"capture": "manual"}
    key = "6b8f0f3e-4a07-4f0e-9a53-9f6b6a1f2a11"
    replies = [world.shop.act(f"/payments/{payment_id}/capture", key=key) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [200, 200] and replies[0].json()["data"]["status"] == "captured"
    assert (payment["status"], world.state(checkout_id), pending()) == ("captured", ("completed", "captured"), 50_000)
    assert [path for _, path in world.there.calls].count(f"/payments/{payment['id']}/capture") == 1
    world.notify("payment.captured", payment=payment)
    assert pending() == 50_000


def test_capture_of_a_part_or_refused_leaves_the_payment(world: Carried) -> None:
    checkout_id, payment_id, _ = authorized(world)
    part = world.shop.act(f"/payments/{payment_id}/capture", {"amount": "100.00"})
    assert (part.status_code, part.headers["X-MyPay-Error-Field"]) == (400, "amount")
    world.there.troubles = ["refuse"]
    refused = world.shop.act(f"/payments/{payment_id}/capture")
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "INVALID_STATUS")
    assert world.state(checkout_id) == ("authorized", "authorized") and world.happenings(checkout_id)[-1] == "refused"


def test_capture_of_unknown_fate_is_502_and_the_next_look_settles_it(world: Carried) -> None:
    checkout_id, payment_id, payment = authorized(world)
    world.there.troubles = ["cut"]
    reply = world.shop.act(f"/payments/{payment_id}/capture", key="6b8f0f3e-4a07-4f0e-9a53-9f6b6a1f2a12")
    assert (reply.status_code, reply.json()["error"]["code"], reply.headers["Retry-After"]) == (502, "CAPTURE_UNKNOWN", "60")
    assert world.state(checkout_id) == ("authorized", "authorized") and payment["status"] == "captured"
    world.passes(minutes=1)
    assert (world.state(checkout_id), pending()) == (("completed", "captured"), 50_000)


def test_capture_of_unknown_fate_may_be_tried_again_under_its_key(world: Carried) -> None:
    _, payment_id, payment = authorized(world)
    world.there.troubles = ["down", "", "cut"]
    key = "6b8f0f3e-4a07-4f0e-9a53-9f6b6a1f2a13"
    assert [world.shop.act(f"/payments/{payment_id}/capture", key=key).status_code for _ in range(2)] == [502, 200]
    assert (payment["status"], pending()) == ("captured", 50_000)


def test_void_is_not_supported_and_says_so(world: Carried) -> None:
    checkout_id, payment_id, _ = authorized(world)
    reply = world.shop.act(f"/payments/{payment_id}/void")
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, "VOID_NOT_SUPPORTED")
    assert world.state(checkout_id) == ("authorized", "authorized")


def test_authorization_that_nobody_captures_ends_with_the_gateways(world: Carried) -> None:
    checkout_id, _, payment = authorized(world)
    payment["status"] = "refunded"
    world.passes(hours=5)
    assert world.state(checkout_id) == ("cancelled", "voided") and world.order(checkout_id).is_paid is False


def test_authorization_expired_here_but_captured_there_is_for_staff(world: Carried) -> None:
    checkout_id, _, payment = authorized(world)
    world.passes(days=8)
    assert world.state(checkout_id) == ("cancelled", "voided")
    world.notify("payment.captured", payment={**payment, "status": "captured"})
    assert world.inbound()[-1] == "mismatch" and pending() == 0


def test_refund_in_parts_is_made_at_the_gateway(world: Carried) -> None:
    payment_id, payment = paid(world)
    for amount in ("100.00", "50.00"):
        assert world.shop.act(f"/payments/{payment_id}/refunds", {"amount": amount}).status_code == 201
    assert scheduling.run_due("refund") == 2
    assert [(refund.amount, refund.status) for refund in Refund.objects.order_by("id")] == [(10_000, "succeeded"), (5_000, "succeeded")]
    assert sorted(refund["amount"] for refund in world.there.refunds.values()) == [5_000, 10_000]
    assert pending() == 35_000 and GatewayRefund.objects.count() == 2
    assert world.shop.data(f"/payments/{payment_id}")["refundedAmount"] == "150.00"
    assert payment["status"] == "captured"


def test_refund_scenario_and_sandbox_do_not_decide_what_the_gateway_does(world: Carried) -> None:
    payment_id, _ = paid(world)
    made = world.shop.act(f"/payments/{payment_id}/refunds", {}, **{"X-Mock-Scenario": "failed"})
    assert made.status_code == 201
    scheduling.run_due("refund")
    assert Refund.objects.get().status == "succeeded"


def test_refund_of_unknown_fate_is_asked_again_under_the_same_key(world: Carried) -> None:
    payment_id, _ = paid(world)
    world.there.troubles = ["cut", "down"]
    world.shop.act(f"/payments/{payment_id}/refunds", {"amount": "100.00"})
    scheduling.run_due("refund")
    assert Refund.objects.get().status == "pending"
    world.passes(hours=1)
    assert Refund.objects.get().status == "succeeded" and len(world.there.refunds) == 1 and pending() == 40_000


def test_refund_refused_for_good_brings_the_money_back(world: Carried) -> None:
    payment_id, _ = paid(world)
    world.there.troubles = ["refuse"]
    world.shop.act(f"/payments/{payment_id}/refunds", {})
    scheduling.run_due("refund")
    assert Refund.objects.get().status == "failed" and pending() == 50_000


def test_refund_pending_is_heard_of_or_looked_up(world: Carried) -> None:
    payment_id, payment = paid(world)
    world.there.refund_status = "pending"
    for amount in ("100.00", "50.00"):
        world.shop.act(f"/payments/{payment_id}/refunds", {"amount": amount})
    scheduling.run_due("refund")
    assert {refund.status for refund in Refund.objects.all()} == {"pending"}
    first, second = sorted(world.there.refunds.values(), key=lambda refund: -refund["amount"])
    first["status"] = "processed"
    world.notify("refund.processed", refund=first, payment=payment)
    second["status"] = "failed"
    world.passes(hours=1)
    assert [refund.status for refund in Refund.objects.order_by("id")] == ["succeeded", "failed"]
    world.notify("refund.failed", refund={**first, "status": "failed"}, payment=payment)  # the end is the end
    assert (pending(), world.inbound()[-1]) == (40_000, "ignored")
    assert Event.objects.filter(type="refund.succeeded").count() == 1


def test_refund_that_was_not_asked_for_here_is_for_staff(world: Carried) -> None:
    _, payment = paid(world)
    refund = {"id": "rfnd_00000000000042", "amount": 7, "payment_id": payment["id"], "status": "processed"}
    world.notify("refund.processed", refund=refund, payment=payment)
    world.notify("refund.processed", refund=refund)
    assert world.inbound()[-2:] == ["mismatch", "mismatch"] and pending() == 50_000
