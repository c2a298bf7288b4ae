"""Razorpay's checkout in Chromium, as a shop on another origin sends its payers there; the SDK is Razorpay's own, unmodified."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import razorpay
from pytest_httpserver import HTTPServer

from tests.browser import axe
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.driver import Page, expect
from tests.browser.looks import FAINT_TEXTS, SCHEMES, SCREENSHOTS, SMALL_TARGETS, TOO_WIDE, UNNAMED_INPUTS
from tests.browser.razorpay_people import VISA, RazorpayShop, buy, choose, go_back, pay_by_card, pay_by_upi, press_pay, verified
from tests.processes.conftest import World

if TYPE_CHECKING:
    from tests.browser.driver import Browser
    from tests.browser.people import Payer, Visitor

pytestmark = pytest.mark.browser


@pytest.fixture(scope="package")
def pair(server: World) -> dict[str, str]:
    """A merchant's Razorpay key pair."""
    server.manage("create_merchant", "--email", "asha@example.test", "--name", "Asha", "--company", "Asha’s Lamps")
    made: dict[str, str] = json.loads(server.manage("issue_key", "--merchant", "asha@example.test", "--scope", "razorpay", "--json").stdout)
    return made


@pytest.fixture
def seller(server: World, pair: dict[str, str], httpserver: HTTPServer) -> RazorpayShop:
    """Asha's shop."""
    client = razorpay.Client(auth=(pair["keyId"], pair["keySecret"]), base_url=f"{server.url}/razorpay")
    made = RazorpayShop(server.url, pair["keyId"], client, httpserver)
    for path, text in (("/callback", "Thank you"), ("/cancelled", "Your basket waits")):
        made.serve(path, f"<p>{text}")
    return made


@pytest.fixture
def payer(payers: dict[bool, "Payer"], seller: RazorpayShop, has_script: bool, width: int) -> Iterator["Payer"]:
    """Somebody who buys there; the browser must have nothing to complain about in the end."""
    visitor = payers[has_script]
    visitor.arrive(seller, width)  # type: ignore[arg-type]
    yield visitor
    assert visitor.leave() == []


def test_pay_by_magic_upi_comes_back_with_a_signature_that_verifies(seller: RazorpayShop, payer: "Payer") -> None:
    page, order = buy(seller, payer)
    pay_by_upi(page, "success@razorpay")
    go_back(page, payer)
    payment = verified(seller, order)
    assert (payment["status"], payment["method"], payment["vpa"]) == ("captured", "upi", "success@razorpay")
    assert (payment["email"], payment["contact"], payment["notes"]) == ("ravi@example.test", "+919876543210", {"shelf": "7"})
    assert seller.client.order.fetch(order["id"])["status"] == "paid"


def test_pay_by_magic_upi_that_fails_goes_back_with_the_error(seller: RazorpayShop, payer: "Payer") -> None:
    page, order = buy(seller, payer)
    pay_by_upi(page, "failure@razorpay")
    page.get_by_role("button", name="Go back to Asha’s Lamps").click()
    page.wait_for_url("**/callback")
    error = seller.came_back()
    assert set(error) == {f"error[{name}]" for name in ("code", "description", "source", "step", "reason", "metadata")}
    told = json.loads(error["error[metadata]"])
    assert (error["error[code]"], told["order_id"]) == ("BAD_REQUEST_ERROR", order["id"])
    payment = seller.client.payment.fetch(told["payment_id"])
    assert (payment["status"], payment["error_reason"]) == ("failed", error["error[reason]"])
    assert seller.client.order.fetch(order["id"])["status"] == "attempted"


def test_pay_by_magic_card_asks_the_bank_then_comes_back(seller: RazorpayShop, payer: "Payer") -> None:
    page, order = buy(seller, payer)
    pay_by_card(page)
    page.get_by_role("button", name="Success").click()
    go_back(page, payer)
    payment = verified(seller, order)
    assert (payment["status"], payment["method"]) == ("captured", "card")
    card = seller.client.payment.fetch(payment["id"], {"expand[]": "card"})["card"]
    assert (card["last4"], card["network"]) == ("1007", "Visa")


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("4100280000080001", "insufficient_fund"),
        ("5305620000060000", "payment_timed_out"),
        ("4100280000020007", "gateway_technical_error"),
    ],
)
def test_error_card_fails_as_its_number_says(seller: RazorpayShop, payer: "Payer", number: str, reason: str) -> None:
    page, order = buy(seller, payer)
    pay_by_card(page, number)
    page.get_by_role("button", name="Failure").click()
    expect(page.locator("dd code").last).to_have_text(reason)
    assert seller.client.order.payments(order["id"])["items"][0]["error_reason"] == reason


