"""A payer goes to pay: routed, sent to a gateway, refused, in doubt, or kept on our own page."""

from collections.abc import Iterator

import pytest
from django.test import Client

from gateways.models import GatewayOrder, GatewayUsage
from gateways.services.assign import assign
from gateways.services.create_account import create_account
from merchants.models import Merchant
from mypay.kit import scheduling
from payments.models import Checkout, Payment
from payments.tests.acts import jump
from payments.tests.carried import Carried, carried
from payments.tests.conftest import Payer, Shop


@pytest.fixture
def world(merchant: Merchant) -> Iterator[Carried]:
    with carried(merchant, 2) as world:
        yield world


def test_open_page_routed_sends_the_payer_by_form_to_the_gateway(world: Carried) -> None:
    checkout_id = world.opened(user={"name": "Asha <b>", "email": "a@b.example"})
    response = world.page(checkout_id)
    page = response.content.decode()
    sent = world.sent(checkout_id)
    assert sent.url == f"{world.there.url}/v1/checkout/embedded"
    assert sent.fields["prefill[name]"] == "Asha <b>" and "Asha <b>" not in page
    assert sent.fields["callback_url"].endswith(f"/payment/{checkout_id}/return/{world.order(checkout_id).pk}")
    assert world.there.orders[sent.fields["order_id"]]["amount"] == 50_000
    assert "http:" in response["Content-Security-Policy"].partition("form-action")[2] and "razorpay" not in page.lower()
    assert world.state(checkout_id) == ("pending", "requires_action")
    assert world.happenings(checkout_id) == ["chosen"]
    order = world.order(checkout_id)
    assert (order.status, order.amount, order.is_paid) == ("open", 50_000, None) and order.latency_ms is not None
    assert GatewayUsage.objects.get().reserved == 50_000


def test_open_page_again_leads_to_the_same_order(world: Carried) -> None:
    checkout_id = world.opened()
    first, again = world.sent(checkout_id), world.sent(checkout_id)
    assert first == again and len(world.there.orders) == 1
    assert "Have you paid?" in world.browser.get(f"/payment/{checkout_id}/confirm").content.decode()


def test_open_page_head_opens_no_order(world: Carried) -> None:
    assert Client().head(f"/payment/{world.opened()}").status_code == 200
    assert not GatewayOrder.objects.exists()


def test_open_page_refused_takes_the_next_gateway_once(world: Carried) -> None:
    checkout_id = world.opened()
    world.there.troubles = ["refuse"]
    sent = world.sent(checkout_id)
    assert sent.url.startswith(world.others[0].url)
    assert world.happenings(checkout_id) == ["chosen", "refused", "passed_over", "chosen"]
    assert Payment.objects.count() == 1
    refused, taken = GatewayOrder.objects.order_by("id")
    assert (refused.status, refused.is_paid, refused.due_at) == ("refused", False, None) and taken.status == "open"
    assert {usage.account_id: usage.reserved for usage in GatewayUsage.objects.all()} == {refused.account_id: 0, taken.account_id: 50_000}


def test_open_page_refused_by_two_is_503_and_stays_open(world: Carried) -> None:
    checkout_id = world.opened()
    world.there.stop()
    world.others[0].troubles = ["busy"]
    response = world.page(checkout_id)
    assert response.status_code == 503 and response["Retry-After"]
    assert "Payments are not possible now" in response.content.decode()
    assert world.state(checkout_id) == ("pending", "")
    assert world.happenings(checkout_id)[-1] == "none_left"
    assert sum(usage.reserved for usage in GatewayUsage.objects.all()) == 0
    assert world.sent(checkout_id).url.startswith(world.others[0].url)


def test_complete_by_api_none_left_is_503(world: Carried) -> None:
    checkout_id = world.opened()
    world.there.stop()
    world.others[0].stop()
    answer = Payer().complete(checkout_id, vpa="a@b")
    assert answer.status_code == 503 and "razorpay" not in answer.content.decode().lower()
    assert world.browser.post(f"/payment/{checkout_id}/pay", {"paymentMethod": "upi", "vpa": ""}).status_code == 503


