"""The admin portal in Chromium, as staff walk it: every room, nothing to complain about, nothing wider than the screen."""

from collections.abc import Iterator

import pytest

from mypay import demo
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.driver import PATIENCE_MS, Browser, Page
from tests.browser.trade import Trader, open_shop
from tests.processes.conftest import World

pytestmark = [pytest.mark.browser, pytest.mark.processes]


@pytest.fixture(scope="module")
def trader(server: World) -> Trader:
    """A merchant with a payout that waits for staff."""
    shop = open_shop(server, "admin-walk@example.test", "Walk & <b>Sons</b>")
    payout = shop.pay_out("WALK-1", "150000.00", "12345670001")
    shop.sell("WALK-2", "10.00", hook="http://127.0.0.1:9/hook", pay={"mobileNumber": "03030000000", "pin": "1234"})
    for _ in range(20):
        server.manage("work", "--once")
        if shop.call("GET", f"/payouts/{payout}")["status"] == "IN_REVIEW":
            return shop
    raise AssertionError("the payout did not get into review")


@pytest.fixture(params=[(PHONE, "light"), (DESKTOP, "light"), (DESKTOP, "dark")], ids=["phone", "desktop", "dark"])
def staff(request: pytest.FixtureRequest, browser: Browser, server: World, trader: Trader) -> Iterator[Page]:
    """The seeded administrator, signed in; in the end the browser must have had nothing to say."""
    width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, base_url=server.url)
    page, said = context.new_page(), list[str]()
    page.set_default_timeout(PATIENCE_MS)
    page.on("console", lambda told: said.append(f"{page.url}: {told.text}") if told.type in ("error", "warning") else None)
    page.on("pageerror", lambda problem: said.append(f"{page.url}: {problem}"))
    page.on("request", lambda asked: None if asked.url.startswith((server.url, "data:")) else said.append(f"asked {asked.url}"))
    page.goto("/admin/login/")
    page.fill("[name=username]", demo.ADMIN_EMAIL)
    page.fill("[name=password]", demo.ADMIN_DEMO_PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url("**/admin/")
    yield page
    context.close()
    assert said == []


def test_every_room_opens_and_fits(staff: Page) -> None:
    links = staff.locator("#nav-sidebar-apps a").evaluate_all("found => found.map(link => link.getAttribute('href'))")
    assert len(links) > 25
    for link in (*links, "/admin/security/", "/admin/merchants/merchant/add/", "/admin/sandbox/rule/add/"):
        answer = staff.goto(link)
        assert answer is not None and answer.status == 200, link
        wider = staff.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0, f"{link} is {wider} pixels too wide"


def test_payout_page_shows_what_happened_and_text_as_text(staff: Page) -> None:
    staff.goto("/admin/payouts/payout/?q=WALK-1")
    staff.get_by_role("link", name="WALK-1").first.click()
    staff.get_by_role("link", name="Put on hold").wait_for()
    assert "Walk & <b>Sons</b>" in staff.locator("#content").inner_text()
    assert staff.get_by_role("heading", name="What happened").is_visible()
    staff.get_by_role("link", name="Approve").click()
    staff.get_by_label("Reason").wait_for()
