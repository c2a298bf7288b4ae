"""A payment that Paystack carries: its page, which nobody else knows; callbacks that are wrong; refunds, which it does not tell apart."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from gateways.models import GatewayAccount, GatewayRefund
from gateways.paystack import wire
from gateways.paystack.tests.standin import Paystack
from gateways.services.assign import assign
from gateways.services.create_account import create_account
from ledger.models import MerchantBalance
from merchants.models import Merchant
from mypay.kit import scheduling
from payments.models import Refund
from payments.tests.carried import Carried
from payments.tests.conftest import Shop

PAID, WAITING = ("completed", "captured"), ("pending", "requires_action")


class Naira(Carried):
    """`there` is the Paystack of the merchant's only account."""

    def __init__(self, merchant: Merchant, there: Paystack) -> None:
        self.merchant, self.paystack = merchant, there
        self.shop, self.browser = Shop(merchant), Client(enforce_csrf_checks=True)
        self.accounts = [account_at(there)]
        assign(merchant=merchant, account=self.accounts[0])

    def opened(self, **changes: Any) -> str:
        return self.shop.opened(
            **{"currency": "NGN", "paymentMethod": "card", "amount": 500, "user": {"email": "ada@shop.example"}, **changes}
        )

    def begun(self, **changes: Any) -> tuple[str, str]:
        checkout_id = self.opened(**changes)
        assert self.page(checkout_id)["Location"].startswith(self.paystack.url)
        return checkout_id, self.order(checkout_id).order_id

    def hears(self, told: tuple[dict[str, str], bytes]) -> int:
        headers, body = told
        status: int = self.call_back(headers, body, "/webhooks/paystack").status_code
        return status

    def paid(self) -> tuple[str, dict[str, Any]]:
        """The ids of a payment, and the transaction that paid it."""
        checkout_id, reference = self.begun()
        transaction = self.paystack.pay(reference)
        assert self.hears(self.paystack.event(wire.CHARGE_SUCCESS, transaction)) == 200
        assert self.state(checkout_id) == PAID
        return str(self.payment(checkout_id).pk), transaction


def account_at(there: Paystack) -> GatewayAccount:
    return create_account(name=f"At {there.url}", gateway="paystack", credentials=there.credentials, base_url=there.url)


def collected() -> int:
    return sum(balance.pending for balance in MerchantBalance.objects.filter(currency="NGN"))


@pytest.fixture
def there() -> Iterator[Paystack]:
    paystack = Paystack()
    yield paystack
    paystack.stop()


@pytest.fixture
def world(merchant: Merchant, there: Paystack) -> Naira:
    return Naira(merchant, there)


def test_page_opened_again_leads_to_the_same_transaction(world: Naira, there: Paystack) -> None:
    checkout_id, reference = world.begun()
    again = world.sent(checkout_id)  # by a page that asks whether he has paid
    assert again.url == world.order(checkout_id).page and again.url.startswith(there.url) and list(there.transactions) == [reference]
    back = world.browser.get(f"/payment/{checkout_id}/return/{reference}")
    assert (back.status_code, world.state(checkout_id)) == (303, WAITING)  # the payer left
    there.pay(reference)
    back = world.browser.get(f"/payment/{checkout_id}/return/{reference}", {"trxref": reference, "reference": reference})
    assert back.status_code == 303 and "status=completed" in back["Location"] and world.state(checkout_id) == PAID
    order = world.order(checkout_id)
    assert (order.paid_by, order.fee, world.payment(checkout_id).payer) == (str(there.transactions[reference]["id"]), 1000, "4081")


def test_begin_of_unknown_fate_is_begun_anew_as_its_page_is_lost(world: Naira, there: Paystack) -> None:
    checkout_id = world.opened()
    there.troubles = ["cut"]
    assert "takes longer than usual" in world.page(checkout_id).content.decode()
    world.passes(minutes=1)
    assert world.happenings(checkout_id) == ["chosen", "unknown", "looked"]
    assert world.page(checkout_id).status_code == 302 and len(there.transactions) == 2
    assert world.state(checkout_id) == WAITING


def test_checkout_to_be_captured_later_is_not_taken_to_paystack(world: Naira, there: Paystack) -> None:
    assert world.page(world.opened(captureMode="manual")).status_code == 503 and there.calls == []


def test_callbacks_forged_unreadable_or_untrue_collect_nothing(world: Naira, there: Paystack) -> None:
    checkout_id, reference = world.begun()
    paid = there.pay(reference)
    headers, body = there.event(wire.CHARGE_SUCCESS, paid)
    assert world.hears((headers, body.replace(b"50000", b"50001"))) == world.hears(({}, body)) == 401
    other = Paystack()
    try:  # signed rightly, by an account that did not open it
        account_at(other)
        told = [other.event(wire.CHARGE_SUCCESS, paid)]
    finally:
        other.stop()
    told += [there.event(wire.CHARGE_SUCCESS, {**paid, **changes}) for changes in ({"amount": 49_999}, {"currency": "USD"}, {"id": "x"})]
    told.append(there.event(wire.CHARGE_SUCCESS, {**paid, "status": "abandoned"}))
    assert [world.hears(each) for each in told] == [200] * 5
    assert world.inbound() == ["rejected"] * 2 + ["mismatch"] * 3 + ["ignored"] * 2
    assert (world.state(checkout_id), collected()) == (WAITING, 0)


def test_callbacks_repeated_and_reordered_collect_once(world: Naira, there: Paystack) -> None:
    checkout_id, reference = world.begun()
    failed = json.loads(json.dumps(there.pay(reference, "failed")))
    world.passes(minutes=1)  # Paystack does not call about a failure
    assert world.state(checkout_id) == ("failed", "failed")
    success = there.event(wire.CHARGE_SUCCESS, there.pay(reference))
    late = there.event(wire.CHARGE_SUCCESS, failed)
    assert [world.hears(each) for each in (success, success, late, success)] == [200] * 4
    assert (world.state(checkout_id), collected(), world.inbound()) == (PAID, 50_000, ["applied", "ignored"])


def test_refund_of_unknown_fate_is_one_and_heard_of_without_its_id(world: Naira, there: Paystack) -> None:
    payment_id, _ = world.paid()
    there.troubles = ["", "cut"]
    assert world.shop.act(f"/payments/{payment_id}/refunds", {"amount": "100.00"}).status_code == 201
    scheduling.run_due("refund")
    world.passes(minutes=1)
    [refund] = there.refunds.values()
    assert (Refund.objects.get().status, GatewayRefund.objects.get().refund_id) == ("pending", str(refund["id"]))
    asked = len(there.calls)
    world.hears(there.refund_event(refund))
    assert scheduling.run_due("refund") == 0 and len(there.calls) == asked  # it is pending, as we know
    refund["status"] = "processed"
    world.hears(there.refund_event(refund))
    assert scheduling.run_due("refund") == 1
    assert (Refund.objects.get().status, collected(), len(there.refunds)) == ("succeeded", 40_000, 1)
    world.hears(there.event("refund.processed", {"status": "processed", "transaction_reference": refund["transaction"]["reference"],
                                                 "amount": 700}))  # fmt: skip
    assert world.inbound() == ["applied", "ignored", "ignored", "mismatch"]
