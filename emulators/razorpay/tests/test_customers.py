"""Customers over HTTP."""

from typing import Any

from emulators.razorpay.tests.conftest import Shop

BODY = {"name": "Gaurav Kumar", "email": "gaurav@example.com", "contact": "9123456780", "notes": {"a": "b"}}


def test_create_customer_answers_razorpays_customer(shop: Shop) -> None:
    made: dict[str, Any] = shop.post("/customers", BODY)
    expected = {"id": made["id"], "entity": "customer", **BODY, "gstin": None, "created_at": made["created_at"]}
    assert made == expected == shop.get(f"/customers/{made['id']}")
    assert made["id"].startswith("cust_") and len(made["id"]) == 19
    assert shop.get("/customers") == {"entity": "collection", "count": 1, "items": [made]}


def test_create_customer_twice_is_refused_unless_asked(shop: Shop, other_shop: Shop) -> None:
    made = shop.post("/customers", BODY)
    assert shop.refused("post", "/customers", BODY)[1] == "Customer already exists for the merchant"
    assert shop.post("/customers", {**BODY, "name": "Other", "fail_existing": "0"}) == made
    assert other_shop.post("/customers", BODY)["id"] != made["id"]
    assert shop.post("/customers", {**BODY, "email": "other@example.com"})["id"] != made["id"]


def test_foreign_customer_is_as_unknown(shop: Shop, other_shop: Shop) -> None:
    theirs = other_shop.post("/customers", BODY)
    for customer_id in (theirs["id"], "cust_00000000000000", "nobody"):
        assert shop.refused("get", f"/customers/{customer_id}") == (400, "The id provided does not exist", "")