def test_netbanking_that_fails_may_be_tried_again_and_succeeds(seller: RazorpayShop, payer: "Payer") -> None:
    page, order = buy(seller, payer)
    choose(page, "Netbanking")
    page.get_by_label("Bank").select_option("HDFC Bank")
    press_pay(page)
    page.get_by_role("button", name="Failure").click()
    page.get_by_role("link", name="Try again").click()
    choose(page, "Netbanking")
    page.get_by_label("Bank").select_option("ICICI Bank")
    press_pay(page)
    page.get_by_role("button", name="Success").click()
    go_back(page, payer)
    payment = verified(seller, order)
    assert (payment["method"], payment["bank"], seller.client.order.fetch(order["id"])["attempts"]) == ("netbanking", "ICIC", 2)


@pytest.mark.parametrize(("code", "succeeds"), [("1234", True), ("123", False)])
def test_one_time_password_of_four_digits_succeeds_a_shorter_one_fails(
    seller: RazorpayShop, payer: "Payer", code: str, succeeds: bool
) -> None:
    page, order = buy(seller, payer)
    pay_by_card(page)
    page.get_by_label("one-time password").fill(code)
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("status")).to_have_class(f"outcome outcome--{'good' if succeeds else 'bad'}")
    assert seller.client.order.payments(order["id"])["items"][0]["status"] == ("captured" if succeeds else "failed")


def test_pay_by_wallet_goes_through_its_page(seller: RazorpayShop, payer: "Payer") -> None:
    page, order = buy(seller, payer)
    choose(page, "Wallet")
    page.get_by_label("Wallet").select_option("MobiKwik")
    press_pay(page)
    page.get_by_role("button", name="Success").click()
    go_back(page, payer)
    payment = verified(seller, order)
    assert (payment["method"], payment["wallet"]) == ("wallet", "mobikwik")


def test_cancel_goes_to_the_shops_page_and_the_order_stays_open(seller: RazorpayShop, payer: "Payer") -> None:
    page, order = buy(seller, payer)
    page.get_by_role("button", name="Cancel and go back").click()
    page.wait_for_url("**/cancelled")
    assert seller.client.order.fetch(order["id"])["status"] == "created"
    page, _ = buy(seller, payer, order)
    pay_by_card(page)
    page.get_by_role("button", name="Cancel and go back").click()
    page.wait_for_url("**/cancelled")
    assert seller.client.order.fetch(order["id"])["status"] == "attempted"


def test_fill_a_test_value_takes_one_tap(seller: RazorpayShop, payer: "Payer") -> None:
    page, _ = buy(seller, payer)
    page.get_by_role("link", name=VISA).click()
    expect(page.locator("[name=cardNumber]")).to_have_value(VISA)
    press_pay(page)
    expect(page.get_by_role("button", name="Success")).to_be_visible()


def test_bad_form_is_told_and_begins_nothing(seller: RazorpayShop, payer: "Payer") -> None:
    payer.forgive("400 (Bad Request)")
    page, order = buy(seller, payer)
    pay_by_card(page, "4100 2800 0000 1008")
    expect(page.locator(".field__error")).to_have_text("This is not a card number. Check its digits.")
    assert seller.client.order.fetch(order["id"])["attempts"] == 0


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"key_id": "rzp_test_00000000000000"}, "key_id"),
        ({"order_id": "order_00000000000000"}, "order_id"),
        ({"amount": "100"}, "amount"),
        ({"callback_url": "javascript:alert(1)"}, "callback_url"),
    ],
)
def test_wrong_form_of_a_shop_is_told_by_field(seller: RazorpayShop, payer: "Payer", changes: dict[str, str], problem: str) -> None:
    payer.forgive("400 (Bad Request)")
    seller.sell(seller.order(), **changes)
    page = payer.open(f"{seller.site}/buy")
    page.get_by_role("button", name="Buy").click()
    expect(page.get_by_role("heading", name="This payment cannot be made")).to_be_visible()
    expect(page.locator("code")).to_have_text(problem)