def test_complete_by_api_routed_to_a_gateway_cannot_bypass_it(world: Carried) -> None:
    checkout_id = world.opened()
    answer = Payer().complete(checkout_id, vpa="success@upi").json()
    assert (answer["success"], answer["message"]) == (False, "Confirm the payment to go on")
    assert answer["returnUrl"].endswith(f"/payment/{checkout_id}")
    assert world.state(checkout_id) == ("pending", "requires_action")
    confirmed = Client().post(f"/api/v1/payment/{checkout_id}/confirm", {"answer": "approve"}, content_type="application/json")
    assert confirmed.json()["success"] is False
    assert world.state(checkout_id) == ("pending", "requires_action")


def test_begin_of_unknown_fate_waits_and_asks_no_other(world: Carried) -> None:
    checkout_id = world.opened()
    world.there.troubles = ["down"]
    response = world.page(checkout_id)
    assert response.status_code == 200 and "takes longer than usual" in response.content.decode()
    world.page(checkout_id)
    assert len(world.there.calls) == 1 and not world.others[0].calls
    assert (world.state(checkout_id), world.happenings(checkout_id)) == (("pending", ""), ["chosen", "unknown"])
    world.passes(minutes=1)  # it did nothing after all: free for another try
    assert (world.order(checkout_id).status, world.happenings(checkout_id)[-1]) == ("refused", "looked")
    assert world.sent(checkout_id).url.startswith(world.others[0].url)
    assert sum(usage.reserved for usage in GatewayUsage.objects.all()) == 50_000


def test_begin_of_unknown_fate_that_was_opened_is_found(world: Carried) -> None:
    checkout_id = world.opened()
    world.there.troubles = ["cut", "down"]
    world.page(checkout_id)
    world.passes(minutes=1)
    assert world.order(checkout_id).status == "unknown"
    world.passes(minutes=2)
    [order_id] = world.there.orders
    assert world.order(checkout_id).order_id == order_id
    assert world.sent(checkout_id).fields["order_id"] == order_id and world.state(checkout_id) == ("pending", "requires_action")


def test_begin_of_unknown_fate_never_learnt_expires_with_its_checkout(world: Carried) -> None:
    checkout_id = world.opened()
    world.there.troubles = ["down"] * 100
    world.page(checkout_id)
    world.passes(days=3)
    assert world.state(checkout_id) == ("failed", "")
    assert world.order(checkout_id).is_paid is False and world.order(checkout_id).due_at is None
    assert GatewayUsage.objects.get().reserved == 0


def test_open_page_simulator_chosen_stays_and_pays_as_ever(merchant: Merchant) -> None:
    simulated = create_account(name="Built-in", gateway="simulator", credentials={})
    assign(merchant=merchant, account=simulated)
    shop = Shop(merchant)
    checkout_id = shop.opened(paymentMethod="card", currency="INR")
    page = Client().get(f"/payment/{checkout_id}")
    assert page.status_code == 200 and 'name="cardNumber"' in page.content.decode()
    assert Payer().card(checkout_id, "4242424242424242").json()["success"] is True
    order = GatewayOrder.objects.get()
    assert (order.status, order.is_paid) == ("open", None)
    jump(merchant, minutes=2)
    scheduling.run_due("gateway_order")
    order.refresh_from_db()
    assert (order.status, order.is_paid, order.payment_id) == ("ended", True, Payment.objects.get().pk)
    assert (GatewayUsage.objects.get().paid, GatewayUsage.objects.get().reserved) == (100_000, 0)


def test_open_page_without_assignments_costs_one_query_more(merchant: Merchant, django_assert_num_queries: object) -> None:
    checkout_id = Shop(merchant).opened(currency="INR", paymentMethod="upi")
    with django_assert_num_queries(2):  # type: ignore[operator]
        assert Client().get(f"/payment/{checkout_id}").status_code == 200
    assert Checkout.objects.get().attempt_id is None and not GatewayOrder.objects.exists()


def test_order_at_an_account_of_a_wrong_currency_is_passed_over(merchant: Merchant) -> None:
    with carried(merchant) as world:
        response = world.page(world.opened(currency="PKR", paymentMethod="jazzcash"))
        assert response.status_code == 503 and not world.there.calls
