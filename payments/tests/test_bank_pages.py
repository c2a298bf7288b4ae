"""Netbanking and wallets by name: a form, the bank's page, yes or no; and vendors' test values."""

from collections.abc import Iterator
from typing import Any

import pytest

from payments.models import Payment
from payments.tests.conftest import Payer, Shop
from sandbox import builtin
from sandbox.builtin import Magic, publish
from sandbox.states import Challenge, Outcome

pytestmark = pytest.mark.django_db
FAILING, PAYING = "4100280000080001", "4100280000001007"


@pytest.fixture
def values(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A vendor's test values, known for one test."""
    monkeypatch.setattr(builtin, "_published", {})
    publish({FAILING: Magic(Outcome.FAILED, "INSUFFICIENT_FUND", Challenge.THREE_DS), PAYING: Magic(Outcome.SUCCESS)})
    yield


@pytest.mark.parametrize(("method", "member", "named", "kept"), [
    ("netbanking", "bank", "HDFC", "HDFC Bank"), ("wallet", "wallet", "mobikwik", "MobiKwik"),
])  # fmt: skip
@pytest.mark.parametrize(("answer", "ended"), [("approve", ("captured", "SUCCESS")), ("decline", ("failed", "NOT_APPROVED"))])
def test_pay_by_form_asks_at_the_banks_page(
    shop: Shop, payer: Payer, method: str, member: str, named: str, kept: str, answer: str, ended: Any
) -> None:
    opened = shop.opened(paymentMethod=method, currency="INR")
    page = payer.client.get(f"/payment/{opened}").content.decode()
    assert f'name="{member}"' in page and f'value="{named}"' in page
    asked = payer.client.post(f"/payment/{opened}/pay", {"paymentMethod": method, member: named})
    assert asked["Location"].endswith(f"/payment/{opened}/confirm")
    assert f"{kept} asks whether it is you" in payer.client.get(f"/payment/{opened}/confirm").content.decode()
    payer.client.post(f"/payment/{opened}/confirm", {"answer": answer})
    made = Payment.objects.get()
    assert ((made.status, made.status_code), made.payer) == (ended, named)


@pytest.mark.parametrize(("method", "field"), [("netbanking", "bank"), ("wallet", "wallet")])
@pytest.mark.parametrize("given", ["", "no such thing!"])
def test_pay_without_a_bank_or_wallet_is_refused(shop: Shop, payer: Payer, method: str, field: str, given: str) -> None:
    response = payer.complete(shop.opened(paymentMethod=method, currency="INR"), **{field: given})
    assert (response.status_code, response["X-MyPay-Error-Field"]) == (400, field)
    assert Payment.objects.count() == 0


def test_create_by_netbanking_in_other_money_is_refused(shop: Shop) -> None:
    response = shop.create(paymentMethod="netbanking")
    assert (response.status_code, response.json()["errors"]) == (400, ['paymentMethod "netbanking" pays in INR only'])


@pytest.mark.usefixtures("values")
@pytest.mark.parametrize("answer", ["approve", "decline"])
def test_vendors_test_value_fails_with_its_own_code(shop: Shop, payer: Payer, answer: str) -> None:
    opened = shop.opened(paymentMethod="card")
    payer.card(opened, FAILING)
    payer.client.post(f"/payment/{opened}/confirm", {"answer": answer})
    made = Payment.objects.select_related("checkout").get()
    assert (made.status, made.status_code, made.checkout.scenario["decided_by"]) == ("failed", "INSUFFICIENT_FUND", "vendor")
    assert "Transaction processing failed" in payer.client.get(f"/payment/{opened}/result").content.decode()


@pytest.mark.usefixtures("values")
def test_vendors_test_value_comes_after_the_merchants_header(shop: Shop, payer: Payer) -> None:
    opened = shop.opened({"X-Mock-Scenario": "timeout"}, paymentMethod="card")
    payer.card(opened, PAYING)
    assert Payment.objects.get().status_code == "TIMEOUT"


@pytest.mark.usefixtures("values")
@pytest.mark.parametrize("number", [FAILING, "4242424242424242"])
def test_publish_of_a_value_that_means_something_else_is_refused(number: str) -> None:
    with pytest.raises(ValueError, match=number):
        publish({number: Magic(Outcome.TIMEOUT)})


def test_decline_of_what_no_vendor_published_is_not_approved(shop: Shop, payer: Payer) -> None:
    opened = shop.opened({"X-Mock-Scenario": "insufficient_funds;challenge=three_ds"}, paymentMethod="card")
    payer.card(opened, "4242424242424242")
    payer.client.post(f"/payment/{opened}/confirm", {"answer": "decline"})
    assert Payment.objects.get().status_code == "NOT_APPROVED"
