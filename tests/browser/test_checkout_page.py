"""The payment page in Chromium, with script and without: contract section 5."""

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pytest_httpserver import HTTPServer

from tests.browser.driver import Error, expect
from tests.browser.people import CARD, Opened, Payer, Shop
from tests.processes.conftest import World

pytestmark = pytest.mark.browser

WALLETS = [
    ("jazzcash", "03030000000", "SUCCESS", "Payment successful"),
    ("jazzcash", "03021111111", "FAILED", "Transaction failed"),
    ("easypaisa", "03032222222", "TIMEOUT", "Transaction timed-out"),
    ("jazzcash", "03033333333", "REJECTED", "Customer rejected transaction"),
    ("easypaisa", "03034444444", "INVALID_OTP", "Customer entered invalid OTP"),
    ("jazzcash", "03035555555", "INSUFFICIENT_FUNDS", "Insufficient credit"),
    ("easypaisa", "03036666666", "ACCOUNT_DEACTIVATED", "Account deactivated"),
    ("jazzcash", "03037777777", "NO_RESPONSE", "No response from wallet partner"),
    ("easypaisa", "03038888888", "INVALID_MPIN", "Customer entered invalid MPIN"),
    ("jazzcash", "03039999999", "NOT_APPROVED", "Customer didn't approve"),
    ("easypaisa", "03001234567", "SUCCESS", "Payment successful"),
]
PAID, DECLINED = ("SUCCESS", "Payment completed successfully"), ("FAILED", "Card payment declined")
CARDS = [
    ("4242 4242 4242 4242", *PAID),
    ("4111111111111111", *PAID),
    ("4000 0000 0000 0002", *DECLINED),
    ("4000 0000 0000 9995", *DECLINED),
    ("4000 0000 0000 0005", *DECLINED),
    ("5555-5555-5555-4444", *PAID),
]


def _status(code: str) -> str:
    return "completed" if code == "SUCCESS" else "failed"


@pytest.mark.parametrize(("method", "number", "code", "message"), WALLETS, ids=[row[1] for row in WALLETS])
def test_pay_by_wallet_ends_as_the_number_says(shop: Shop, payer: Payer, method: str, number: str, code: str, message: str) -> None:
    opened = shop.opened(method)
    payer.open(opened.url)
    payer.pay_by_wallet(number)
    payer.told_then_sent(message, opened.returned(_status(code)), good=code == "SUCCESS")
    assert shop.outcome(opened) == (_status(code), code)
    assert shop.transaction(opened)["paymentMethod"] == method


@pytest.mark.parametrize(("number", "code", "message"), CARDS, ids=[row[0] for row in CARDS])
def test_pay_by_card_ends_as_the_number_says(shop: Shop, payer: Payer, number: str, code: str, message: str) -> None:
    opened = shop.opened("card")
    payer.open(opened.url)
    payer.pay_by_card(cardNumber=number)
    payer.told_then_sent(message, opened.returned(_status(code)), good=code == "SUCCESS")
    assert shop.outcome(opened) == (_status(code), code)


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"cardNumber": "5555 5555 5555 4445"}, "This is not a card number. Check its digits."),
        ({"expiryDate": "01/20"}, "This card has expired."),
        ({"expiryDate": "13/39"}, "Enter month and year, like 09/28."),
        ({"cvv": "1"}, "The CVV has 3 or 4 digits."),
    ],
    ids=["luhn", "expired", "month", "cvv"],
)
def test_pay_by_bad_card_is_told_and_ends_nothing(shop: Shop, payer: Payer, wrong: dict[str, str], problem: str) -> None:
    payer.forgive("400 (Bad Request)")
    opened = shop.opened("card")
    payer.open(opened.url)
    payer.pay_by_card(**wrong)
    assert payer.problems() == [problem]
    assert shop.outcome(opened) == ("pending", None)
    payer.pay_by_card()
    payer.told_then_sent(PAID[1], opened.returned("completed"), good=True)


@pytest.mark.parametrize(
    ("number", "pin", "problem"),
    [("0300", "1234", "Enter a mobile number, like 03001234567."), ("03030000000", "12", "The PIN has 4 to 6 digits.")],
    ids=["number", "pin"],
)
def test_pay_by_bad_wallet_is_told_and_ends_nothing(shop: Shop, payer: Payer, number: str, pin: str, problem: str) -> None:
    payer.forgive("400 (Bad Request)")
    opened = shop.opened()
    payer.open(opened.url)
    payer.fill(mobileNumber=number, pin=pin)
    payer.press_pay()
    assert payer.problems() == [problem]
    assert shop.outcome(opened) == ("pending", None)


