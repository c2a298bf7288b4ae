"""What comes between the form and the outcome, as a payer meets it: codes, 3-D Secure, the simulated phone."""

import re

import pytest

from tests.browser.driver import Page, expect
from tests.browser.people import CARD, Opened, Payer, Shop
from tests.browser.test_appearance import _look

pytestmark = pytest.mark.browser


def _pay(payer: Payer, opened: Opened, **form: str) -> Page:
    """Fill in the form and end on the page that asks for more."""
    payer.open(opened.url)
    payer.fill(**form)
    payer.page.get_by_role("button", name=re.compile("^Pay ")).click()
    payer.page.wait_for_url(f"{opened.url}/confirm")
    return payer.page


def _at_the_phone(payer: Payer, page: Page, button: str, pin: str = "") -> None:
    """The simulated phone, in a window of its own; the shop's page goes on by itself."""
    with payer.context.expect_page() as opening:
        page.get_by_role("link", name=re.compile("^Open the simulated")).click()
    phone = opening.value
    if pin:
        phone.get_by_label("PIN").fill(pin)
    phone.get_by_role("button", name=button).click()
    expect(phone.get_by_text("You can close this page")).to_be_visible()


@pytest.mark.parametrize(("number", "label", "secret"), [("03031000001", "One-time password", "123456"), ("03031000002", "MPIN", "1234")])
def test_confirm_by_code_is_told_when_wrong_and_pays_when_right(shop: Shop, payer: Payer, number: str, label: str, secret: str) -> None:
    opened = shop.opened()
    page = _pay(payer, opened, mobileNumber=number, pin="1234")
    payer.forgive("status of 400")
    page.get_by_label(label).fill("0000")
    page.get_by_role("button", name=re.compile("^Confirm PKR")).click()
    assert payer.problems() == ["That is not right; 2 more tries"]
    assert shop.outcome(opened) == ("pending", None)
    page.get_by_label(label).fill(secret)
    page.get_by_role("button", name=re.compile("^Confirm PKR")).click()
    page.wait_for_url(opened.returned("completed"))
    assert shop.outcome(opened) == ("completed", "SUCCESS")


@pytest.mark.parametrize(
    ("button", "status", "code"), [("Yes, it is me", "completed", "SUCCESS"), ("No, refuse it", "failed", "NOT_APPROVED")]
)
def test_three_ds_asks_the_card_holder(shop: Shop, payer: Payer, button: str, status: str, code: str) -> None:
    opened = shop.opened("card")
    page = _pay(payer, opened, **{**CARD, "cardNumber": "4000 0027 6000 3184"})
    page.get_by_role("button", name=button).click()
    page.wait_for_url(opened.returned(status))
    assert shop.outcome(opened) == (status, code)


@pytest.mark.parametrize(
    ("button", "pin", "status", "code"),
    [("Approve", "1234", "completed", "SUCCESS"), ("Approve", "9999", "failed", "INVALID_MPIN"), ("Decline", "", "failed", "REJECTED")],
)
def test_phone_decides_and_the_shops_page_goes_on(shop: Shop, payer: Payer, button: str, pin: str, status: str, code: str) -> None:
    opened = shop.opened("mpesa", currency="KES")
    page = _pay(payer, opened, mobileNumber="0712345678")
    _at_the_phone(payer, page, button, pin)
    page.wait_for_url(opened.returned(status))
    assert shop.outcome(opened) == (status, code)


def test_phone_that_nobody_answers_ends_by_the_clock(shop: Shop, payer: Payer) -> None:
    opened = shop.opened("mpesa", currency="KES")
    page = _pay(payer, opened, mobileNumber="0712345678")
    shop.pass_time(minutes=2)
    page.wait_for_url(opened.returned("failed"))
    assert shop.outcome(opened) == ("failed", "NO_RESPONSE")


def test_upi_without_an_address_shows_a_code_to_scan(shop: Shop, payer: Payer) -> None:
    opened = shop.opened("upi", currency="INR")
    page = _pay(payer, opened)
    expect(page.locator("svg.qr")).to_be_visible()
    _at_the_phone(payer, page, "Approve", "1234")
    page.wait_for_url(opened.returned("completed"))


@pytest.mark.parametrize(("button", "code"), [(re.compile("^Send exactly"), "SUCCESS"), (re.compile("^Send less"), "UNDERPAID")])
def test_transfer_of_the_right_amount_only_pays(shop: Shop, payer: Payer, button: str, code: str) -> None:
    opened = shop.opened("bank_transfer", currency="NGN")
    page = _pay(payer, opened)
    _at_the_phone(payer, page, button)
    page.wait_for_url(re.compile("status="))
    assert shop.outcome(opened)[1] == code


def test_cancel_while_asked_goes_back_cancelled(shop: Shop, payer: Payer) -> None:
    opened = shop.opened()
    _pay(payer, opened, mobileNumber="03031000001", pin="1234")
    payer.cancel()
    payer.page.wait_for_url(opened.returned("cancelled"))
    assert shop.outcome(opened) == ("cancelled", "CANCELLED")


@pytest.mark.parametrize("has_script", [True])
def test_confirm_pages_look_right(shop: Shop, payer: Payer) -> None:
    _look(_pay(payer, shop.opened(), mobileNumber="03031000001", pin="1234"), "otp")
    _look(_pay(payer, shop.opened("card"), **{**CARD, "cardNumber": "4000 0027 6000 3184"}), "three-ds")
    upi = shop.opened("upi", currency="INR")
    _look(_pay(payer, upi), "upi")
    _look(payer.open(f"{upi.url}/phone"), "phone")
    bank = shop.opened("bank_transfer", currency="NGN")
    _look(_pay(payer, bank), "transfer")
    _look(payer.open(f"{bank.url}/phone"), "banking-app")
