"""A day at the portal, as a person would spend it: pay out, let time pass, hear webhooks, script the bank, go back."""

import re

import pytest
from pytest_httpserver import HTTPServer

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.driver import Page, expect
from tests.browser.people import Clerk
from tests.browser.trade import Trader

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("has_script", [True, False], ids=["script", "plain"])]


@pytest.fixture
def page(clerk: Clerk, has_script: bool) -> Page:
    """The clerk's window: of a phone with script, of a desktop without; the bank's clock stands still."""
    clerk.page.set_viewport_size({"width": PHONE if has_script else DESKTOP, "height": 844})
    clerk.open("/portal/clock")
    clerk.press(re.compile("^(Freeze|Release)$"))
    if clerk.page.get_by_text("The clock goes on.").count():
        clerk.press("Freeze")
    return clerk.page


def test_pay_out_and_let_time_pass(clerk: Clerk, page: Page) -> None:
    clerk.open("/portal/payouts")
    clerk.follow("New payout")
    reference = f"STORY-{clerk.has_script}"
    clerk.fill(accountNumber="123456780001", accountTitle="Bilal Traders", amount="1234.50", merchantReference=reference)
    _choose(page, "destination", "HBL")
    clerk.press("Pay out")
    clerk.says("1,234.50")
    clerk.says("Pending")
    where = page.url
    clerk.open("/portal/clock")
    clerk.says("Payout is processed; its outcome is decided")
    page.get_by_role("row").filter(has_text=reference).get_by_role("button").click()
    clerk.says(re.compile("happened; it is"))
    clerk.press("Advance by 1 minute")
    clerk.open(where)
    expect(page.locator(".page__head .badge")).to_have_text("Success")


def test_hear_of_an_event(clerk: Clerk, page: Page, site: HTTPServer) -> None:
    clerk.open("/portal/endpoints")
    clerk.follow("New endpoint")
    hook = site.url_for(f"/hook/{clerk.has_script}")
    clerk.fill(url=hook, description="Story")
    page.get_by_label("All events").check()
    clerk.press("Add endpoint")
    clerk.says(hook)
    clerk.press("Send a test")
    clerk.open("/portal/clock")
    clerk.press("Advance by 1 minute")
    clerk.open("/portal/endpoints")
    clerk.follow(hook)
    page.get_by_role("table").get_by_role("link").first.click()
    clerk.says("Delivered")
    clerk.says("webhook-signature")
    assert f"/hook/{clerk.has_script}" in [request.path for request, _ in site.log]


def test_script_the_bank(clerk: Clerk, page: Page) -> None:
    clerk.open("/portal/scenarios")
    clerk.follow("New rule")
    ending = "4242" if clerk.has_script else "4343"
    clerk.fill(ends_with=ending, reason=f"Strike {clerk.has_script}", priority="1")
    _choose(page, "outcome", "failed")
    clerk.press("Save the rule")
    clerk.says("The rule is added.")
    clerk.says(f"Number ends in {ending}")
    clerk.follow("Try it")
    clerk.fill(account=f"12345678{ending}", amount="99")
    clerk.press("Make it now")
    where = page.url
    clerk.open("/portal/clock")
    clerk.press("Advance by 1 minute")
    clerk.open(where)
    expect(page.locator(".page__head .badge")).to_have_text("Failed")
    clerk.says(f"Strike {clerk.has_script}")


def test_keep_the_state_and_come_back_to_it(clerk: Clerk, page: Page, trader: Trader) -> None:
    name = f"Story {clerk.has_script}"
    clerk.open("/portal/snapshots")
    clerk.fill(name=name)
    clerk.press("Take a snapshot")
    clerk.says("The snapshot is taken.")
    lost = trader.pay_out(f"LOST-{clerk.has_script}", "10", "123456780001")
    assert clerk.page.goto(f"{clerk.url}/portal/payouts/{lost}").status == 200  # type: ignore[union-attr]
    clerk.open("/portal/snapshots")
    clerk.follow(f"Restore {name}")
    clerk.fill(typed="Ayesha’s Lamps")
    clerk.press("Restore it")
    clerk.says(re.compile("All is as it was then"))
    clerk.forgive("404")
    assert clerk.page.goto(f"{clerk.url}/portal/payouts/{lost}").status == 404  # type: ignore[union-attr]


def _choose(page: Page, name: str, value: str) -> None:
    """The option whose value is or ends with it."""
    select = page.locator(f"main select[name={name}]")
    values = select.locator("option").evaluate_all("options => options.map(option => option.value)")
    select.select_option(value=next(each for each in values if each == value or each.endswith(value)))
