"""Refunds over HTTP, in both of their forms."""

from typing import Any

import pytest

from emulators.razorpay.tests.conftest import Shop
from payments.models import Refund

KEY = {"X-Refund-Idempotency": "refund-key-1"}


@pytest.mark.parametrize("is_in_path", [True, False])
def test_refund_answers_razorpays_refund(shop: Shop, is_in_path: bool) -> None:
    payment = shop.paid()
    body = {"amount": 20_000, "notes": {"why": "late"}, "receipt": "r1", "speed": "optimum"}
    if is_in_path:
        made = shop.post(f"/payments/{payment['id']}/refund", body)
    else:
        made = shop.post("/refunds", {**body, "payment_id": payment["id"]})
    assert made == {
        "id": made["id"], "entity": "refund", "amount": 20_000, "currency": "INR", "payment_id": payment["id"],
        "notes": {"why": "late"}, "receipt": "r1", "acquirer_data": {"arn": None}, "created_at": made["created_at"], "batch_id": None,
        "status": "pending", "speed_requested": "optimum", "speed_processed": "normal",
    }  # fmt: skip
    assert made == shop.get(f"/refunds/{made['id']}") == shop.get(f"/payments/{payment['id']}/refunds/{made['id']}")
    seen = shop.get(f"/payments/{payment['id']}")
    assert (seen["status"], seen["amount_refunded"], seen["refund_status"]) == ("captured", 20_000, "partial")


def test_refunds_in_parts_make_the_payment_refunded_and_then_no_more(shop: Shop) -> None:
    payment = shop.paid()
    shop.post(f"/payments/{payment['id']}/refund", {"amount": 20_000})
    rest = shop.post(f"/payments/{payment['id']}/refund")
    assert (rest["amount"], rest["notes"], rest["receipt"], rest["speed_requested"]) == (30_000, [], None, "normal")
    seen = shop.get(f"/payments/{payment['id']}")
    assert (seen["status"], seen["refund_status"], seen["captured"]) == ("refunded", "full", True)
    assert shop.get(f"/orders/{payment['order_id']}")["status"] == "paid"
    told = shop.refused("post", f"/payments/{payment['id']}/refund", {"amount": 100})
    assert told == (400, "The payment has been fully refunded already.", "amount")


def test_refund_becomes_processed(shop: Shop) -> None:
    payment = shop.paid()
    refund = shop.post(f"/payments/{payment['id']}/refund")
    shop.later(hours=1)
    seen = shop.get(f"/refunds/{refund['id']}")
    assert seen["status"] == "processed" and len(seen["acquirer_data"]["arn"]) == 23


@pytest.mark.parametrize(
    ("body", "description", "field"),
    [
        ({"amount": 50_100}, "The refund amount provided is greater than amount captured.", "amount"),
        ({"amount": 99}, "The amount must be at least INR 1.00", "amount"),
        ({"amount": "100"}, "The amount must be an integer.", "amount"),
        ({"speed": "instant"}, "The speed must be normal or optimum.", "speed"),
        ({"reason": "x"}, "reason is not required and should not be sent", "reason"),
        ({"reason": "x", "currency": "INR"}, "reason, currency are not required and should not be sent", "reason"),
        ({"receipt": "r" * 41}, "The receipt may not be greater than 40 characters.", "receipt"),
    ],
)
def test_refund_refusal_names_the_field_and_gives_nothing_back(shop: Shop, body: dict[str, Any], description: str, field: str) -> None:
    payment = shop.paid()
    assert shop.refused("post", f"/payments/{payment['id']}/refund", body) == (400, description, field)
    assert not Refund.objects.exists()


def test_refund_of_what_is_not_captured_is_refused(shop: Shop) -> None:
    payment = shop.pay(shop.order()["id"])
    told = shop.refused("post", f"/payments/{payment['id']}/refund")
    assert told[:2] == (400, "The payment status should be captured for action to be taken")


def test_refund_without_a_payment_is_refused(shop: Shop) -> None:
    assert shop.refused("post", "/refunds", {"amount": 100}) == (400, "The payment_id field is required.", "payment_id")
    assert shop.refused("post", "/refunds", {"payment_id": ["pay_1"]})[1] == "The id provided does not exist"


def test_refund_again_under_its_key_answers_the_first(shop: Shop) -> None:
    payment = shop.paid()
    path = f"/payments/{payment['id']}/refund"
    first = shop.post(path, {"amount": 50_000}, **KEY)
    assert shop.post(f"{path}/", {"amount": 50_000}, **KEY) == first
    clash = shop.refused("post", path, {"amount": 10_000}, **KEY)
    assert clash[:2] == (409, "Different request with the same idempotency key has already been processed.")
    assert Refund.objects.count() == 1


def test_refusal_of_a_refund_is_kept_under_its_key(shop: Shop) -> None:
    payment = shop.paid()
    path = f"/payments/{payment['id']}/refund"
    first = shop.refused("post", path, {"amount": 60_000}, **KEY)
    assert shop.refused("post", path, {"amount": 60_000}, **KEY) == first
    assert first[1] == "The refund amount provided is greater than amount captured."


@pytest.mark.parametrize("key", ["short", "x" * 300, "with space in it", "ümlaut-ümlaut"])
def test_refund_under_a_malformed_key_is_refused(shop: Shop, key: str) -> None:
    payment = shop.paid()
    told = shop.refused("post", f"/payments/{payment['id']}/refund", {}, **{"X-Refund-Idempotency": key})
    assert (told[0], told[2]) == (400, "X-Refund-Idempotency") and not Refund.objects.exists()


def test_change_notes_of_a_refund_keeps_the_rest(shop: Shop) -> None:
    payment = shop.paid()
    refund = shop.post(f"/payments/{payment['id']}/refund", {"receipt": "r1"})
    assert shop.call("patch", f"/refunds/{refund['id']}", {"notes": {"a": "b"}}).json() == {**refund, "notes": {"a": "b"}}


def test_lists_of_refunds_are_of_all_or_of_one_payment(shop: Shop, other_shop: Shop) -> None:
    one, other, theirs = shop.paid(), shop.paid(), other_shop.paid()
    first, second = (shop.post(f"/payments/{payment['id']}/refund", {"amount": 100}) for payment in (one, other))
    foreign = other_shop.post(f"/payments/{theirs['id']}/refund")
    assert [item["id"] for item in shop.get("/refunds")["items"]] == [second["id"], first["id"]]
    assert shop.get(f"/payments/{one['id']}/refunds") == {"entity": "collection", "count": 1, "items": [first]}
    for path in (f"/refunds/{foreign['id']}", f"/payments/{one['id']}/refunds/{second['id']}", "/refunds/rfnd_00000000000000"):
        assert shop.refused("get", path) == (400, "The id provided does not exist", "")