def test_pay_with_an_empty_form_ends_nothing(shop: Shop, payer: Payer) -> None:
    opened = shop.opened("card")
    page = payer.open(opened.url)
    payer.press_pay()
    expect(page.locator("[name=cardNumber]")).to_be_focused()
    assert (page.url, shop.outcome(opened)) == (opened.url, ("pending", None))


def test_pay_twice_by_a_double_click_counts_once(shop: Shop, payer: Payer, site: HTTPServer) -> None:
    opened = shop.opened()
    page = payer.open(opened.url)
    payer.fill(mobileNumber="03030000000", pin="1234")
    page.get_by_role("button", name="Pay PKR 1000.00").dblclick(no_wait_after=True)
    if payer.has_script:
        payer.told_then_sent("Payment successful", opened.returned("completed"), good=True)
        assert len(site.log) == 1
    else:  # the second form's answer may be the one that is followed
        page.wait_for_url(f"{opened.return_url}**")
    assert shop.outcome(opened) == ("completed", "SUCCESS")


def test_pay_by_enter_needs_no_mouse(shop: Shop, payer: Payer) -> None:
    opened = shop.opened("easypaisa", back="/thanks?order=7")
    page = payer.open(opened.url)
    page.get_by_label("Mobile number").focus()
    page.keyboard.type("03030000000")
    page.keyboard.press("Tab")
    page.keyboard.type("12345")
    page.keyboard.press("Enter")
    payer.told_then_sent("Payment successful", opened.returned("completed"), good=True)
    assert "?order=7&status=completed" in page.url


def _everything_kept(server: World) -> str:
    """The database as SQL text, and what was logged."""
    var = Path(server.env["MYPAY_VAR"])
    with closing(sqlite3.connect(var / "world.sqlite3")) as connection:
        return "\n".join([*connection.iterdump(), (var / "processes.log").read_text()])


def test_pay_of_a_card_keeps_the_last_four_only(shop: Shop, payer: Payer, server: World) -> None:
    if server.on_mariadb:
        pytest.skip("reads SQLite's file")
    opened = shop.opened("card")
    payer.open(opened.url)
    payer.pay_by_card(cardNumber="6011 0009 9013 9424", expiryDate="11/38", cvv="8642")
    payer.told_then_sent(PAID[1], opened.returned("completed"), good=True)
    kept = _everything_kept(server)
    assert ",'9424'," in kept
    for secret in ("6011000990139424", "6011 0009 9013 9424", "'8642'", '"8642"', "11/38"):
        assert secret not in kept


def test_choose_a_method_then_pay_ends_on_the_result_page(shop: Shop, payer: Payer) -> None:
    opened = shop.open_choice(description="Two lamps")
    page = payer.open(opened.url)
    choices = page.get_by_role("navigation", name="Payment method").get_by_role("link")
    assert choices.all_inner_texts() == ["JazzCash", "Easypaisa", "Card Payment"]
    page.get_by_role("link", name="Card Payment").click()
    expect(page.locator(".methods [aria-current]")).to_have_text("Card Payment")
    payer.pay_by_card()
    payer.told_then_sent(PAID[1], opened.returned("completed"), good=True)
    expect(page.get_by_role("status")).to_have_text(PAID[1])
    expect(page.get_by_text("PKR 1000.00")).to_be_visible()
    assert shop.transaction(opened)["paymentMethod"] == "card"


def test_choose_easypaisa_then_fail_tells_it_on_the_result_page(shop: Shop, payer: Payer) -> None:
    opened = shop.open_choice()
    page = payer.open(opened.url)
    page.get_by_role("link", name="Easypaisa").click()
    payer.pay_by_wallet("03036666666")
    payer.told_then_sent("Account deactivated", opened.returned("failed"), good=False)
    expect(page.get_by_role("status")).to_have_text("Account deactivated")
    expect(page.locator("dd code")).to_have_text("ACCOUNT_DEACTIVATED")
    assert shop.transaction(opened)["paymentMethod"] == "easypaisa"


