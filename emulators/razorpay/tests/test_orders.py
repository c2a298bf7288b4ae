"""Orders over HTTP, as Razorpay's own clients send them."""

from typing import Any

import pytest

from emulators.razorpay.tests.conftest import CARD, Shop
from payments.models import Checkout


def test_create_order_answers_razorpays_order(shop: Shop) -> None:
    made = shop.order(receipt="rcpt 1", notes={"cart": "17"})
    assert made == {
        "id": made["id"], "entity": "order", "amount": 50_000, "amount_paid": 0, "amount_due": 50_000, "currency": "INR",
        "receipt": "rcpt 1", "offer_id": None, "status": "created", "attempts": 0, "notes": {"cart": "17"},
        "created_at": made["created_at"],
    }  # fmt: skip
    assert shop.get(f"/orders/{made['id']}") == made
    checkout = Checkout.objects.get()
    assert (checkout.metadata, checkout.capture_mode, checkout.is_reusable) == ({"cart": "17"}, "manual", True)


def test_create_order_without_notes_has_an_empty_list_of_them(shop: Shop) -> None:
    made = shop.order()
    assert (made["notes"], made["receipt"]) == ([], None)
    assert shop.order(notes=[])["notes"] == []


def test_create_order_twice_with_one_receipt_makes_two(shop: Shop) -> None:
    first, second = shop.order(receipt="same"), shop.order(receipt="same")
    assert first["id"] != second["id"]
    found = shop.get("/orders?receipt=same")
    assert (found["count"], [item["id"] for item in found["items"]]) == (2, [second["id"], first["id"]])
    assert shop.get("/orders?receipt=other") == {"entity": "collection", "count": 0, "items": []}


def test_create_order_from_a_form_reads_numbers_and_notes(shop: Shop) -> None:
    form = "amount=50000&currency=INR&receipt=12&notes[shop]=north&payment[capture]=automatic"
    made = shop.call("post", "/orders/", form, content_type="application/x-www-form-urlencoded").json()
    assert (made["amount"], made["receipt"], made["notes"]) == (50_000, "12", {"shop": "north"})
    assert Checkout.objects.get().capture_mode == "automatic"


@pytest.mark.parametrize(
    ("changes", "description", "field"),
    [
        ({"amount": None}, "The amount field is required.", "amount"),
        ({"amount": "50000"}, "The amount must be an integer.", "amount"),
        ({"amount": 500.5}, "The amount must be an integer.", "amount"),
        ({"amount": True}, "The amount must be an integer.", "amount"),
        ({"amount": 99}, "The amount must be at least INR 1.00", "amount"),
        ({"amount": -100}, "The amount must be at least INR 1.00", "amount"),
        ({"amount": 10**10}, "Amount exceeds maximum amount allowed.", "amount"),
        ({"currency": None}, "The currency field is required.", "currency"),
        ({"currency": "XXX"}, "Currency is not supported", "currency"),
        ({"currency": ["INR"]}, "Currency is not supported", "currency"),
        ({"receipt": "r" * 41}, "The receipt may not be greater than 40 characters.", "receipt"),
        ({"receipt": {"a": 1}}, "The receipt must be a string.", "receipt"),
        ({"notes": "text"}, "The notes must be an array.", "notes"),
        ({"notes": {str(n): "x" for n in range(16)}}, "The notes may not have more than 15 items.", "notes"),
        ({"notes": {"long": "x" * 257}}, "The notes values must be strings of at most 256 characters.", "notes"),
        ({"payment": {"capture": "later"}}, "The capture must be automatic or manual.", "payment.capture"),
        ({"payment_capture": "perhaps"}, "The payment_capture field must be true or false.", "payment_capture"),
    ],
)
def test_create_order_refusal_names_the_field_and_makes_nothing(shop: Shop, changes: dict[str, Any], description: str, field: str) -> None:
    body = {name: value for name, value in {"amount": 50_000, "currency": "INR", **changes}.items() if value is not None}
    response = shop.call("post", "/orders", body)
    assert response.status_code == 400
    assert response.json() == {
        "error": {
            "code": "BAD_REQUEST_ERROR", "description": description, "source": "business", "step": "payment_initiation",
            "reason": "input_validation_failed", "metadata": {}, "field": field,
        }
    }  # fmt: skip
    assert not Checkout.objects.exists()


