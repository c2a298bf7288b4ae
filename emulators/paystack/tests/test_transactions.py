"""Transactions: opened, verified, fetched, listed."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from emulators.paystack.tests.conftest import DECLINED, EMAIL, Shop
from payments.models import Checkout

KEYS = {
    "id", "domain", "status", "reference", "receipt_number", "amount", "message", "gateway_response", "paid_at", "created_at", "channel",
    "currency", "ip_address", "metadata", "log", "fees", "fees_split", "authorization", "customer", "plan", "split", "order_id", "paidAt",
    "createdAt", "requested_amount", "pos_transaction_data", "source", "fees_breakdown", "connect", "transaction_date", "plan_object",
    "subaccount",
}  # fmt: skip
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def test_initialize_gives_the_page_its_code_and_the_reference(shop: Shop) -> None:
    told = shop.whole("post", "/transaction/initialize", {"email": "Ada@Example.com", "amount": 50_000})
    data = told["data"]
    assert told["message"] == "Authorization URL created" and set(data) == {"authorization_url", "access_code", "reference"}
    assert data["authorization_url"].endswith(f"/paystack/checkout/{data['access_code']}")
    assert re.fullmatch(r"[a-z0-9]{10,15}", data["reference"]) and re.fullmatch(r"[A-Za-z0-9]{13,15}", data["access_code"])
    found = shop.verified(data["reference"])
    assert set(found) == KEYS and found["customer"]["email"] == EMAIL
    assert (found["status"], found["amount"], found["currency"], found["metadata"], found["authorization"]) == (
        "abandoned",
        50_000,
        "NGN",
        "",
        {},
    )


def test_verify_paid_transaction_is_the_same_by_its_number(shop: Shop) -> None:
    opened = shop.opened(reference="T-1.a=b", metadata={"cart": "17", "custom_fields": []})
    shop.pay(opened)
    told = shop.whole("get", "/transaction/verify/T-1.a=b")
    found = told["data"]
    assert told["message"] == "Verification successful"
    assert (found["status"], found["gateway_response"], found["channel"]) == ("success", "Successful", "card")
    assert found["paid_at"] == found["paidAt"] and TIME.fullmatch(found["paid_at"]) and TIME.fullmatch(found["created_at"])
    assert found["metadata"] == {"cart": "17", "custom_fields": []} and isinstance(found["fees"], int)
    assert isinstance(found["id"], int) and found["id"] < 2**53
    assert shop.whole("get", f"/transaction/{found['id']}") == told | {"message": "Transaction retrieved"}


def test_unknown_and_foreign_transactions_are_refused_alike(shop: Shop, other_shop: Shop) -> None:
    theirs = other_shop.verified(other_shop.opened(reference="theirs")["reference"])
    for reference in ("theirs", "nobodys"):
        assert shop.refused("get", f"/transaction/verify/{reference}") == (400, "Transaction reference not found", "transaction_not_found")
    for number in (theirs["id"], 17, "abc", 10**30):
        assert shop.refused("get", f"/transaction/{number}") == (404, "Transaction not found", "transaction_not_found")


@pytest.mark.parametrize(
    ("changes", "message", "code", "field"),
    [
        ({"email": None}, "Email is required", "missing_params", "email"),
        ({"email": "ada"}, "Invalid Email Address Passed", "invalid_email_address", "email"),
        ({"amount": None}, "Amount is required", "missing_params", "amount"),
        ({"amount": "5.5"}, "Amount must be a whole number, in the currency's subunit", "invalid_params", "amount"),
        ({"amount": 0}, "Invalid Amount Sent", "invalid_amount", "amount"),
        ({"currency": "GHS"}, "Currency not supported by merchant", "unsupported_currency", "currency"),
        ({"reference": "a_b"}, "Reference may only hold -, ., = and alphanumeric characters", "invalid_reference", "reference"),
        ({"callback_url": "javascript:1"}, "Callback_url must be a valid URL", "invalid_params", "callback_url"),
        ({"metadata": '{"a": NaN}'}, "Metadata must be an object", "invalid_params", "metadata"),
        ({"channels": ["qr"]}, "No active channel", "no_active_channel", "channels"),
    ],
)
def test_initialize_bad_member_is_named_and_nothing_is_made(shop: Shop, changes: Any, message: str, code: str, field: str) -> None:
    response = shop.call("post", "/transaction/initialize", {"email": EMAIL, "amount": 5000, **changes})
    told = response.json()
    assert (response.status_code, told["message"], told["code"], told["type"]) == (400, message, code, "validation_error")
    assert response["X-MyPay-Error-Field"] == field and told["meta"]["nextStep"]
    assert not Checkout.objects.exists()


def test_reference_is_used_once_by_each_merchant(shop: Shop, other_shop: Shop) -> None:
    shop.opened(reference="once")
    body = {"email": EMAIL, "amount": 5000, "reference": "once"}
    assert shop.refused("post", "/transaction/initialize", body) == (400, "Duplicate Transaction Reference", "duplicate_reference")
    assert shop.refused("post", "/charge", {**body, "ussd": {"type": "737"}})[2] == "duplicate_reference"
    assert other_shop.opened(reference="once")["reference"] == "once"


def test_list_counts_its_pages_and_what_was_collected(shop: Shop, other_shop: Shop) -> None:
    made = [shop.opened() for _ in range(3)]
    other_shop.pay(other_shop.opened())
    shop.pay(made[0])
    told = shop.whole("get", "/transaction?perPage=2&page=2")
    assert told["message"] == "Transactions retrieved"
    assert told["meta"] == {"total": 3, "total_volume": 50_000, "skipped": 2, "perPage": 2, "page": 2, "pageCount": 2}
    assert told["data"] == [shop.verified(made[0]["reference"])]


def test_list_by_cursor_goes_there_and_back(shop: Shop) -> None:
    references = [shop.opened()["reference"] for _ in range(5)][::-1]

    def page(query: str) -> tuple[list[str], Any]:
        told = shop.whole("get", f"/transaction?use_cursor=true&perPage=2{query}")
        assert told["meta"]["perPage"] == 2
        return [row["reference"] for row in told["data"]], told["meta"]

    first, meta = page("")
    second, next_meta = page(f"&next={meta['next']}")
    third, last_meta = page(f"&next={next_meta['next']}")
    assert first + second + third == references and meta["previous"] is None and last_meta["next"] is None
    assert page(f"&previous={last_meta['previous']}")[0] == second
    assert page(f"&previous={next_meta['previous']}")[0] == first
    assert shop.refused("get", "/transaction?use_cursor=true&next=!")[0] == 400
    assert shop.whole("get", "/transaction?use_cursor=False")["meta"]["total"] == 5


def test_list_by_status_customer_amount_and_time(shop: Shop) -> None:
    paid, open_, failed = shop.pay(shop.opened()), shop.opened(email="ola@example.com", amount=700), shop.charged(DECLINED)
    returned = shop.pay(shop.opened())
    shop.post("/refund", {"transaction": returned["reference"]})
    waiting = shop.charged("507850785078507812")

    def listed(query: str) -> list[str]:
        return [row["reference"] for row in shop.get(f"/transaction?{query}")]

    by_status = {"success": paid, "abandoned": open_, "failed": failed, "reversed": returned, "ongoing": waiting}
    for status, one in by_status.items():
        assert listed(f"status={status}") == [one["reference"]], status
        assert shop.verified(one["reference"])["status"] == status
    assert listed("status=other") == []
    customer = shop.verified(open_["reference"])["customer"]["id"]
    assert listed(f"customer={customer}") == listed("amount=700") == [open_["reference"]]
    assert shop.whole("get", "/transaction?status=success")["meta"]["total_volume"] == 50_000
    assert len(listed("from=2020-01-01")) == 5 and listed("to=2020-01-01T00:00:00.000Z") == []
    assert shop.refused("get", "/transaction?from=soon")[2] == "invalid_params"


def test_lists_ask_as_often_for_many_as_for_one(shop: Shop) -> None:
    def asked(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            shop.get(path)
        return len(captured)

    def refunded() -> None:
        shop.post("/refund", {"transaction": shop.charged()["reference"]})

    refunded()
    before = [asked("/transaction"), asked("/refund")]
    for _ in range(3):
        refunded()
    assert [asked("/transaction"), asked("/refund")] == before


def test_charge_again_pays_with_the_card_that_paid_before(shop: Shop, other_shop: Shop) -> None:
    code = shop.charged()["authorization"]["authorization_code"]
    body = {"email": EMAIL, "amount": "700", "authorization_code": code}
    told = shop.whole("post", "/transaction/charge_authorization", body)
    assert told["message"] == "Charge attempted" and told["data"]["status"] == "success"
    first, again = shop.charged()["authorization"], told["data"]["authorization"]
    assert {**again, "authorization_code": ""} == {**first, "authorization_code": ""} and again["reusable"] is True
    for spoilt in ({"email": "ola@example.com"}, {"authorization_code": "AUTH_00000000000000"}, {"authorization_code": f"{code}x"}):
        assert shop.refused("post", "/transaction/charge_authorization", {**body, **spoilt})[::2] == (400, "invalid_authorization")
    assert other_shop.refused("post", "/charge", body)[2] == "invalid_authorization"
