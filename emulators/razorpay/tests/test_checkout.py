"""The hosted checkout over HTTP: who may open it, what it tells the shop, what it keeps; the browser's walks are in `tests/browser`."""

import json
import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import resolve

from emulators.models import VendorObject
from emulators.razorpay.tests.conftest import CARD, Shop
from gateways.razorpay import wire
from merchants.models import ApiKey
from payments.models import Payment

pytestmark = pytest.mark.django_db

EMBEDDED = "/razorpay/v1/checkout/embedded"
UPI = {"paymentMethod": "upi", "vpa": "success@razorpay"}
VISA = {**CARD, "cardNumber": "4100280000001007"}
CALLBACK = "http://shop.test/callback"


def _open(shop: Shop, order_id: str = "", **changes: str) -> str:
    """The path of a new visit."""
    form = {"key_id": shop.key_id, "order_id": order_id or shop.order(payment_capture=1)["id"], "callback_url": CALLBACK, **changes}
    response = Client().post(EMBEDDED, form)
    assert response.status_code == 302, response.content
    return str(response["Location"])


def _fields(page: Any) -> dict[str, str]:
    """The hidden fields of the page's form to the shop."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.content.decode())
    return {unescape(name): unescape(value) for name, value in found}


def _pay(path: str, body: dict[str, str], *answers: dict[str, str]) -> Any:
    """Pay and answer the bank; returns the last page."""
    client = Client()
    page = client.post(f"{path}/pay", body, follow=True)
    for each in answers:
        page = client.post(f"{path}/bank", each, follow=True)
    return page


def test_open_checkout_leads_to_a_page_that_a_shop_may_frame(shop: Shop) -> None:
    path = _open(shop, name="Asha’s Lamps", frame_origin="http://shop.test/basket?x=1")
    page = Client().get(path)
    assert page.status_code == 200 and "Asha’s Lamps" in page.content.decode() and "INR 500.00" in page.content.decode()
    policy = page["Content-Security-Policy"]
    assert "frame-ancestors http://shop.test;" in policy and "unsafe" not in policy and "X-Frame-Options" not in page
    assert "frame-ancestors 'self';" in Client().get(_open(shop))["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"key_id": ""}, "key_id"), ({"key_id": "rzp_test_00000000000000"}, "key_id"), ({"order_id": "pay_00000000000000"}, "order_id"),
        ({"amount": "1"}, "amount"), ({"amount": "x"}, "amount"), ({"currency": "USD"}, "currency"),
        ({"cancel_url": "ftp://x"}, "cancel_url"), ({"name": "x" * 101}, "name"), ({"prefill": "x"}, "prefill"),
    ],
)  # fmt: skip
def test_open_checkout_with_a_bad_field_is_a_page_that_names_it(shop: Shop, changes: dict[str, str], field: str) -> None:
    form = {"key_id": shop.key_id, "order_id": shop.order()["id"], "callback_url": CALLBACK, **changes}
    response = Client().post(EMBEDDED, form)
    assert response.status_code == 400 and f"<code>{field}</code>" in response.content.decode()
    assert not VendorObject.objects.filter(kind="visit").exists()


def test_open_checkout_of_another_merchants_order_or_with_a_revoked_key_is_refused(shop: Shop, other_shop: Shop) -> None:
    order = shop.order()["id"]
    assert Client().post(EMBEDDED, {"key_id": other_shop.key_id, "order_id": order}).status_code == 400
    ApiKey.objects.filter(merchant=shop.merchant).update(is_active=False)
    assert Client().post(EMBEDDED, {"key_id": shop.key_id, "order_id": order}).status_code == 400


def test_pay_by_upi_posts_a_signature_that_verifies(shop: Shop) -> None:
    order = shop.order(payment_capture=1)["id"]
    page = _pay(_open(shop, order, **{"prefill[email]": "r@x.test", "prefill[contact]": "+919876543210", "notes[shelf]": "7"}), UPI)
    fields = _fields(page)
    assert f'action="{CALLBACK}"' in page.content.decode() and set(fields) == {
        "razorpay_payment_id", "razorpay_order_id", "razorpay_signature",
    }  # fmt: skip
    payment = shop.get(f"/payments/{fields['razorpay_payment_id']}")
    assert fields["razorpay_signature"] == wire.payment_signature(order, payment["id"], shop.secret)
    assert (payment["status"], payment["vpa"], payment["email"], payment["notes"]) == (
        "captured", "success@razorpay", "r@x.test", {"shelf": "7"},
    )  # fmt: skip


def test_pay_by_upi_that_fails_posts_the_error_and_may_be_retried(shop: Shop) -> None:
    order = shop.order(payment_capture=1)["id"]
    path = _open(shop, order)
    failed = _pay(path, {**UPI, "vpa": "failure@razorpay"})
    fields = _fields(failed)
    payment = shop.get(f"/orders/{order}/payments")["items"][0]
    assert json.loads(fields["error[metadata]"]) == {"order_id": order, "payment_id": payment["id"]}
    assert (fields["error[code]"], fields["error[reason]"]) == (payment["error_code"], payment["error_reason"])
    assert "Try again" in failed.content.decode()
    assert "razorpay_signature" in _fields(_pay(path, UPI))
    assert (shop.get(f"/orders/{order}")["status"], shop.get(f"/orders/{order}")["attempts"]) == ("paid", 2)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ({"answer": "approve"}, "captured"), ({"answer": "decline"}, "failed"), ({"answer": "code", "otp": "1234"}, "captured"),
        ({"answer": "code", "otp": "0123456789"}, "captured"), ({"answer": "code", "otp": "123"}, "failed"),
        ({"answer": "what"}, "created"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "body",
    [VISA, {"paymentMethod": "netbanking", "bank": "HDFC"}, {"paymentMethod": "wallet", "wallet": "mobikwik"}, {**UPI, "vpa": "ravi@ybl"}],
)
def test_banks_answer_decides(shop: Shop, body: dict[str, str], answer: dict[str, str], status: str) -> None:
    order = shop.order(payment_capture=1)["id"]
    _pay(_open(shop, order), body, answer)
    payment = shop.get(f"/orders/{order}/payments")["items"][0]
    assert (payment["status"], payment["method"]) == (status, body["paymentMethod"])


def test_pay_of_a_card_keeps_nothing_but_its_last_four(shop: Shop) -> None:
    order = shop.order()["id"]
    page = _pay(_open(shop, order), {**VISA, "cvv": "864"}, {"answer": "approve"})
    payment = shop.get(f"/orders/{order}/payments")["items"][0]
    card = shop.get(f"/payments/{payment['id']}/card")
    assert (payment["status"], card["last4"], card["network"], card["name"]) == ("authorized", "1007", "Visa", VISA["cardholderName"])
    kept = [*VendorObject.objects.values_list("data", flat=True), *Payment.objects.values_list("payer", flat=True)]
    assert "4100280000001007" not in str(kept) and "864" not in str(kept) and "4100280000001007" not in page.content.decode()


def test_cancel_fails_the_attempt_and_leaves_the_order_open(shop: Shop) -> None:
    order = shop.order(payment_capture=1)["id"]
    path = _open(shop, order, cancel_url="http://shop.test/basket?x=1")
    client = Client()
    client.post(f"{path}/pay", VISA)
    gone = client.post(f"{path}/cancel")
    assert (gone.status_code, gone["Location"]) == (302, "http://shop.test/basket?x=1")
    assert shop.get(f"/orders/{order}/payments")["items"][0]["status"] == "failed"
    left = client.post(f"{_open(shop, order)}/cancel")
    assert left.status_code == 200 and _fields(left)["error[reason]"] == "payment_cancelled"


def test_cancel_of_a_upi_payment_succeeds_as_in_razorpays_test_mode(shop: Shop) -> None:
    order = shop.order(payment_capture=1)["id"]
    path = _open(shop, order, cancel_url="http://shop.test/basket")
    client = Client()
    client.post(f"{path}/pay", {"paymentMethod": "upi", "vpa": "asha@bank"})
    end = client.post(f"{path}/cancel", follow=True)
    assert shop.get(f"/orders/{order}")["status"] == "paid"
    assert _fields(end)["razorpay_order_id"] == order


def test_paid_order_leads_to_its_end_and_cannot_be_paid_again(shop: Shop) -> None:
    order = shop.order(payment_capture=1)["id"]
    path = _open(shop, order)
    _pay(path, UPI)
    for page in (Client().get(path, follow=True), _pay(path, UPI), Client().get(f"{path}/bank", follow=True)):
        assert "razorpay_signature" in _fields(page)
    assert shop.get(f"/orders/{order}")["attempts"] == 1


@pytest.mark.parametrize(
    "path", ["/razorpay/v1/checkout/01936b2e-0000-7000-8000-000000000000", "/razorpay/l/plink_00000000000000", "/razorpay/l/x"]
)
def test_unknown_visit_is_a_page(db: None, path: str) -> None:
    for response in (Client().get(path), Client().post(f"{path}/pay", UPI), Client().get(f"{path}/end"), Client().post(f"{path}/cancel")):
        assert response.status_code == 404
        assert "This payment cannot be made" in response.content.decode()


def test_payment_link_in_parts_goes_back_by_get_with_its_own_signature(shop: Shop) -> None:
    link = shop.post(
        "/payment_links",
        {"amount": 50_000, "accept_partial": True, "reference_id": "L-1", "callback_url": f"{CALLBACK}?a=b", "callback_method": "get"},
    )
    path = "/razorpay" + link["short_url"].partition("/razorpay")[2]
    refused = Client().post(f"{path}/pay", {**UPI, "amount": "900"})
    assert refused.status_code == 400 and 'role="alert"' in refused.content.decode()
    page = _pay(path, {**UPI, "amount": "200"})
    fields = _fields(page)
    assert f'method="get" action="{CALLBACK}"' in page.content.decode() and fields.pop("a") == "b"
    signature = wire.link_signature(link["id"], "L-1", "partially_paid", fields["razorpay_payment_id"], shop.secret)
    assert fields == {
        "razorpay_payment_id": fields["razorpay_payment_id"], "razorpay_payment_link_id": link["id"],
        "razorpay_payment_link_reference_id": "L-1", "razorpay_payment_link_status": "partially_paid", "razorpay_signature": signature,
    }  # fmt: skip
    assert "INR 300.00" in Client().get(path).content.decode()
    assert _fields(_pay(path, {**UPI, "amount": "300"}))["razorpay_payment_link_status"] == "paid"


def test_script_is_served_to_any_shop(db: None) -> None:
    response = Client().get("/razorpay/v1/checkout.js")
    assert response["Content-Type"].startswith("text/javascript") and b"window.Razorpay" in response.content


@pytest.mark.parametrize("path", ["/razorpay/v1/checkout.js", EMBEDDED, "/razorpay/l/plink_00000000000000/pay", "/razorpay/v1/payouts"])
def test_mock_providers_serves_what_the_one_port_service_does(path: str) -> None:
    assert resolve(path, "mypay.urls.mock_providers").func == resolve(path, "mypay.urls.all").func
