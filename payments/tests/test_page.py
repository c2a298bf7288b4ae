"""The hosted page without script: contract section 5."""

import re
from typing import Any

import pytest
from django.test import Client

from merchants.models import Merchant
from mypay.settings import environment
from payments.models import Checkout
from payments.tests.conftest import Payer, Shop

WALLET = {"mobileNumber": "03030000000", "pin": "1234"}
CARD = {"cardNumber": "5555 5555 5555 4444", "expiryDate": "12/39", "cvv": "123", "cardholderName": "A Khan"}


def _page(checkout_id: str, query: str = "") -> str:
    response = Client().get(f"/payment/{checkout_id}{query}")
    assert response.status_code == 200
    return str(response.content.decode())


def _inputs(html: str) -> set[str]:
    return set(re.findall(r'name="(\w+)"', html)) - {"viewport", "color-scheme"}


@pytest.mark.parametrize(
    ("method", "label", "inputs"),
    [
        ("jazzcash", "JazzCash", {"mobileNumber", "pin", "paymentMethod"}),
        ("easypaisa", "Easypaisa", {"mobileNumber", "pin", "paymentMethod"}),
        ("card", "Card Payment", {"cardNumber", "expiryDate", "cvv", "cardholderName", "paymentMethod"}),
    ],
)
def test_page_shows_method_amount_reference_and_inputs(shop: Shop, merchant: Merchant, method: str, label: str, inputs: set[str]) -> None:
    html = _page(shop.opened(paymentMethod=method, reference="INV-77"))
    for text in (label, "PKR 1000.00", "INV-77", merchant.company_name, "Pay PKR 1000.00", "Cancel payment", "Valid until"):
        assert text in html
    assert _inputs(html) == inputs


def test_page_without_method_offers_all_three(shop: Shop) -> None:
    checkout_id = shop.open_method()
    html = _page(checkout_id)
    for label in ("JazzCash", "Easypaisa", "Card Payment"):
        assert label in html
    assert "cardNumber" in _inputs(_page(checkout_id, "?method=card"))
    assert "mobileNumber" in _inputs(_page(checkout_id, "?method=nonsense"))


def test_page_of_a_fixed_method_knows_no_other(shop: Shop) -> None:
    assert "cardNumber" not in _inputs(_page(shop.opened(), "?method=card"))


def test_page_fills_in_a_magic_number_without_script(shop: Shop) -> None:
    wallet = _page(shop.opened(), "?fill=03032222222")
    assert 'value="03032222222"' in wallet and 'value="1234"' in wallet
    card = _page(shop.opened(paymentMethod="card"), "?fill=4000000000000002")
    assert 'value="4000 0000 0000 0002"' in card and re.search(r'value="12/\d\d"', card)
    assert "evil" not in _page(shop.opened(), '?fill="><b>evil')
    assert 'value="03001234567"' not in _page(shop.opened(), "?fill=03001234567")


def test_page_of_a_live_merchant_shows_no_test_numbers(shop: Shop, merchant: Merchant) -> None:
    Merchant.objects.filter(pk=merchant.pk).update(environment="live")
    html = _page(shop.opened(), "?fill=03030000000")
    assert "03030000000" not in html and "Sandbox" not in html


def test_page_escapes_what_the_merchant_sent(shop: Shop) -> None:
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
    checkout_id = shop.opened(reference=evil, description=evil)
    html = _page(checkout_id)
    assert "<script>alert" not in html and "<img src=x" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_page_policy_allows_no_inline_script_and_lets_the_shop_redirect(shop: Shop) -> None:
    for checkout_id, onward in ((shop.opened(returnUrl="https://shop.example;script-src/"), " http: https:"), (shop.open_method(), "")):
        response = Client().get(f"/payment/{checkout_id}")
        policy = response["Content-Security-Policy"]
        assert "script-src 'self';" in policy and "unsafe" not in policy
        assert policy.endswith(f"form-action 'self'{onward}")
        html = response.content.decode()
        assert re.findall(r"<script(?! src=\"/static/checkout\.js\" defer></script>)", html) == []
        assert not re.search(r"\son\w+=|style=|<style|javascript:", html)
        assert "no-store" in response["Cache-Control"]


def test_page_unknown_is_a_404_page(db: None) -> None:
    for path in ("/payment/nonsense", "/payment/01936b2e-0000-7000-8000-000000000000", "/payment/nonsense/result"):
        response = Client().get(path)
        assert response.status_code == 404 and b"No such payment" in response.content
    assert Client().post("/payment/nonsense/pay").status_code == 404


def test_page_of_a_final_checkout_goes_to_the_bare_return_url(shop: Shop, payer: Payer) -> None:
    checkout_id = shop.opened(returnUrl="https://shop.example/r?a=1")
    payer.wallet(checkout_id, "03021111111")
    for response in (Client().get(f"/payment/{checkout_id}"), Client().post(f"/payment/{checkout_id}/pay", WALLET)):
        assert (response.status_code, response["Location"]) == (302, "https://shop.example/r?a=1")


