"""The page at `authorization_url`."""

import re
from typing import Any

from django.test import Client

from emulators.paystack.tests.conftest import DECLINED, GOOD, PIN, Shop
from sandbox.builtin import known_cards

CARD = {"paymentMethod": "card", "cardNumber": GOOD, "expiryDate": "12/49", "cvv": "408", "cardholderName": "Ada Obi"}


def at(opened: dict[str, Any], step: str = "", body: Any = None) -> str:
    """The page that the browser comes to."""
    path = f"/paystack/checkout/{opened['access_code']}{step}"
    response = Client().get(path) if body is None else Client().post(path, body, follow=True)
    return response.content.decode()


def test_page_offers_the_shops_channels_and_all_test_cards(shop: Shop) -> None:
    choices = re.findall(r'class="methods__choice"[^>]*>([^<]+)<', at(shop.opened()))
    assert choices == ["Card", "Bank transfer"]
    assert re.findall(r'class="methods__choice"[^>]*>([^<]+)<', at(shop.opened(currency="KES")))[-1] == "M-Pesa"
    only = at(shop.opened(channels=["card"]))
    assert "Bank transfer" not in only and all(f"fill={number}" in only for number in known_cards() if number.startswith("408"))
    assert Client().get("/paystack/checkout/00000000000000").status_code == 404


def test_paid_page_leads_back_with_the_reference_under_both_names(shop: Shop) -> None:
    opened = shop.opened(callback_url="http://shop.test/done?cart=17")
    html = at(opened, "/pay", CARD)
    assert 'method="get" action="http://shop.test/done"' in html
    back = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', html))
    assert back == {"cart": "17", "trxref": opened["reference"], "reference": opened["reference"]}
    paid = shop.verified(opened["reference"])
    assert (paid["status"], paid["authorization"]["account_name"], paid["ip_address"]) == ("success", "Ada Obi", "127.0.0.1")
    assert "Payment successful" in at(opened, "/pay", CARD)


def test_failed_attempt_stays_at_the_page_and_may_be_tried_again(shop: Shop) -> None:
    opened = shop.opened(callback_url="http://shop.test/done")
    failed = at(opened, "/pay", {**CARD, "cardNumber": DECLINED})
    assert "Declined" in failed and "Try again" in failed and "shop.test" not in failed
    assert shop.verified(opened["reference"])["status"] == "failed"
    assert "Payment successful" in at(opened, "/pay", CARD)
    assert shop.verified(opened["reference"])["status"] == "success"


def test_card_that_asks_takes_its_pin_and_no_other(shop: Shop) -> None:
    opened = shop.opened()
    assert "simulated" in at(opened, "/pay", {**CARD, "cardNumber": PIN})
    assert shop.verified(opened["reference"])["status"] == "ongoing"
    assert "Try again" in at(opened, "/bank", {"answer": "code", "otp": "9999"})
    at(opened, "/pay", {**CARD, "cardNumber": PIN})
    assert "Payment successful" in at(opened, "/bank", {"answer": "code", "otp": "1111"})


def test_payer_who_leaves_goes_where_the_shop_says(shop: Shop) -> None:
    opened = shop.opened(metadata={"cancel_action": "http://shop.test/cart"})
    response = Client().post(f"/paystack/checkout/{opened['access_code']}/cancel")
    assert (response.status_code, response["Location"]) == (302, "http://shop.test/cart")
    assert shop.verified(opened["reference"])["status"] == "abandoned"
