"""Payments over HTTP: what they show by method and status, and their capture."""

from typing import Any

import pytest

from emulators.razorpay.tests.conftest import CARD, Shop

NO_ID = "The id provided does not exist"


def test_authorized_payment_shows_no_fee_yet(shop: Shop) -> None:
    order = shop.order(notes={"cart": "17"})
    payment = shop.pay(order["id"])
    number = payment["acquirer_data"]["auth_code"]
    assert payment == {
        "id": payment["id"], "entity": "payment", "amount": 50_000, "currency": "INR", "status": "authorized", "order_id": order["id"],
        "invoice_id": None, "international": False, "method": "card", "amount_refunded": 0, "refund_status": None, "captured": False,
        "description": None, "card_id": payment["card_id"], "bank": None, "wallet": None, "vpa": None, "email": None, "contact": None,
        "notes": {"cart": "17"}, "fee": None, "tax": None, "error_code": None, "error_description": None, "error_source": None,
        "error_step": None, "error_reason": None, "acquirer_data": {"auth_code": number}, "created_at": payment["created_at"],
    }  # fmt: skip
    assert len(number) == 6 and shop.get(f"/payments/{payment['id']}") == payment


def test_capture_answers_the_captured_payment_with_its_fee(shop: Shop) -> None:
    order = shop.order()
    payment = shop.pay(order["id"])
    captured = shop.post(f"/payments/{payment['id']}/capture", {"amount": 50_000, "currency": "INR"})
    assert (captured["status"], captured["captured"]) == ("captured", True)
    assert captured["fee"] > captured["tax"] > 0
    assert captured == shop.get(f"/payments/{payment['id']}")
    seen = shop.get(f"/orders/{order['id']}")
    assert (seen["status"], seen["amount_paid"], seen["amount_due"], seen["attempts"]) == ("paid", 50_000, 0, 1)


@pytest.mark.parametrize(
    ("body", "description"),
    [
        ({"amount": 49_900, "currency": "INR"}, "Capture amount must be equal to the amount authorized."),
        ({"amount": 50_100, "currency": "INR"}, "Capture amount must be equal to the amount authorized."),
        ({"amount": 50_000, "currency": "USD"}, "Capture amount must be equal to the amount authorized."),
        ({}, "The amount field is required."),
        ({"amount": "50000"}, "The amount must be an integer."),
    ],
)
def test_capture_of_another_amount_is_refused(shop: Shop, body: dict[str, Any], description: str) -> None:
    payment = shop.pay(shop.order()["id"])
    assert shop.refused("post", f"/payments/{payment['id']}/capture", body) == (400, description, "amount")
    assert shop.get(f"/payments/{payment['id']}")["status"] == "authorized"


def test_second_capture_is_refused(shop: Shop) -> None:
    payment = shop.paid()
    assert shop.refused("post", f"/payments/{payment['id']}/capture", {"amount": 50_000})[1] == "This payment has already been captured"


def test_capture_of_a_failed_payment_is_refused(shop: Shop) -> None:
    payment = shop.pay(shop.order()["id"], **{**CARD, "cardNumber": "4000000000000002"})
    told = shop.refused("post", f"/payments/{payment['id']}/capture", {"amount": 50_000})
    assert told[1] == "Only payments which have been authorized and not yet captured can be captured"


def test_automatic_order_is_captured_at_once(shop: Shop) -> None:
    payment = shop.pay(shop.order(payment={"capture": "automatic"})["id"])
    assert (payment["status"], payment["captured"]) == ("captured", True)


def test_failed_payment_says_why_in_five_words(shop: Shop) -> None:
    payment = shop.pay(shop.order()["id"], **{**CARD, "cardNumber": "4000000000000002"})
    errors = {name: payment[name] for name in payment if name.startswith("error_")}
    assert payment["status"] == "failed" and payment["acquirer_data"] == {"auth_code": None}
    assert errors == {
        "error_code": "BAD_REQUEST_ERROR",
        "error_description": "Your payment was declined by your bank. Try another way to pay.",
        "error_source": "bank",
        "error_step": "payment_authorization",
        "error_reason": "payment_failed",
    }


def test_upi_payment_shows_its_address(shop: Shop) -> None:
    order = shop.post("/orders", {"amount": 50_000, "currency": "INR"}, **{"X-Mock-Scenario": "success;challenge=none"})
    payment = shop.pay(order["id"], paymentMethod="upi", vpa="success@mypay")
    assert (payment["method"], payment["vpa"], payment["card_id"]) == ("upi", "success@mypay", None)
    assert payment["upi"] == {"vpa": "success@mypay", "flow": "collect"} and len(payment["acquirer_data"]["rrn"]) == 12


def test_card_of_a_payment_shows_its_last_four_digits(shop: Shop) -> None:
    payment = shop.paid()
    card = shop.get(f"/payments/{payment['id']}/card")
    assert (card["id"], card["entity"], card["last4"]) == (payment["card_id"], "card", "1111")
    assert shop.get(f"/payments/{payment['id']}?expand[]=card")["card"] == card
    assert shop.get("/payments?expand[]=card")["items"][0]["card"] == card
    assert "card" not in shop.get(f"/orders/{payment['order_id']}/payments?expand[]=card")["items"][0]
    upi = shop.pay(shop.order()["id"], paymentMethod="upi", vpa="success@mypay")
    assert shop.refused("get", f"/payments/{upi['id']}/card")[1] == "The payment was not made with a card."


def test_change_notes_of_a_payment_leaves_the_orders(shop: Shop) -> None:
    order = shop.order(notes={"a": "1"})
    payment = shop.pay(order["id"])
    assert shop.call("patch", f"/payments/{payment['id']}", {"notes": {"b": "2"}}).json() == {**payment, "notes": {"b": "2"}}
    assert shop.get(f"/orders/{order['id']}")["notes"] == {"a": "1"}


def test_list_payments_is_the_shops_own(shop: Shop, other_shop: Shop) -> None:
    mine, theirs = shop.paid(), other_shop.paid()
    assert shop.get("/payments") == {"entity": "collection", "count": 1, "items": [mine]}
    for method, path in (("get", ""), ("get", "/card"), ("get", "/refunds"), ("post", "/capture"), ("post", "/refund"), ("patch", "")):
        body = None if method == "get" else {"notes": {}} if method == "patch" else {"amount": 50_000}
        told = shop.refused(method, f"/payments/{theirs['id']}{path}", body)
        assert told == shop.refused(method, f"/payments/pay_00000000000000{path}", body)
        if path != "/refund":
            assert told == (400, NO_ID, "")
