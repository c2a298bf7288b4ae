"""`POST /api/v1/sandbox/top-up`: money for a sandbox merchant."""

from typing import Any

import pytest

from conftest import Api
from ledger.models import MerchantBalance, Transfer
from ledger.services.check import findings
from merchants.models import Merchant
from merchants.states import Environment


def test_top_up_adds_and_answers_the_balance(api: Api) -> None:
    api.payout(amount="100")
    response = api.post("/sandbox/top-up", {"amount": "0.05"})
    assert (response.status_code, response.json()["success"]) == (200, True)
    assert response.json()["data"] == {
        "currency": "PKR", "balance": "10000000.05", "lockedBalance": "100.00", "availableBalance": "9999900.05",
    }  # fmt: skip
    assert {name: value for name, value in response.json()["data"].items() if name != "currency"} == api.get("/balance").json()["data"]
    assert api.get("/balance/history").json()["data"]["entries"][0]["description"] == "Balance top-up"


def test_top_up_opens_a_balance_in_another_currency(api: Api) -> None:
    data = api.post("/sandbox/top-up", {"amount": 1.000001, "currency": "USDT"}).json()["data"]
    assert (data["currency"], data["availableBalance"]) == ("USDT", "1.000001")
    assert list(findings()) == []


_BAD: list[tuple[str, Any]] = [
    ("amount", None), ("amount", 0), ("amount", "-1"), ("amount", "0.001"), ("amount", "1e3"), ("amount", True), ("amount", [1]),
    ("amount", "10000000000"), ("currency", "XXX"), ("currency", None), ("currency", ["PKR"]), ("colour", "red"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), _BAD)
def test_top_up_with_a_bad_member_is_refused_by_name(api: Api, name: str, value: Any) -> None:
    response = api.post("/sandbox/top-up", {"amount": 1, name: value})
    assert (response.status_code, response["X-MyPay-Error-Field"]) == (400, name)
    assert Transfer.objects.count() == 1


@pytest.mark.broken_ledger
def test_top_up_beyond_what_a_balance_holds_is_refused(api: Api, merchant: Merchant) -> None:
    MerchantBalance.objects.filter(merchant=merchant).update(available=10**18 - 1)
    response = api.post("/sandbox/top-up", {"amount": "0.02"})
    assert (response.status_code, response["X-MyPay-Error-Field"]) == (400, "amount")


def test_top_up_of_a_live_merchant_is_refused(api: Api, merchant: Merchant) -> None:
    Merchant.objects.filter(pk=merchant.pk).update(environment=Environment.LIVE)
    assert api.post("/sandbox/top-up", {"amount": 1}).json()["error"]["code"] == "SANDBOX_ONLY"
    assert Transfer.objects.count() == 1


def test_top_up_without_a_key_is_refused(api: Api) -> None:
    response = api.client.post("/api/v1/sandbox/top-up", {"amount": 1}, content_type="application/json")
    assert response.status_code == 401