@pytest.mark.parametrize(("method", "form"), [("jazzcash", WALLET), ("card", CARD), ("card", CARD | {"cardNumber": "4242424242424242"})])
def test_pay_by_form_completes_and_goes_back(shop: Shop, payer: Payer, method: str, form: dict[str, str]) -> None:
    checkout_id = shop.opened(paymentMethod=method)
    response = payer.client.post(f"/payment/{checkout_id}/pay", form)
    expected = f"https://shop.example/thanks?status=completed&checkoutId={checkout_id}"
    assert (response.status_code, response["Location"]) == (302, expected)
    assert shop.checkout(checkout_id)["status"] == "completed"


def test_pay_by_form_with_a_failing_number_goes_back_failed(shop: Shop, payer: Payer) -> None:
    checkout_id = shop.opened(paymentMethod="card")
    response = payer.client.post(f"/payment/{checkout_id}/pay", CARD | {"cardNumber": "4000000000000005"})
    assert response["Location"] == f"https://shop.example/thanks?status=failed&checkoutId={checkout_id}"


@pytest.mark.parametrize(
    ("method", "form", "text"),
    [
        ("jazzcash", WALLET | {"mobileNumber": ""}, "This field is required."),
        ("jazzcash", WALLET | {"mobileNumber": "abc"}, "Enter a mobile number, like 03001234567."),
        ("jazzcash", WALLET | {"pin": "12"}, "The PIN has 4 to 6 digits."),
        ("jazzcash", {}, "This field is required."),
        ("card", CARD | {"cardNumber": "5555 5555 5555 4445"}, "This is not a card number. Check its digits."),
        ("card", CARD | {"expiryDate": "1/39"}, "Enter month and year, like 09/28."),
        ("card", CARD | {"expiryDate": "01/20"}, "This card has expired."),
        ("card", CARD | {"cvv": "1"}, "The CVV has 3 or 4 digits."),
        ("card", CARD | {"cardholderName": ""}, "This field is required."),
    ],
)
def test_pay_refused_form_is_shown_again_and_ends_nothing(shop: Shop, method: str, form: dict[str, str], text: str) -> None:
    checkout_id = shop.opened(paymentMethod=method)
    response = Client().post(f"/payment/{checkout_id}/pay", form)
    html = response.content.decode()
    assert response.status_code == 400 and text in html and 'aria-invalid="true"' in html
    assert shop.checkout(checkout_id)["status"] == "pending"
    for secret in ("pin", "cvv", "cardNumber"):
        if form.get(secret):
            assert f'value="{form[secret]}"' not in html


def test_pay_page_loaded_anew_goes_back_to_the_form(shop: Shop) -> None:
    checkout_id = shop.opened()
    assert Client().get(f"/payment/{checkout_id}/pay")["Location"].endswith(f"/payment/{checkout_id}")


def test_pay_of_a_checkout_without_method_takes_the_forms(shop: Shop) -> None:
    checkout_id = shop.open_method()
    response = Client().post(f"/payment/{checkout_id}/pay", CARD | {"paymentMethod": "card"})
    result = f"{environment.CHECKOUT_BASE_URL}/{checkout_id}/result?status=completed&checkoutId={checkout_id}"
    assert response["Location"] == result
    assert shop.checkout(checkout_id)["paymentMethod"] == "card"
    assert Client().get(f"/payment/{checkout_id}")["Location"] == f"{environment.CHECKOUT_BASE_URL}/{checkout_id}/result"


@pytest.mark.parametrize(
    ("end", "text"),
    [("03030000000", "Payment successful"), ("03037777777", "No response from wallet partner"), ("", "Payment cancelled")],
)
def test_result_page_tells_how_it_ended(shop: Shop, payer: Payer, end: str, text: str) -> None:
    checkout_id = shop.open_method(redirect_url=None)
    assert Client().get(f"/payment/{checkout_id}/result")["Location"].endswith(checkout_id)
    if end:
        payer.wallet(checkout_id, end)
    else:
        Client().post(f"/payment/{checkout_id}/cancel")
    response = Client().get(f"/payment/{checkout_id}/result?status=completed&checkoutId={checkout_id}")
    assert response.status_code == 200 and text in response.content.decode() and "PKR 1000.00" in response.content.decode()


def test_result_page_tells_of_expiry(shop: Shop, pass_time: Any) -> None:
    checkout_id = shop.open_method()
    pass_time(hours=1)
    assert b"Payment session has expired" in Client().get(f"/payment/{checkout_id}/result").content


def test_page_counts_down_on_the_merchants_clock(shop: Shop, pass_time: Any) -> None:
    pass_time(days=30)
    checkout_id = shop.opened()
    pass_time(minutes=10)
    found = re.search(r'data-seconds="(\d+)"', _page(checkout_id))
    assert found and 290 <= int(found[1]) <= 300
    assert Checkout.objects.get().status == "pending"