def test_change_notes_of_an_order_keeps_them(shop: Shop) -> None:
    order = shop.order(notes={"a": "1"})
    changed = shop.call("patch", f"/orders/{order['id']}", {"notes": {"b": "2"}})
    assert changed.json() == {**order, "notes": {"b": "2"}} == shop.get(f"/orders/{order['id']}")
    assert shop.call("patch", f"/orders/{order['id']}", {"notes": {}}).json()["notes"] == []


def test_change_anything_else_of_an_order_is_refused(shop: Shop) -> None:
    order = shop.order()
    told = shop.refused("patch", f"/orders/{order['id']}", {"notes": {}, "amount": 1, "receipt": "x"})
    assert told == (400, "amount, receipt are not required and should not be sent", "amount")
    assert shop.refused("patch", f"/orders/{order['id']}", {}) == (400, "The notes field is required.", "notes")


def test_failed_attempt_leaves_the_order_attempted_and_a_second_pays_it(shop: Shop) -> None:
    order = shop.order()
    failed = shop.pay(order["id"], **{**CARD, "cardNumber": "4000000000000002"})
    seen = shop.get(f"/orders/{order['id']}")
    assert (failed["status"], seen["status"], seen["attempts"], seen["amount_paid"]) == ("failed", "attempted", 1, 0)
    shop.pay(order["id"])
    seen = shop.get(f"/orders/{order['id']}")
    assert (seen["status"], seen["attempts"], seen["amount_due"]) == ("attempted", 2, 50_000)
    payments = shop.get(f"/orders/{order['id']}/payments")
    assert [payment["status"] for payment in payments["items"]] == ["authorized", "failed"]


def test_list_orders_pages_and_expands(shop: Shop) -> None:
    made = [shop.order() for _ in range(3)]
    payment = shop.pay(made[0]["id"])
    page = shop.get("/orders?count=2&skip=1&expand[]=payments")
    assert [item["id"] for item in page["items"]] == [made[1]["id"], made[0]["id"]]
    assert [item["payments"]["count"] for item in page["items"]] == [0, 1]
    assert page["items"][1]["payments"]["items"] == [payment]
    assert [item["id"] for item in shop.get("/orders?authorized=1")["items"]] == [made[0]["id"]]
    assert [item["id"] for item in shop.get("/orders?authorized=0")["items"]] == [made[2]["id"], made[1]["id"]]
    at = made[0]["created_at"]
    assert shop.get(f"/orders?from={at - 60}&to={at + 60}")["count"] == 3
    assert shop.get(f"/orders?to={at - 60}")["count"] == shop.get(f"/orders?from={at + 60}")["count"] == 0


@pytest.mark.parametrize(
    ("query", "description"),
    [
        ("count=0", "The count must be at least 1."),
        ("count=101", "The count may not be greater than 100."),
        ("skip=-1", "The skip must be an integer."),
        ("from=yesterday", "The from must be an integer."),
        ("to=99999999999999", "The to may not be greater than 253402300799."),
    ],
)
def test_list_orders_with_a_bad_query_is_refused(shop: Shop, query: str, description: str) -> None:
    assert shop.refused("get", f"/orders?{query}")[:2] == (400, description)


@pytest.mark.parametrize("order_id", ["order_00000000000000", "order_x", "x", "pay_00000000000000", "order_zzzzzzzzzzzzzz"])
def test_get_order_that_is_none_is_refused(shop: Shop, order_id: str) -> None:
    assert shop.refused("get", f"/orders/{order_id}") == (400, "The id provided does not exist", "")


def test_foreign_order_is_as_unknown(shop: Shop, other_shop: Shop) -> None:
    order = other_shop.order()
    for method, path in (("get", ""), ("patch", ""), ("get", "/payments")):
        assert shop.refused(method, f"/orders/{order['id']}{path}", {"notes": {}} if method == "patch" else None)[1] == (
            "The id provided does not exist"
        )
    assert shop.get("/orders")["count"] == 0
