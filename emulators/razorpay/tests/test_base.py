"""What every route of Razorpay's shares: keys, bodies, methods, slashes, its own 404."""

import base64
import re
from typing import Any

import pytest
from django.test import Client

from emulators.razorpay.tests.conftest import Shop
from merchants.models import Merchant
from merchants.services.issue_key import issue_key
from merchants.states import Environment, Scope

REFUSED = {"error": {"code": "BAD_REQUEST_ERROR", "description": "Authentication failed"}}
NOWHERE = {
    "error": {
        "code": "BAD_REQUEST_ERROR", "description": "The requested URL was not found on the server.", "source": "business",
        "step": "payment_initiation", "reason": "input_validation_failed", "metadata": {},
    }
}  # fmt: skip


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}


def test_wrong_key_is_refused_whatever_is_wrong_with_it(shop: Shop) -> None:
    payments = issue_key(merchant=shop.merchant, scope=Scope.PAYMENTS).key
    wrong: list[dict[str, str]] = [
        {}, basic(shop.key_id, "wrong"), basic(shop.key_id, ""), basic("rzp_test_00000000000000", shop.secret), basic(payments, ""),
        {"Authorization": f"Bearer {shop.secret}"}, {"Authorization": "Basic ***"}, {"X-API-KEY": payments},
    ]  # fmt: skip
    for headers in wrong:
        response = Client().get("/razorpay/v1/orders", headers=headers)
        assert (response.status_code, response.json()) == (401, REFUSED), headers


def test_live_merchant_is_served_the_same(shop: Shop) -> None:
    Merchant.objects.filter(pk=shop.merchant.pk).update(environment=Environment.LIVE)
    shop.merchant.refresh_from_db()
    live = Shop(shop.merchant)
    assert live.key_id.startswith("rzp_live_")
    assert live.order()["status"] == "created"


@pytest.mark.parametrize("path", ["", "v1", "v1/", "v1/plans", "v1/orders/order_1/items", "v2/orders", "v1/orders//"])
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_route_that_is_none_answers_razorpays_404(db: None, path: str, method: str) -> None:
    response = getattr(Client(), method)(f"/razorpay/{path}")
    assert (response.status_code, response.json()) == (404, NOWHERE)


def test_slash_at_the_end_is_the_same_route(shop: Shop) -> None:
    order = shop.post("/orders/", {"amount": 100, "currency": "INR"})
    assert shop.get(f"/orders/{order['id']}/") == shop.get(f"/orders/{order['id']}") == order


def test_other_method_is_refused_in_the_envelope(shop: Shop) -> None:
    response = shop.call("delete", "/orders")
    assert (response.status_code, response["Allow"]) == (405, "GET, POST, HEAD, OPTIONS")
    assert response.json()["error"]["code"] == "BAD_REQUEST_ERROR"


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        ("{not json", "application/json", 400),
        ("[1]", "application/json", 400),
        ('{"amount": 1, "amount": 2}', "application/json", 400),
        ("notes[a]=1&notes=2", "application/x-www-form-urlencoded", 400),
        ("notes=2&notes[a]=1", "application/x-www-form-urlencoded", 400),
        ("<amount/>", "text/xml", 415),
    ],
)
def test_body_that_cannot_be_read_is_refused_in_the_envelope(shop: Shop, body: str, content_type: str, status: int) -> None:
    response = shop.call("post", "/orders", body, content_type=content_type)
    error: dict[str, Any] = response.json()["error"]
    assert (response.status_code, error["code"]) == (status, "BAD_REQUEST_ERROR")


def _ids(told: Any) -> set[str]:
    """Every id in an answer, however deep."""
    if isinstance(told, dict):
        return set().union(*(_ids(value) for value in told.values()))
    if isinstance(told, list):
        return set().union(*(_ids(value) for value in told))
    return {told} if isinstance(told, str) and re.fullmatch(r"[a-z]+_[0-9A-Za-z]{14}", told) else set()


def test_every_id_that_is_told_is_taken_back(shop: Shop) -> None:
    paths = {"order": "orders", "pay": "payments", "rfnd": "refunds", "plink": "payment_links", "cust": "customers"}
    payments = [shop.paid() for _ in range(3)]
    for payment in payments:
        shop.post(f"/payments/{payment['id']}/refund", {"amount": 100})
    link = shop.post("/payment_links", {"amount": 1000})
    shop.pay(link["order_id"])
    shop.post("/customers", {"name": "A Khan"})
    told = _ids([shop.get(f"/{path}") for path in paths.values()])
    asked = {each: paths[each.partition("_")[0]] for each in told if not each.startswith("card_")}
    assert len(asked) == 4 + 4 + 3 + 1 + 1
    for each, path in asked.items():
        assert shop.get(f"/{path}/{each}")["id"] == each
