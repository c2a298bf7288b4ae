"""Scenarios, faults and the clock act on Razorpay's API as on ours, with no line of code there for it."""

import pytest

from emulators.razorpay.tests.conftest import Shop
from merchants.models import Merchant
from payments.models import Checkout
from sandbox.faults import FaultKind
from sandbox.services.faults import add_fault
from sandbox.services.rules import add_rule
from sandbox.states import Flow, Outcome

SERVER_ERROR = {
    "error": {
        "code": "SERVER_ERROR",
        "description": "We are facing some trouble completing your request at the moment. Please try again shortly.",
        "source": "internal", "step": "payment_initiation", "reason": "server_error", "metadata": {},
    }
}  # fmt: skip
ORDER = {"amount": 50_000, "currency": "INR"}


def test_rule_on_notes_fails_the_payment(shop: Shop) -> None:
    bad = {"metadata": {"cart": "bad"}}
    add_rule(merchant=shop.merchant, flow=Flow.PAYMENT, outcome=Outcome.INSUFFICIENT_FUNDS, match=bad)
    failed = shop.pay(shop.order(notes={"cart": "bad"})["id"])
    assert (failed["status"], failed["error_reason"], failed["error_source"]) == ("failed", "insufficient_fund", "customer")
    assert shop.pay(shop.order(notes={"cart": "good"})["id"])["status"] == "authorized"


def test_scenario_header_decides_what_becomes_of_the_order(shop: Shop) -> None:
    order = shop.post("/orders", ORDER, **{"X-Mock-Scenario": "timeout"})
    assert shop.pay(order["id"])["error_reason"] == "payment_timed_out"
    told = shop.refused("post", "/orders", ORDER, **{"X-Mock-Scenario": "sunshine"})
    assert (told[0], told[2]) == (400, "X-Mock-Scenario")


def test_scenario_header_decides_a_refund(shop: Shop) -> None:
    payment = shop.paid()
    refund = shop.post(f"/payments/{payment['id']}/refund", {}, **{"X-Mock-Scenario": "failed"})
    shop.later(hours=1)
    assert shop.get(f"/refunds/{refund['id']}")["status"] == "failed"
    assert shop.get(f"/payments/{payment['id']}")["refund_status"] is None


def test_fault_after_the_effect_has_really_made_the_order(shop: Shop) -> None:
    where = {"method": "POST", "route": "/razorpay/v1/orders"}
    add_fault(merchant=shop.merchant, kind=FaultKind.ERROR_AFTER, number=None, match=where, uses=1)
    response = shop.call("post", "/orders", {**ORDER, "receipt": "lost"})
    assert (response.status_code, response.json(), response["X-Mock-Fault"]) == (500, SERVER_ERROR, "error_after")
    assert shop.get("/orders?receipt=lost")["count"] == 1


@pytest.mark.parametrize(
    ("header", "status", "code"), [("error_before", 500, "SERVER_ERROR"), ("rate_limited;7", 429, "BAD_REQUEST_ERROR")]
)
def test_fault_before_the_effect_makes_nothing(shop: Shop, header: str, status: int, code: str) -> None:
    response = shop.call("post", "/orders", ORDER, **{"X-Mock-Fault": header})
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert response.headers.get("Retry-After") == ("7" if status == 429 else None)
    assert not Checkout.objects.exists()


def test_authorization_that_nobody_captures_is_given_back_after_three_days(shop: Shop) -> None:
    payment = shop.pay(shop.order()["id"])
    shop.later(days=2, hours=23)
    assert shop.get(f"/payments/{payment['id']}")["status"] == "authorized"
    shop.later(hours=2)
    seen = shop.get(f"/payments/{payment['id']}")
    assert (seen["status"], seen["amount_refunded"], seen["refund_status"], seen["captured"]) == ("refunded", 50_000, "full", False)
    assert shop.get(f"/orders/{payment['order_id']}")["status"] == "attempted"
    assert shop.refused("post", f"/payments/{payment['id']}/capture", {"amount": 50_000})[0] == 400


def test_new_objects_bear_the_shops_own_time(shop: Shop) -> None:
    before = shop.order()["created_at"]
    shop.later(days=10)
    assert 864_000 <= shop.order()["created_at"] - before < 864_060
    assert Merchant.objects.get(pk=shop.merchant.pk).clock_offset_ms > 0