@pytest.mark.parametrize(("method", "number"), [("jazzcash", "03033333333"), ("card", "4000 0000 0000 9995")])
def test_fill_a_magic_number_takes_one_tap(shop: Shop, payer: Payer, method: str, number: str) -> None:
    opened = shop.opened(method)
    page = payer.open(opened.url)
    page.get_by_role("link", name=number).click()
    expect(page.locator("#pay input:not([type=hidden])").first).to_have_value(number)
    assert all(payer.values().values())
    payer.press_pay()
    message = "Customer rejected transaction" if method == "jazzcash" else DECLINED[1]
    payer.told_then_sent(message, opened.returned("failed"), good=False)


def test_fill_offers_every_magic_wallet_number(shop: Shop, payer: Payer) -> None:
    page = payer.open(shop.opened("easypaisa").url)
    shown = [(row.locator("code").inner_text(), row.locator("span").inner_text()) for row in page.locator(".samples__link").all()]
    assert shown[:10] == [(number, message) for _, number, _, message in WALLETS[:10]]


def test_cancel_asks_first_then_goes_back_cancelled(shop: Shop, payer: Payer) -> None:
    opened = shop.opened()
    page = payer.open(opened.url)
    confirm = page.get_by_role("button", name="Yes, cancel it")
    expect(confirm).to_be_hidden()
    page.get_by_text("Cancel payment").click()
    expect(confirm).to_be_visible()
    assert shop.outcome(opened) == ("pending", None)
    confirm.click()
    payer.told_then_sent("Payment cancelled", opened.returned("cancelled"), good=True)
    assert shop.outcome(opened) == ("cancelled", "CANCELLED")


def test_cancel_without_a_return_url_shows_the_result(shop: Shop, payer: Payer) -> None:
    opened = shop.open_choice()
    page = payer.open(opened.url)
    payer.cancel()
    payer.told_then_sent("Payment cancelled", opened.returned("cancelled"), good=True)
    expect(page.get_by_role("status")).to_have_text("Payment cancelled")


@pytest.mark.parametrize("end", ["pay", "cancel"])
def test_second_tab_of_an_ended_checkout_goes_back_bare(shop: Shop, payer: Payer, end: str) -> None:
    opened = shop.opened()
    first = payer.open(opened.url)
    second = payer.context.new_page()
    second.goto(opened.url)
    payer.pay_by_wallet("03030000000")
    payer.told_then_sent("Payment successful", opened.returned("completed"), good=True)
    payer.page = second
    if end == "pay":
        payer.pay_by_wallet("03021111111")
    else:
        payer.cancel()
    payer.told_then_sent("Payment already processed", opened.return_url, good=False)
    assert shop.outcome(opened) == ("completed", "SUCCESS")
    first.goto(opened.url)
    assert first.url == opened.return_url


def _expired(shop: Shop, payer: Payer) -> Opened:
    payer.forgive("404 (Not Found)")
    opened = shop.opened()
    payer.open(opened.url)
    shop.pass_time(16)
    return opened


def test_expired_checkout_has_a_page_that_leads_back(shop: Shop, payer: Payer) -> None:
    opened = _expired(shop, payer)
    page = payer.open(opened.url)
    expect(page.get_by_role("heading", name="This payment has expired")).to_be_visible()
    page.get_by_role("link", name="Back to the shop").click()
    page.wait_for_url(opened.return_url)
    assert shop.outcome(opened) == ("failed", "EXPIRED")


@pytest.mark.parametrize("act", [lambda payer: payer.pay_by_wallet("03030000000"), Payer.cancel], ids=["pay", "cancel"])
def test_act_on_an_expired_checkout_ends_it_unpaid(shop: Shop, payer: Payer, act: Callable[[Payer], None]) -> None:
    opened = _expired(shop, payer)
    act(payer)
    if payer.has_script:
        payer.told_then_sent("Payment session has expired", opened.return_url, good=False)
    else:
        expect(payer.page.get_by_role("heading", name="This payment has expired")).to_be_visible()
    assert shop.outcome(opened) == ("failed", "EXPIRED")


def test_unknown_checkout_is_told(shop: Shop, payer: Payer) -> None:
    payer.forgive("404 (Not Found)")
    page = payer.open(f"{shop.api}/payment/01936b2e-0000-7000-8000-000000000000")
    expect(page.get_by_role("heading", name="No such payment")).to_be_visible()


