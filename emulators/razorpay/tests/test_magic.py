"""Razorpay's published test values decide as its documents say."""

import pytest

from emulators.razorpay import magic
from emulators.razorpay.tests.conftest import CARD, Shop
from payments.services.complete import complete_payment
from payments.services.confirm import confirm_payment


def pay_at_bank(shop: Shop, number: str) -> dict[str, object]:
    """Somebody pays with that card and says yes at the bank."""
    checkout = str(shop.checkout(shop.order()["id"]).pk)
    complete_payment(checkout_id=checkout, body={**CARD, "cardNumber": number})
    assert shop.get("/payments")["items"][0]["status"] == "created"
    confirm_payment(checkout_id=checkout, answer="approve")
    made: dict[str, object] = shop.get("/payments")["items"][0]
    return made


@pytest.mark.parametrize("number", magic.INTERNATIONAL)
def test_international_card_is_authorized_at_once(shop: Shop, number: str) -> None:
    payment = shop.pay(shop.order()["id"], **{**CARD, "cardNumber": number})
    assert (payment["status"], payment["error_reason"]) == ("authorized", None)


@pytest.mark.parametrize("number", magic.CARDS)
def test_good_card_is_authorized_after_the_banks_page(shop: Shop, number: str) -> None:
    payment = pay_at_bank(shop, number)
    assert (payment["status"], payment["error_reason"]) == ("authorized", None)


@pytest.mark.parametrize(("reason", "number"), [(reason, number) for reason, numbers in magic.ERROR_CARDS.items() for number in numbers])
def test_error_card_fails_with_its_reason(shop: Shop, reason: str, number: str) -> None:
    payment = pay_at_bank(shop, number)
    code = "GATEWAY_ERROR" if reason == "gateway_technical_error" else "BAD_REQUEST_ERROR"
    assert (payment["status"], payment["error_reason"], payment["error_code"]) == ("failed", reason, code)


@pytest.mark.parametrize(("vpa", "status"), [(magic.SUCCESS_VPA, "authorized"), (magic.FAILURE_VPA, "failed")])
def test_upi_address_decides_at_once(shop: Shop, vpa: str, status: str) -> None:
    payment = shop.pay(shop.order()["id"], paymentMethod="upi", vpa=vpa)
    assert (payment["status"], payment["vpa"]) == (status, vpa)
