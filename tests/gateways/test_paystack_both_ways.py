"""Paystack both ways: our checkout, our connector, our emulator under another merchant, its callback, both ledgers."""

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from gateways.selectors import connector_of
from gateways.services.assign import assign
from gateways.services.check_account import check_account
from gateways.services.create_account import create_account
from ledger.services.check import findings
from merchants.states import Scope
from merchants.tests.factories import make_key, make_merchant
from mypay.settings import environment
from payments.models import Payment, Refund
from payments.tests.acts import CARD
from tests.gateways.conftest import Both, Gateway, Page
from webhooks.models import Attempt, Endpoint
from webhooks.tests.factories import make_endpoint

PAID, WAITING = ("completed", "captured"), ("pending", "requires_action")
EVENTS = ["charge.success", "refund.pending", "refund.processed", "refund.failed"]


class Naira(Both):
    """The gateway is another merchant's emulated Paystack."""

    currency = "NGN"

    def _gateway(self) -> Gateway:
        merchant = make_merchant(rupees=0)
        key = make_key(merchant, Scope.PAYSTACK).key
        make_endpoint(merchant, f"{self.url}/webhooks/paystack", dialect="paystack", events=EVENTS, ordered=True)
        account = create_account(
            name=f"Emulated {merchant.pk}", gateway="paystack", credentials={"secret_key": key}, base_url=f"{self.url}/paystack"
        )
        assign(merchant=self.merchant, account=account)
        return Gateway(merchant, account)

    def opened(self, **changes: Any) -> str:
        return super().opened(currency="NGN", paymentMethod="card", user={"email": "ada@shop.example"}, **changes)

    def goes_to_pay(self, checkout_id: str) -> Page:
        """Our page, which leads to the gateway's at once."""
        return self.browser.open(f"{self.url}/payment/{checkout_id}")

    def pays_by_card(self, page: Page, number: str) -> Page:
        """The page that says what became of it, and leads back after a success."""
        chosen = self.browser.open(f"{page.response.url}?method=card")
        return self.browser.send(chosen.form(holding="cardNumber"), **{**CARD, "cardNumber": number})


@pytest.fixture
def naira(transactional_db: None, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Naira]:
    monkeypatch.setattr(environment, "CHECKOUT_BASE_URL", f"{live_server.url}/payment")
    monkeypatch.setattr(environment, "VENDORS_BASE_URL", live_server.url)
    naira = Naira(live_server.url, 1)
    yield naira
    naira.browser.session.close()
    assert list(findings()) == []


def test_pay_at_paystack_hear_of_it_and_give_a_part_back_settles_both_ledgers(naira: Naira) -> None:
    there, account = naira.gateways[0].merchant, naira.gateways[0].account
    assert check_account(account=account) == "" and connector_of(account).find("nobody-opened-it") == ""
    checkout_id = naira.opened()
    page = naira.goes_to_pay(checkout_id)
    assert f"{naira.url}/paystack/checkout/" in page.response.url
    assert "Insufficient Funds" in naira.pays_by_card(page, "4084080000670037").response.text
    end = naira.pays_by_card(page, "4084084084084081")
    naira.works()  # the callback is delivered before the browser is back
    assert (naira.state(checkout_id), naira.inbound()) == (PAID, [("charge.success", "applied")])
    back = naira.browser.send(end.form(away=True), follow=False)
    assert back.response.status_code == 303 and f"status=completed&checkoutId={checkout_id}" in back.response.headers["Location"]
    assert naira.pending(naira.merchant) == naira.pending(there) == 50_000
    payment, order = Payment.objects.get(checkout=checkout_id), naira.order(checkout_id)
    assert (payment.method, payment.payer, order.is_paid) == ("card", "4081", True)

    assert naira.shop.act(f"/payments/{payment.pk}/refunds", {"amount": "120.00"}).status_code == 201
    naira.works()
    naira.passes_there(minutes=10)
    naira.works()
    assert naira.inbound()[-1] == ("refund.processed", "ignored")  # which it is was asked
    assert {(refund.amount, refund.status) for refund in Refund.objects.all()} == {(12_000, "succeeded")} and Refund.objects.count() == 2
    assert naira.pending(naira.merchant) == naira.pending(there) == 38_000


def test_lost_callback_of_paystack_is_found_by_asking(naira: Naira) -> None:
    Endpoint.objects.filter(merchant=naira.gateways[0].merchant).update(url=f"{naira.url}/nowhere")
    checkout_id = naira.opened()
    naira.pays_by_card(naira.goes_to_pay(checkout_id), "4084084084084081")
    naira.works()
    assert naira.state(checkout_id) == WAITING and Attempt.objects.exists()
    naira.passes(minutes=1)
    assert (naira.state(checkout_id), naira.pending(naira.merchant)) == (PAID, 50_000)
