"""How the payment pages look: pictures for people, and what a machine can judge of them."""

import os
from pathlib import Path
from typing import Literal

import pytest

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.driver import Page
from tests.browser.people import Payer, Shop
from tests.processes.conftest import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("has_script", [True])]

SCREENSHOTS = Path(os.environ.get("SCREENSHOTS") or ROOT / "var" / "screenshots")
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
# Texts whose contrast is below WCAG's AA: 4.5, and 3 for large ones. Disabled controls and ornaments are exempt.
FAINT_TEXTS = """() => {
  const channels = (color) => (color.match(/[\\d.]+/g) ?? []).map(Number);
  const light = (color) => channels(color).slice(0, 3).map((value) => value / 255)
    .map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
    .reduce((sum, value, place) => sum + value * [0.2126, 0.7152, 0.0722][place], 0);
  const isClear = (color) => channels(color)[3] === 0;
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement)
      if (!isClear(getComputedStyle(at).backgroundColor)) return getComputedStyle(at).backgroundColor;
    return "rgb(255, 255, 255)";
  };
  const faint = [];
  const judge = (element, style, text) => {
    const [high, low] = [light(style.color), light(ground(element))].sort((one, other) => other - one);
    const ratio = (high + 0.05) / (low + 0.05);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (isLarge ? 3 : 4.5)) faint.push(`${text.trim()}: ${ratio.toFixed(2)}`);
  };
  for (const element of document.querySelectorAll("body *")) {
    if (!element.checkVisibility() || element.closest("[aria-hidden=true], :disabled")) continue;
    const own = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data).join("");
    if (own.trim()) judge(element, getComputedStyle(element), own);
    if (element.placeholder) judge(element, getComputedStyle(element, "::placeholder"), element.placeholder);
  }
  return faint;
}"""
# Controls too small for a finger: below 24 CSS pixels (WCAG 2.2, AA).
SMALL_TARGETS = """() => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), summary")]
  .filter((element) => element.checkVisibility() && !element.matches(".skip") && element.getBoundingClientRect().height < 24)
  .map((element) => element.outerHTML)"""


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
