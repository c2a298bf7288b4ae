"""How the payment pages look: pictures for people, and what a machine can judge of them."""

import pytest

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.driver import Page
from tests.browser.looks import FAINT_TEXTS, SCHEMES, SCREENSHOTS, SMALL_TARGETS
from tests.browser.people import Payer, Shop

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("has_script", [True])]


def _look(page: Page, name: str) -> None:
    """Take the page at both widths in both schemes; nothing is cut off, faint or too small."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for width in (PHONE, DESKTOP):
        page.set_viewport_size({"width": width, "height": 844})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=SCREENSHOTS / f"checkout-{name}-{width}-{scheme}.png", full_page=True, animations="disabled")
            assert page.evaluate(FAINT_TEXTS) == [], (name, scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
    assert page.evaluate(SMALL_TARGETS) == []


def test_wallet_form_looks_right(shop: Shop, payer: Payer) -> None:
    page = payer.open(shop.opened("easypaisa", description="Two lamps, a carpet").url)
    _look(page, "wallet")
    payer.fill(mobileNumber="0300", pin="12")
    payer.press_pay()
    payer.problems()
    _look(page, "wallet-problems")


def test_card_form_looks_right(shop: Shop, payer: Payer) -> None:
    page = payer.open(shop.opened("card").url)
    _look(page, "card")
    payer.pay_by_card(expiryDate="01/20", cvv="1", cardholderName="")
    payer.problems()
    _look(page, "card-problems")


def test_choice_with_long_texts_looks_right(shop: Shop, payer: Payer) -> None:
    opened = shop.open_choice(amount=99_999_999.99, description="An order of many things, " * 6)
    _look(payer.open(opened.url), "choice")


def test_answers_look_right(shop: Shop, payer: Payer) -> None:
    page = payer.open(shop.opened().url)
    payer.pay_by_wallet("03030000000")
    page.locator(".notice--good").wait_for()
    _look(page, "paid")
    payer.open(shop.opened().url)
    payer.pay_by_wallet("03035555555")
    page.locator(".notice--problem").wait_for()
    _look(page, "failed")


def test_cancel_and_last_minute_look_right(shop: Shop, payer: Payer) -> None:
    page = payer.open(shop.opened().url)
    page.get_by_text("Cancel payment").click()
    payer.wait(14 * 60 * 1000 + 15_000)
    _look(page, "cancel")


@pytest.mark.parametrize("number", ["03030000000", "03037777777"], ids=["paid", "failed"])
def test_result_looks_right(shop: Shop, payer: Payer, number: str) -> None:
    opened = shop.opened()
    payer.open(opened.url)
    payer.pay_by_wallet(number)
    is_paid = number == "03030000000"
    message, status = ("Payment successful", "completed") if is_paid else ("No response from wallet partner", "failed")
    payer.told_then_sent(message, opened.returned(status), good=is_paid)
    _look(payer.open(f"{opened.url}/result"), f"result-{status}")


def test_missing_and_expired_look_right(shop: Shop, payer: Payer) -> None:
    payer.forgive("404 (Not Found)")
    _look(payer.open(f"{shop.api}/payment/nonsense"), "missing")
    opened = shop.opened()
    shop.pass_time(16)
    _look(payer.open(opened.url), "expired")
