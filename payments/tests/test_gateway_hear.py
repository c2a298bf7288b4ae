"""What a gateway says, by callback, by the payer's return or when asked: duplicate, reordered, forged, late, wrong, lost."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client

from gateways.models import GatewayUsage, InboundEvent
from gateways.razorpay.tests.accounts import account_at
from ledger.models import MerchantBalance
from merchants.models import Merchant
from mypay.kit import scheduling
from payments.models import Payment, SettlementItem
from payments.services.gateway import inbound, receive
from payments.tests.carried import Carried, carried
from webhooks.models import Event

CAPTURED, FAILED, WAITING = ("completed", "captured"), ("failed", "failed"), ("pending", "requires_action")


@pytest.fixture
def world(merchant: Merchant) -> Iterator[Carried]:
    with carried(merchant) as world:
        yield world


def collected() -> int:
    return sum(balance.pending for balance in MerchantBalance.objects.filter(currency="INR"))


def told() -> list[str]:
    return list(Event.objects.order_by("id").values_list("type", flat=True))[1:]  # the first is the checkout's own


def test_callback_captured_collects_once_with_what_the_gateway_knows(world: Carried) -> None:
    checkout_id, order_id = world.begun()
    payment = world.there.pay(order_id)
    assert world.notify("payment.captured", payment=payment).json() == {"status": "ok"}
    assert (world.state(checkout_id), collected(), world.inbound()) == (CAPTURED, 50_000, ["applied"])
    ours, order = world.payment(checkout_id), world.order(checkout_id)
    assert (ours.method, ours.payer, ours.captured) == ("upi", "success@razorpay", 50_000)
    assert (order.status, order.is_paid, order.paid_by, order.fee, order.tax, order.due_at) == (
        "ended", True, payment["id"], 1000, 166, None,
    )  # fmt: skip
    usage = GatewayUsage.objects.get()
    assert (usage.reserved, usage.paid) == (0, 50_000)
    assert world.happenings(checkout_id) == ["chosen", "noticed"]
    assert told() == ["payment.pending", "payment.completed"]


def test_callback_twice_and_told_by_two_events_collects_once(world: Carried) -> None:
    checkout_id, order_id = world.begun()
    payment = world.there.pay(order_id)
    assert [world.notify("payment.captured", key="evt_1", payment=payment).status_code for _ in range(3)] == [200] * 3
    assert world.notify("order.paid", payment=payment).status_code == 200
    assert (world.state(checkout_id), collected(), world.inbound()) == (CAPTURED, 50_000, ["applied", "ignored"])
    assert SettlementItem.objects.count() == 1 and told().count("payment.completed") == 1


def test_callback_failed_then_captured_is_a_late_success(world: Carried) -> None:
    checkout_id, order_id = world.begun()
    world.notify("payment.failed", payment=world.there.pay(order_id, "failed", error_reason="insufficient_fund"))
    assert world.state(checkout_id) == FAILED and world.payment(checkout_id).status_code == "INSUFFICIENT_FUNDS"
    assert (GatewayUsage.objects.get().reserved, world.order(checkout_id).is_paid) == (0, False)
    world.notify("payment.captured", payment=world.there.pay(order_id))
    assert (world.state(checkout_id), collected()) == (CAPTURED, 50_000)
    assert (GatewayUsage.objects.get().paid, told()) == (50_000, ["payment.pending", "payment.failed", "payment.completed"])


def test_callback_captured_then_failed_then_authorized_changes_nothing(world: Carried) -> None:
    checkout_id, order_id = world.begun()
    failed, authorized = world.there.pay(order_id, "failed"), world.there.pay(order_id, "authorized")
    world.notify("payment.captured", payment={**authorized, "status": "captured"})
    world.notify("payment.failed", payment=failed)
    world.notify("payment.authorized", payment=authorized)
    assert (world.state(checkout_id), collected(), world.inbound()) == (CAPTURED, 50_000, ["applied", "ignored", "ignored"])


@pytest.mark.parametrize("alter", ["signature", "no signature", "body", "another secret"])
def test_callback_forged_is_401_kept_and_without_effect(world: Carried, alter: str) -> None:
    checkout_id, order_id = world.begun()
    if alter == "another secret":
        world.there.webhook_secret = "a guess"
    headers, body = world.there.event("payment.captured", payment=world.there.pay(order_id))
    if "signature" in alter:
        headers["X-Razorpay-Signature"] = "" if alter == "no signature" else "0" * 64
    response = world.call_back(headers, body.replace(b"50000", b"50001") if alter == "body" else body)
    assert (response.status_code, world.state(checkout_id), collected()) == (401, WAITING, 0)
    kept = InboundEvent.objects.get()
    assert (kept.status, kept.account, kept.merchant, kept.due_at) == ("rejected", None, None, None)


def test_callback_rejected_many_keeps_the_newest(world: Carried, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receive, "MOST_REJECTED", 5)
    for number in range(9):
        world.call_back({}, str(number).encode())
    assert [bytes(event.body) for event in InboundEvent.objects.order_by("id")] == [b"4", b"5", b"6", b"7", b"8"]


def test_callback_of_an_account_without_secret_is_401(merchant: Merchant) -> None:
    with carried(merchant) as world:
        type(world.accounts[0]).objects.update(webhook_secret_encrypted="")
        assert world.notify("payment.captured", payment=world.there.pay(world.begun()[1])).status_code == 401


def test_callback_of_another_amount_or_currency_is_for_staff(world: Carried) -> None:
    checkout_id, order_id = world.begun()
    for changes in ({"amount": 49_999}, {"currency": "USD"}, {"amount": 49_999}):
        assert world.notify("payment.captured", payment=world.there.pay(order_id, **changes)).status_code == 200
    assert (world.state(checkout_id), collected(), world.inbound()) == (WAITING, 0, ["mismatch"] * 3)
    assert world.happenings(checkout_id) == ["chosen", "mismatch", "mismatch"]  # the same is told once


def test_callback_second_payment_of_one_order_is_for_staff(world: Carried) -> None:
    checkout_id, order_id = world.begun()
    for _ in range(2):
        world.notify("payment.captured", payment=world.there.pay(order_id))
    assert (world.state(checkout_id), collected(), world.inbound()) == (CAPTURED, 50_000, ["applied", "mismatch"])


def test_callback_of_another_accounts_order_is_a_mismatch(merchant: Merchant) -> None:
    with carried(merchant, 2) as world:
        checkout_id, order_id = world.begun()
        world.notify("payment.captured", there=world.others[0], payment=world.there.pay(order_id))
        assert (world.state(checkout_id), world.inbound()) == (WAITING, ["mismatch"])


def test_callback_of_two_accounts_with_one_secret_finds_the_orders(merchant: Merchant) -> None:
    with carried(merchant) as world:
        account_at(world.there)
        type(world.accounts[0]).objects.filter(pk=world.accounts[0].pk).update(is_active=False)
        checkout_id = world.opened()
        type(world.accounts[0]).objects.filter(pk=world.accounts[0].pk).update(is_active=True)
        order_id = world.sent(checkout_id).fields["order_id"]
        type(world.accounts[0]).objects.filter(pk=world.accounts[0].pk).update(is_active=False)
        world.notify("payment.captured", payment=world.there.pay(order_id))
        assert (world.state(checkout_id), world.inbound()) == (CAPTURED, ["applied"])


@pytest.mark.parametrize("path", ["/api/v1/callback/razorpay", "/webhook/{token}", "/webhooks/razorpay/{token}"])
def test_callback_at_an_alias_is_the_same(world: Carried, path: str) -> None:
    checkout_id, order_id = world.begun()
    headers, body = world.there.event("payment.captured", payment=world.there.pay(order_id))
    assert world.call_back(headers, body, path.format(token=world.accounts[0].token)).status_code == 200
    assert world.call_back(headers, body).status_code == 200
    assert (world.state(checkout_id), world.inbound()) == (CAPTURED, ["applied"])


def test_callback_at_an_unknown_token_is_401(world: Carried) -> None:
    headers, body = world.there.event("payment.captured", payment=world.there.pay(world.begun()[1]))
    assert world.call_back(headers, body, "/webhook/no-such-token").status_code == 401
    assert Client().get("/webhooks/razorpay").status_code == 405


def test_callback_of_an_unknown_order_is_retried_then_unknown(world: Carried, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbound, "_PAUSES", (timedelta(0),) * 3)
    order = world.there.new_order(amount=1, currency="INR", receipt="not ours", payment={})
    world.notify("payment.captured", payment=world.there.pay(order["id"]))
    assert world.inbound() == ["waiting"]
    for _ in range(3):
        scheduling.run_due("inbound")
    assert world.inbound() == ["unknown"] and InboundEvent.objects.get().due_at is None


def test_callback_before_its_order_is_known_is_applied_later(world: Carried, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbound, "_PAUSES", (timedelta(0),) * 3)
    checkout_id = world.opened()
    world.there.troubles = ["cut"]
    world.page(checkout_id)
    [order_id] = world.there.orders
    world.notify("payment.captured", payment=world.there.pay(order_id))
    assert world.inbound() == ["waiting"]
    world.passes(minutes=1)
    scheduling.run_due("inbound")
    assert (world.state(checkout_id), world.inbound(), collected()) == (CAPTURED, ["applied"], 50_000)


def test_callback_signed_but_unreadable_or_of_no_interest_is_kept_only(world: Carried) -> None:
    from gateways.razorpay import wire

    for body in (b"[1]", b'{"event":"payout.processed","payload":{}}'):
        headers = {wire.SIGNATURE_HEADER: wire.webhook_signature(body, world.there.webhook_secret)}
        assert world.call_back(headers, body).status_code == 200
    assert world.inbound() == ["ignored", "ignored"]


def test_return_signed_asks_the_gateway_and_goes_to_the_shop(world: Carried) -> None:
    checkout_id = world.opened()
    page = world.sent(checkout_id)
    brought = world.there.signed_return(world.there.pay(page.fields["order_id"]))
    response = world.comes_back(page, brought)
    assert response.status_code == 303
    assert response["Location"] == f"https://shop.example/thanks?status=completed&checkoutId={checkout_id}"
    assert (world.state(checkout_id), collected()) == (CAPTURED, 50_000)
    assert world.comes_back(page, brought)["Location"] == response["Location"]
    assert world.happenings(checkout_id) == ["chosen", "returned", "looked"]


def test_return_signed_but_the_gateway_knows_nothing_yet_waits(world: Carried) -> None:
    checkout_id = world.opened()
    page = world.sent(checkout_id)
    payment = world.there.pay(page.fields["order_id"])
    del world.there.payments[payment["id"]]
    response = world.comes_back(page, world.there.signed_return(payment))
    assert response["Location"].endswith(f"/payment/{checkout_id}/confirm") and world.state(checkout_id) == WAITING
    world.there.payments[payment["id"]] = payment
    world.passes(seconds=5)
    assert world.state(checkout_id) == CAPTURED


def test_return_forged_is_400_and_changes_nothing(world: Carried) -> None:
    checkout_id = world.opened()
    page = world.sent(checkout_id)
    world.there.pay(page.fields["order_id"])
    calls = len(world.there.calls)
    response = world.comes_back(page, {"razorpay_payment_id": "pay_00000000000009", "razorpay_signature": "0" * 64})
    assert (response.status_code, world.state(checkout_id), len(world.there.calls)) == (400, WAITING, calls)


def test_return_with_an_error_or_by_the_cancel_link_tells_what_the_gateway_knows(world: Carried) -> None:
    checkout_id = world.opened()
    page = world.sent(checkout_id)
    left = world.browser.get(page.fields["cancel_url"][page.fields["cancel_url"].index("/payment/") :])
    assert left["Location"].endswith("/confirm") and world.state(checkout_id) == WAITING
    world.there.pay(page.fields["order_id"], "failed")
    response = world.comes_back(page, {"error[code]": "BAD_REQUEST_ERROR", "error[reason]": "payment_failed"})
    assert response["Location"].startswith("https://shop.example/thanks?status=failed") and world.state(checkout_id) == FAILED


def test_return_for_another_checkouts_order_is_404(world: Carried) -> None:
    first, second = world.opened(), world.opened()
    page = world.sent(first)
    world.sent(second)
    assert world.browser.get(f"/payment/{second}/return/{page.fields['callback_url'][-36:]}").status_code == 404
    assert world.browser.get(f"/payment/{second}/return/nothing").status_code == 404


def test_lost_callback_is_found_after_a_minute(world: Carried) -> None:
    checkout_id, order_id = world.begun()
    world.there.pay(order_id)
    world.passes(seconds=59)
    assert world.state(checkout_id) == WAITING
    world.passes(seconds=1)
    assert (world.state(checkout_id), collected(), world.happenings(checkout_id)[-1]) == (CAPTURED, 50_000, "looked")


def test_lost_callback_of_a_late_success_is_found_within_a_day(world: Carried) -> None:
    checkout_id, order_id = world.begun()
    world.notify("payment.failed", payment=world.there.pay(order_id, "failed"))
    world.passes(hours=2)
    world.there.pay(order_id)
    world.passes(hours=4)
    assert (world.state(checkout_id), collected()) == (CAPTURED, 50_000)


def test_look_at_an_abandoned_payment_grows_seldom_and_ends(world: Carried) -> None:
    checkout_id, _ = world.begun()
    before = len(world.there.calls)
    world.passes(minutes=14)
    assert (world.state(checkout_id), len(world.there.calls) - before) == (WAITING, 3)  # after 1, 3, 7 minutes
    world.passes(days=3)
    assert world.state(checkout_id) == FAILED and world.payment(checkout_id).status_code == "EXPIRED"
    assert world.order(checkout_id).due_at is None and len(world.there.calls) - before < 25
    assert GatewayUsage.objects.get().reserved == 0 and told()[-1] == "payment.expired"


def test_expiry_waits_for_a_last_look_that_is_answered(world: Carried) -> None:
    checkout_id, order_id = world.begun()
    world.there.pay(order_id)
    world.there.troubles = ["down"] * 12
    world.passes(hours=6)
    assert world.state(checkout_id) == WAITING
    world.passes(days=2)
    assert world.state(checkout_id) == CAPTURED and SettlementItem.objects.count() == 1


def test_look_at_a_gateway_that_is_gone_for_good_ends_in_time(world: Carried) -> None:
    checkout_id, _ = world.begun()
    world.there.stop()
    world.passes(days=9)
    assert world.state(checkout_id) == FAILED and world.order(checkout_id).due_at is None


def test_authorized_of_a_checkout_captured_at_once_is_captured_by_the_look(world: Carried) -> None:
    checkout_id, order_id = world.begun()
    payment = world.there.pay(order_id, "authorized")
    world.notify("payment.authorized", payment=payment)
    assert world.state(checkout_id) == WAITING
    world.passes(minutes=1)
    assert (world.state(checkout_id), payment["status"], collected()) == (CAPTURED, "captured", 50_000)


def test_cancel_after_paying_at_the_gateway_is_paid(world: Carried) -> None:
    checkout_id, order_id = world.begun()
    world.there.pay(order_id)
    world.browser.post(f"/payment/{checkout_id}/cancel")
    assert (world.state(checkout_id), collected()) == (CAPTURED, 50_000)


def test_cancel_then_paid_all_the_same_is_a_late_success(world: Carried) -> None:
    checkout_id, order_id = world.begun()
    world.browser.post(f"/payment/{checkout_id}/cancel")
    assert world.state(checkout_id) == ("cancelled", "failed")
    world.notify("payment.captured", payment=world.there.pay(order_id))
    assert (world.state(checkout_id), collected(), Payment.objects.count()) == (CAPTURED, 50_000, 1)