_OVERLAY = """<button id=buy>Buy</button><output id=told></output>
<script src="{api}/razorpay/v1/checkout.js"></script><script>
  const tell = (name) => (what) => (document.getElementById("told").textContent += name + " " + JSON.stringify(what ?? null) + "\\n");
  const checkout = new Razorpay({{
    key: "{key}", order_id: "{order}", amount: 50000, currency: "INR", name: "Asha’s Lamps", notes: {{shelf: "7"}},
    prefill: {{email: "ravi@example.test"}}, callback_url: "{site}/callback", redirect: {redirect},
    handler: tell("paid"), modal: {{ondismiss: tell("dismissed")}},
  }});
  checkout.on("payment.failed", tell("failed"));
  document.getElementById("buy").onclick = () => checkout.open();
</script>"""


def _overlay(seller: RazorpayShop, payer: "Payer", *, redirect: bool = False) -> tuple[Page, dict[str, Any]]:
    order = seller.order()
    words = {"api": seller.api, "site": seller.site, "key": seller.key_id, "order": order["id"], "redirect": str(redirect).lower()}
    seller.serve("/shop", _OVERLAY.format(**words))
    page = payer.open(f"{seller.site}/shop")
    page.get_by_role("button", name="Buy").click()
    return page, order


def _told(page: Page, name: str) -> Any:
    expect(page.locator("#told")).to_contain_text(name)
    lines = (page.locator("#told").text_content() or "").splitlines()
    return next(json.loads(line.partition(" ")[2]) for line in lines if line.startswith(name))


@pytest.mark.parametrize("has_script", [True])
def test_overlay_gives_the_handler_what_the_sdk_verifies(seller: RazorpayShop, payer: "Payer") -> None:
    page, order = _overlay(seller, payer)
    frame = page.frame_locator("iframe[title=Payment]")
    frame.get_by_role("link", name="UPI").click()
    frame.get_by_label("UPI ID").fill("failure@razorpay")
    frame.get_by_role("button", name="Pay INR 500.00").click()
    failed = _told(page, "failed")["error"]
    assert (failed["metadata"]["order_id"], failed["code"]) == (order["id"], "BAD_REQUEST_ERROR")
    frame.get_by_role("link", name="Try again").click()
    frame.get_by_role("link", name="UPI").click()
    frame.get_by_label("UPI ID").fill("success@razorpay")
    _picture(page, "overlay")
    frame.get_by_role("button", name="Pay INR 500.00").click()
    fields = _told(page, "paid")
    assert seller.client.utility.verify_payment_signature(fields) and fields["razorpay_order_id"] == order["id"]
    expect(page.locator("iframe")).to_have_count(0)
    assert not [asked for asked, _ in seller.server.log if asked.path == "/callback"]


@pytest.mark.parametrize("has_script", [True])
def test_overlay_closed_tells_the_shop(seller: RazorpayShop, payer: "Payer") -> None:
    for close in (
        lambda page: page.get_by_role("button", name="Close the payment").click(),
        lambda page: page.frame_locator("iframe").get_by_role("button", name="Cancel and go back").click(),
    ):
        page, _ = _overlay(seller, payer)
        expect(page.frame_locator("iframe").get_by_role("heading", name="INR 500.00")).to_be_visible()
        close(page)
        assert _told(page, "dismissed") is None
        expect(page.locator("iframe")).to_have_count(0)
        expect(page.get_by_role("button", name="Buy")).to_be_focused()


@pytest.mark.parametrize("has_script", [True])
def test_redirect_leaves_the_shop_and_comes_back_to_its_callback(seller: RazorpayShop, payer: "Payer") -> None:
    page, order = _overlay(seller, payer, redirect=True)
    page.get_by_role("heading", name="INR 500.00").wait_for()
    pay_by_upi(page, "success@razorpay")
    go_back(page, payer)
    assert verified(seller, order)["status"] == "captured"


