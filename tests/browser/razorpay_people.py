"""Who meets at Razorpay's checkout: a shop with its SDK and a site, and what its payers do there."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_httpserver import HTTPServer

from tests.browser.driver import Page, expect

if TYPE_CHECKING:
    from tests.browser.people import Payer

VISA = "4100 2800 0000 1007"
_HEAD = "<!doctype html><html lang=en><title>Shop</title><link rel=icon href='data:,'><main>"


@dataclass
class RazorpayShop:
    """A shop's server with Razorpay's SDK, and its site."""

    api: str
    key_id: str
    client: Any
    server: HTTPServer

    @property
    def site(self) -> str:
        return self.server.url_for("").rstrip("/")

    def order(self, **changes: Any) -> dict[str, Any]:
        made: dict[str, Any] = self.client.order.create(
            {"amount": 50_000, "currency": "INR", "payment": {"capture": "automatic"}, **changes}
        )
        return made

    def sell(self, order: dict[str, Any], **changes: str) -> None:
        """Serve the shop's page with its form to the checkout."""
        fields = {
            "key_id": self.key_id, "order_id": order["id"], "amount": str(order["amount"]), "currency": "INR", "name": "Asha’s Lamps",
            "description": "Two lamps", "prefill[email]": "ravi@example.test", "prefill[contact]": "+919876543210", "notes[shelf]": "7",
            "callback_url": f"{self.site}/callback", "cancel_url": f"{self.site}/cancelled", **changes,
        }  # fmt: skip
        inputs = "".join(f"<input type=hidden name='{name}' value='{value}'>" for name, value in fields.items() if value)
        form = f"<form method=post action='{self.api}/razorpay/v1/checkout/embedded'>{inputs}<button>Buy</button></form>"
        self.serve("/buy", form)

    def serve(self, path: str, body: str) -> None:
        self.server.expect_request(path).respond_with_data(_HEAD + body, content_type="text/html; charset=utf-8")

    def came_back(self) -> dict[str, str]:
        """The fields that the payer's browser brought to the callback."""
        back = [asked for asked, _ in self.server.log if asked.path == "/callback"]
        assert len(back) == 1
        return dict(back[0].form) or dict(back[0].args)


def buy(seller: RazorpayShop, payer: "Payer", order: dict[str, Any] | None = None, **changes: str) -> tuple[Page, dict[str, Any]]:
    """The payer presses the shop's button; returns the checkout's page and the order."""
    order = order or seller.order()
    seller.sell(order, **changes)
    page = payer.open(f"{seller.site}/buy")
    page.get_by_role("button", name="Buy").click()
    page.get_by_role("heading", name="INR 500.00").wait_for()
    return page, order


def choose(page: Page, method: str) -> None:
    page.get_by_role("navigation", name="Payment method").get_by_role("link", name=method).click()
    expect(page.locator(".methods [aria-current]")).to_have_text(method)


def pay_by_card(page: Page, number: str = VISA) -> None:
    choose(page, "Card")
    for name, value in {"cardNumber": number, "expiryDate": "12/39", "cvv": "123", "cardholderName": "Ravi Rao"}.items():
        page.locator(f"[name={name}]").fill(value)
    press_pay(page)


def pay_by_upi(page: Page, address: str) -> None:
    choose(page, "UPI")
    page.get_by_label("UPI ID").fill(address)
    press_pay(page)


def press_pay(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Pay")).click()


def go_back(page: Page, payer: "Payer") -> None:
    """With script the page goes on by itself after a second, without by its button."""
    button = page.get_by_role("button", name="Continue to Asha’s Lamps")
    expect(button).to_be_visible()
    if payer.has_script:
        payer.wait(1000)
    else:
        button.click()
    page.wait_for_url("**/callback**")


def verified(seller: RazorpayShop, order: dict[str, Any]) -> dict[str, Any]:
    """The payment that came back, its signature checked by the SDK's own helper."""
    fields = seller.came_back()
    assert fields["razorpay_order_id"] == order["id"] and seller.client.utility.verify_payment_signature(fields)
    payment: dict[str, Any] = seller.client.payment.fetch(fields["razorpay_payment_id"])
    return payment
