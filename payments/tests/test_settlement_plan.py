"""The terms of settlement: what they are, who may change them and from when on they count."""

from typing import Any

import pytest

from audit.models import AuditEntry
from merchants.models import Merchant
from payments.models import SettlementPlan
from payments.tests.clearing import Desk
from payments.tests.conftest import Shop

MONDAY = "2026-03-02T09:00+05:00"
USUAL = {
    "currency": "PKR", "country": "PK", "timeZone": "Asia/Karachi", "delayDays": 1, "cutoff": "17:00", "feeFixed": "0.00",
    "feePercent": "2.5", "feeMinimum": "0.00", "taxPercent": "16", "minimum": "0.00", "nextSettlementAt": None,
}  # fmt: skip


@pytest.fixture
def desk(shop: Shop) -> Desk:
    return Desk(shop, MONDAY)


def _plan(desk: Desk, currency: str = "PKR") -> Any:
    return next(plan for plan in desk.shop.data("/settlement-plans")["plans"] if plan["currency"] == currency)


def test_plans_are_the_usual_ones_before_anything_was_collected(desk: Desk) -> None:
    plans = desk.shop.data("/settlement-plans")["plans"]
    assert [plan["currency"] for plan in plans] == ["PKR", "INR", "NGN", "KES", "USD", "GBP", "EUR"]
    assert plans[0] == USUAL
    assert [(plan["country"], plan["timeZone"]) for plan in plans[1:5]] == [
        ("IN", "Asia/Kolkata"), ("NG", "Africa/Lagos"), ("KE", "Africa/Nairobi"), ("", "UTC"),
    ]  # fmt: skip
    assert (plans[4]["feeFixed"], plans[4]["feePercent"], plans[2]["feeFixed"]) == ("0.30", "2.9", "100.00")
    assert SettlementPlan.objects.count() == 0
    desk.shop.paid()
    assert _plan(desk) == {**USUAL, "nextSettlementAt": "2026-03-03T12:00:00.000Z"}


def test_change_plan_changes_what_is_named_and_is_audited(desk: Desk) -> None:
    assert desk.plan(delayDays=2, cutoff="08:05", feePercent="1.2345") == {
        **USUAL,
        "delayDays": 2,
        "cutoff": "08:05",
        "feePercent": "1.2345",
    }
    changed = desk.plan(country="", feeFixed=5, feeMinimum="10.5", taxPercent="0", minimum="1000.00")
    assert changed == _plan(desk) == {
        **USUAL, "delayDays": 2, "cutoff": "08:05", "feePercent": "1.2345", "country": "", "timeZone": "UTC", "feeFixed": "5.00",
        "feeMinimum": "10.50", "taxPercent": "0", "minimum": "1000.00",
    }  # fmt: skip
    assert desk.plan() == changed and desk.plan(minimum="1000") == changed
    first, second = AuditEntry.objects.filter(action="settlement_plan.changed").order_by("pk")
    assert '"fee_ppm":["25000","12345"]' in first.details and '"country":["PK",""]' in second.details
    assert first.merchant_id == desk.merchant.pk


def test_change_plan_leaves_what_was_collected_its_day_and_fee(desk: Desk) -> None:
    desk.shop.paid(amount="1000.00")
    desk.plan(delayDays=5, feePercent="10", taxPercent="0")
    desk.shop.paid(amount="1000.00")
    desk.until("2026-03-03T17:00+05:00")
    [first] = desk.batches()
    assert (first["itemCount"], first["fee"], first["tax"]) == (1, "25.00", "4.00")
    assert desk.upcoming()["nextSettlementAt"] == "2026-03-09T12:00:00.000Z"
    desk.until("2026-03-09T17:00+05:00")
    assert [(batch["itemCount"], batch["fee"]) for batch in desk.batches()] == [(1, "25.00"), (1, "100.00")]