def _link(seller: RazorpayShop, **changes: Any) -> dict[str, Any]:
    body = {
        "amount": 50_000, "currency": "INR", "description": "Two lamps", "reference_id": f"L-{seller.order()['id']}",
        "callback_url": f"{seller.site}/callback?shelf=7", "callback_method": "get", **changes,
    }  # fmt: skip
    made: dict[str, Any] = seller.client.payment_link.create(body)
    return made


def test_payment_link_is_paid_in_parts(seller: RazorpayShop, payer: "Payer") -> None:
    payer.forgive("400 (Bad Request)")
    link = _link(seller, accept_partial=True, first_min_partial_amount=10_000)
    page = payer.open(link["short_url"])
    choose(page, "UPI")
    page.get_by_label("Amount in INR").fill("50.00")
    page.get_by_label("UPI ID").fill("success@razorpay")
    press_pay(page)
    expect(page.get_by_role("alert")).to_contain_text("at least 100.00")
    page.get_by_label("Amount in INR").fill("200.00")
    press_pay(page)
    go_back(page, payer)
    fields = seller.came_back()
    assert fields.pop("shelf") == "7"
    assert (fields["razorpay_payment_link_id"], fields["razorpay_payment_link_status"]) == (link["id"], "partially_paid")
    short = {name.removeprefix("razorpay_"): text for name, text in fields.items()}
    assert seller.client.utility.verify_payment_link_signature({**fields, **short})
    page = payer.open(link["short_url"])
    expect(page.get_by_role("heading", name="INR 300.00")).to_be_visible()
    pay_by_upi(page, "success@razorpay")
    expect(page.get_by_role("status")).to_have_text("Payment successful")
    paid = seller.client.payment_link.fetch(link["id"])
    assert (paid["status"], paid["amount_paid"], len(paid["payments"])) == ("paid", 50_000, 2)


def _picture(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"razorpay-{name}.png", full_page=True, animations="disabled")


def _look(page: Page, name: str) -> None:
    """The page at both widths in both schemes: nothing is cut off, faint, nameless or too small."""
    for width in (PHONE, DESKTOP):
        page.set_viewport_size({"width": width, "height": 844})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            _picture(page, f"{name}-{width}-{scheme}")
            assert page.evaluate(FAINT_TEXTS) == [], (name, scheme)
        assert page.evaluate(TOO_WIDE) == [], (name, width)
    assert (page.evaluate(SMALL_TARGETS), page.evaluate(UNNAMED_INPUTS)) == ([], [])
    assert axe.violations(page) == []


@pytest.fixture
def onlooker(browser: "Browser", seller: RazorpayShop) -> Iterator["Visitor"]:
    """Somebody with time to look: axe needs a clock that goes, and no page goes on by itself."""
    from tests.browser.people import Visitor

    context = browser.new_context()
    context.route("**/hosted-page*.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    visitor = Visitor(context, True, (urlsplit(seller.api).netloc, urlsplit(seller.site).netloc))
    yield visitor
    assert visitor.told() == []
    context.close()


def test_pages_look_right(seller: RazorpayShop, onlooker: "Visitor") -> None:
    seller.sell(seller.order())
    page = onlooker.context.new_page()
    page.goto(f"{seller.site}/buy")
    page.get_by_role("button", name="Buy").click()
    onlooker.forgive("400 (Bad Request)")
    _look(page, "card")
    for method in ("UPI", "Netbanking", "Wallet"):
        choose(page, method)
        _look(page, method.lower())
    pay_by_card(page, "4100 2800 0000 1008")
    _look(page, "problems")
    pay_by_card(page)
    page.get_by_role("button", name="Success").wait_for()
    _look(page, "bank")
    page.get_by_role("button", name="Failure").click()
    page.get_by_role("link", name="Try again").wait_for()
    _look(page, "failed")
    page.get_by_role("link", name="Try again").click()
    pay_by_upi(page, "success@razorpay")
    page.get_by_role("button", name="Continue to Asha’s Lamps").wait_for()
    _look(page, "paid")
    page.goto(_link(seller, accept_partial=True)["short_url"])
    _look(page, "link")