def test_page_shows_what_is_paid_and_until_when(shop: Shop, payer: Payer) -> None:
    opened = shop.opened("easypaisa", description="Two lamps")
    page = payer.open(opened.url)
    for text in ("Alice's Shop", "PKR 1000.00", opened.reference, "Two lamps", "Easypaisa", "Sandbox: no real money"):
        expect(page.get_by_text(text, exact=True)).to_be_visible()
    left = "Expires in 15:00" if payer.has_script else "15 minutes left"
    expect(page.locator("#expiry")).to_contain_text(left)


@pytest.mark.parametrize("has_script", [True])
def test_back_button_after_paying_leads_to_the_shop(shop: Shop, payer: Payer) -> None:
    opened = shop.opened()
    page = payer.open(opened.url)
    payer.pay_by_wallet("03030000000")
    payer.told_then_sent("Payment successful", opened.returned("completed"), good=True)
    with suppress(Error):  # the navigation may take the answer with it
        page.evaluate("history.back()")
    page.wait_for_url(opened.return_url)


def test_result_of_a_payment_leads_back_to_the_shop(shop: Shop, payer: Payer) -> None:
    opened = shop.opened()
    payer.open(opened.url)
    payer.pay_by_wallet("03030000000")
    payer.told_then_sent("Payment successful", opened.returned("completed"), good=True)
    page = payer.open(f"{opened.url}/result")
    expect(page.get_by_role("status")).to_have_text("Payment successful")
    page.get_by_role("link", name="Back to Alice's Shop").click()
    page.wait_for_url(opened.return_url)


def test_return_url_that_redirects_elsewhere_is_reached(shop: Shop, payer: Payer, site: HTTPServer) -> None:
    elsewhere = site.url_for("/elsewhere").replace("localhost", "127.0.0.1")
    payer.hosts += (urlsplit(elsewhere).netloc,)
    site.expect_oneshot_request("/moved").respond_with_data("", status=302, headers={"Location": elsewhere})
    opened = shop.opened(back="/moved")
    payer.open(opened.url)
    payer.pay_by_wallet("03030000000")
    payer.told_then_sent("Payment successful", elsewhere, good=True)


@pytest.mark.parametrize("has_script", [True])
def test_countdown_runs_out_and_shows_the_expired_page(shop: Shop, payer: Payer) -> None:
    opened = _expired(shop, payer)
    page = payer.page
    expiry = page.locator("#expiry")
    payer.wait(14 * 60 * 1000 + 1000)
    expect(expiry).to_have_text("Expires in 0:59")
    expect(expiry).to_have_class("checkout__expiry checkout__expiry--soon")
    payer.wait(60_000)
    expect(page.get_by_role("heading", name="This payment has expired")).to_be_visible()
    assert page.url == opened.url


@pytest.mark.parametrize("has_script", [True])
def test_countdown_of_a_frozen_clock_stands_still(shop: Shop, payer: Payer) -> None:
    shop.post("/api/v1/sandbox/clock/freeze", {})
    page = payer.open(shop.opened().url)
    payer.wait(5000)
    shop.post("/api/v1/sandbox/clock/unfreeze", {})
    expect(page.locator("#expiry")).to_contain_text("15 minutes left")


@pytest.mark.parametrize("has_script", [True])
def test_pay_without_connection_can_be_tried_again(shop: Shop, payer: Payer) -> None:
    payer.forgive("net::ERR_FAILED")
    opened = shop.opened("card")
    page = payer.open(opened.url)
    page.route("**/complete", lambda route: route.abort())
    payer.pay_by_card()
    expect(page.locator("#message")).to_have_text("No connection. Please try again.")
    page.unroute("**/complete")
    assert payer.values() == CARD
    payer.press_pay()
    payer.told_then_sent(PAID[1], opened.returned("completed"), good=True)


@pytest.mark.parametrize("has_script", [True])
def test_pay_refused_by_the_server_says_why_and_can_be_tried_again(shop: Shop, payer: Payer) -> None:
    payer.forgive("500 (Internal Server Error)")
    opened = shop.opened()
    page = payer.open(opened.url)
    page.route("**/complete", lambda route: route.fulfill(status=500, json={"success": False, "error": "Maintenance"}))
    payer.pay_by_wallet("03030000000")
    expect(page.locator("#message")).to_have_text("Something went wrong. Please try again.")
    expect(page.get_by_role("button", name="Pay PKR 1000.00")).to_be_enabled()