def test_change_plan_while_a_batch_waits_for_the_minimum_counts_from_the_next_cutoff(desk: Desk) -> None:
    desk.plan(delayDays=0, minimum="5000.00")
    desk.shop.paid()
    desk.until("2026-03-03T09:00+05:00")
    assert desk.plan(minimum="0", cutoff="10:00")["nextSettlementAt"] == "2026-03-03T05:00:00.000Z"
    desk.until("2026-03-03T10:00+05:00")
    assert [batch["createdAt"] for batch in desk.batches()] == ["2026-03-03T05:00:00.000Z"]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("country", ["pk", "US", None, 5, ["PK"], {}]),
        ("delayDays", [-1, 31, 1.5, "x", True, None, [], "-1", "1000"]),
        ("cutoff", ["24:00", "7:00", "17:60", "17:00:00", 17, None, "٠١:٠٠", "17.00"]),
        ("feeFixed", ["-1", -1, "1.001", "x", None, True, "1e3", 10**9, "100000000", [], "1,000"]),
        ("feePercent", ["-1", "100.0001", 101, "2.50001", "x", None, True, "1e1", "NaN", []]),
        ("feeMinimum", ["0.001", -0.01, {}]),
        ("taxPercent", [-1, "200", ""]),
        ("minimum", ["", " ", "0x10"]),
        ("fee", ["1"]),
        ("currency", ["PKR"]),
    ],
)
def test_change_plan_refuses_by_name_and_changes_nothing(desk: Desk, name: str, values: list[Any]) -> None:
    for value in values:
        response = desk.control("PUT", "/settlement-plans/PKR", {"delayDays": 3, name: value}, status=400)
        assert response["X-MyPay-Error-Field"] == name, value
    assert _plan(desk) == USUAL and not AuditEntry.objects.filter(action="settlement_plan.changed").exists()


@pytest.mark.parametrize("zero", [0, "0", "0.00", "000.0"])
def test_change_plan_takes_zero_for_an_amount(desk: Desk, zero: Any) -> None:
    assert desk.plan("USD", feeFixed=zero)["feeFixed"] == "0.00"


def test_change_plan_by_form_is_understood(desk: Desk) -> None:
    body = "delayDays=3&cutoff=09%3A30&feePercent=1.5&country="
    sent = {"content_type": "application/x-www-form-urlencoded", "headers": {"X-Api-Key": desk.shop.key}}
    response = desk.client.put("/api/v1/sandbox/settlement-plans/PKR", body, **sent)
    assert response.status_code == 200, response.content
    assert {name: response.json()["data"][name] for name in ("delayDays", "cutoff", "feePercent", "country")} == {
        "delayDays": 3, "cutoff": "09:30", "feePercent": "1.5", "country": "",
    }  # fmt: skip


@pytest.mark.parametrize("currency", ["pkr", "XYZ", "USDT", "x" * 300])
def test_change_plan_of_an_unknown_currency_is_404(desk: Desk, currency: str) -> None:
    desk.control("PUT", f"/settlement-plans/{currency}", {"delayDays": 2}, status=404)


def test_controls_of_a_live_merchant_are_refused(desk: Desk) -> None:
    Merchant.objects.filter(pk=desk.merchant.pk).update(environment="live")
    for method, path, body in (
        ("PUT", "/settlement-plans/PKR", {}),
        ("POST", "/settlements/run", {}),
        ("POST", "/settlements/x/breaks", {}),
        ("GET", "/settlements/x/breaks", None),
        ("DELETE", "/settlements/x/breaks", None),
        ("POST", "/settlements/x/grade", {"findings": []}),
    ):
        response = desk.control(method, path, body, status=403)
        assert response.json()["error"]["code"] == "SANDBOX_ONLY", path
    assert desk.shop.data("/settlement-plans")["plans"][0] == USUAL


def test_plans_are_each_merchants_own(desk: Desk, rival: Shop) -> None:
    desk.plan(delayDays=9)
    assert rival.data("/settlement-plans")["plans"][0] == USUAL
    assert desk.plan("USD", delayDays=2)["delayDays"] == 2 and _plan(desk)["delayDays"] == 9
