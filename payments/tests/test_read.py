"""GET checkouts, transactions and test-scenarios: contract sections 4 and 5."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from payments.models import Checkout
from payments.tests.conftest import Payer, Shop
from payments.tests.test_complete import MOBILES


@pytest.mark.parametrize("prefix", ["", "/api/v1"])
def test_get_checkout_has_exactly_the_contracts_members(shop: Shop, prefix: str) -> None:
    checkout_id = shop.opened(reference="R-1", amount=1000.5, paymentMethod="card")
    response = shop.get(f"{prefix}/checkouts/{checkout_id}")
    assert response.status_code == 200
    body = response.json()
    assert list(body) == ["success", "checkout"] and body["success"] is True
    assert list(body["checkout"]) == ["checkoutId", "reference", "amount", "paymentMethod", "status", "createdAt"]
    created_at = body["checkout"].pop("createdAt")
    assert created_at.endswith("Z")
    assert body["checkout"] == {
        "checkoutId": checkout_id, "reference": "R-1", "amount": 1000.5, "paymentMethod": "card", "status": "pending",
    }  # fmt: skip


@pytest.mark.parametrize(("amount", "shown"), [("1000", "1000"), ("1000.50", "1000.5"), ("0.01", "0.01"), ("99999999.99", "99999999.99")])
def test_get_amount_is_the_exact_json_number(shop: Shop, amount: str, shown: str) -> None:
    assert f'"amount":{shown},'.encode() in shop.get(f"/checkouts/{shop.opened(amount=amount)}").content


@pytest.mark.parametrize("prefix", ["", "/api/v1"])
def test_get_transaction_has_exactly_the_contracts_members(shop: Shop, payer: Payer, prefix: str) -> None:
    checkout_id = shop.opened(reference="INV/2026/1 ä")
    members = ["reference", "checkoutId", "amount", "paymentMethod", "status", "statusCode", "createdAt", "updatedAt"]
    body = shop.get(f"{prefix}/transactions/INV/2026/1 ä").json()
    assert list(body) == ["success", "transaction"] and list(body["transaction"]) == members
    assert (body["transaction"]["status"], body["transaction"]["statusCode"]) == ("pending", None)
    payer.wallet(checkout_id, "03032222222")
    body = shop.get(f"{prefix}/transactions/INV/2026/1 ä").json()
    assert (body["transaction"]["status"], body["transaction"]["statusCode"]) == ("failed", "TIMEOUT")
    assert body["transaction"]["updatedAt"] >= body["transaction"]["createdAt"]


def test_get_unknown_or_foreign_is_the_same_404(shop: Shop, rival: Shop) -> None:
    theirs = rival.opened(reference="THEIRS")
    for checkout_id in (theirs, "01936b2e-0000-7000-8000-000000000000", "nonsense", "x" * 400):
        response = shop.get(f"/checkouts/{checkout_id}")
        assert (response.status_code, response.json()) == (404, {"success": False, "error": "Checkout session not found"})
    for reference in ("THEIRS", "NOBODYS", "x" * 4000, "%00", "%ff", "🙂", "A%0AB"):
        response = shop.get(f"/transactions/{reference}")
        assert (response.status_code, response.json()) == (404, {"success": False, "error": "Transaction not found"})


@pytest.mark.parametrize("path", ["/transactions", "/api/v1/transactions", "/transactions/X", "/checkouts/X"])
def test_get_without_key_is_401(shop: Shop, path: str) -> None:
    response = Client().get(path)
    assert (response.status_code, response.json()) == (401, {"success": False, "error": "Missing X-Api-Key header"})


def _references(response: Any) -> list[str]:
    return [row["reference"] for row in response.json()["transactions"]]


def test_list_is_paged_newest_first_and_the_merchants_own(shop: Shop, rival: Shop) -> None:
    rival.opened()
    for number in range(25):
        shop.opened(reference=f"N-{number:02d}")
    first = shop.get("/transactions").json()
    assert list(first) == ["success", "transactions", "pagination"]
    assert first["pagination"] == {"page": 1, "limit": 20, "total": 25, "pages": 2}
    assert [row["reference"] for row in first["transactions"]] == [f"N-{number:02d}" for number in range(24, 4, -1)]
    second = shop.get("/api/v1/transactions", {"page": 2})
    assert _references(second) == [f"N-{number:02d}" for number in range(4, -1, -1)]
    assert shop.get("/transactions", {"page": 9}).json()["transactions"] == []
    assert shop.get("/transactions", {"limit": 1000}).json()["pagination"]["limit"] == 100
    for bad in ({"page": "0", "limit": "-1"}, {"page": "x", "limit": "y"}, {"page": "1e3", "limit": "٣"}):
        assert shop.get("/transactions", bad).json()["pagination"] == {"page": 1, "limit": 20, "total": 25, "pages": 2}


def test_list_by_cursor_walks_through_all(shop: Shop) -> None:
    made = [shop.opened() for _ in range(7)]
    seen, cursor = [], ""
    while cursor is not None:
        body = shop.get("/transactions", {"cursor": cursor, "limit": 3}).json()
        seen += [row["checkoutId"] for row in body["transactions"]]
        cursor = body["pagination"]["nextCursor"]
    assert seen == made[::-1]
    assert shop.get("/transactions", {"cursor": "nonsense!"}).status_code == 400


def test_list_filters_by_status_method_and_reference(shop: Shop, payer: Payer) -> None:
    paid, failed = shop.opened(reference="PAID"), shop.opened(reference="FAILED", paymentMethod="easypaisa")
    payer.wallet(paid, "03030000000")
    payer.wallet(failed, "03021111111")
    shop.opened(reference="OPEN", paymentMethod="card")
    for query, expected in (
        ({"status": "completed"}, ["PAID"]),
        ({"status": "FAILED"}, ["FAILED"]),
        ({"status": "pending", "paymentMethod": "card"}, ["OPEN"]),
        ({"paymentMethod": "JazzCash"}, ["PAID"]),
        ({"reference": "PAID"}, ["PAID"]),
        ({"reference": "PAI"}, []),
        ({"status": "nonsense"}, []),
        ({"paymentMethod": "nonsense"}, []),
        ({"status": ""}, ["OPEN", "FAILED", "PAID"]),
    ):
        assert _references(shop.get("/transactions", query)) == expected, query


def test_list_filters_by_date_whole_days_and_times(shop: Shop) -> None:
    for day, hour in ((1, 0), (2, 23), (3, 12)):
        made = shop.opened(reference=f"DAY-{day}")
        Checkout.objects.filter(pk=made).update(created_at=datetime(2026, 3, day, hour, 30, tzinfo=UTC))
    for query, expected in (
        ({"startDate": "2026-03-02"}, ["DAY-3", "DAY-2"]),
        ({"endDate": "2026-03-02"}, ["DAY-2", "DAY-1"]),
        ({"startDate": "2026-03-02", "endDate": "2026-03-02"}, ["DAY-2"]),
        ({"startDate": "2026-03-03T12:30:00Z"}, ["DAY-3"]),
        ({"startDate": "2026-03-03T12:30:00.001Z"}, []),
        ({"endDate": "2026-03-01T05:30:00+05:00"}, ["DAY-1"]),
    ):
        assert _references(shop.get("/transactions", query)) == expected, query


@pytest.mark.parametrize("name", ["startDate", "endDate"])
@pytest.mark.parametrize(
    "text", ["yesterday", "2026-02-30", "2026-13-01", "9999-12-31", "0001-01-01T00:00:00+05:00", "2026-01-01T25:00:00Z"]
)
def test_list_bad_date_is_refused_by_name(shop: Shop, name: str, text: str) -> None:
    response = shop.get("/transactions", {name: text})
    assert (response.status_code, response["X-MyPay-Error-Field"], response.json()["success"]) == (400, name, False)


@pytest.mark.parametrize("prefix", ["", "/api/v1"])
def test_scenarios_need_no_key_and_show_the_table(db: None, prefix: str) -> None:
    body = Client().get(f"{prefix}/test-scenarios").json()
    assert list(body) == ["success", "message", "paymentMethods", "quickReference"]
    assert list(body["paymentMethods"]) == ["easypaisa", "jazzcash", "card"]
    for method in ("easypaisa", "jazzcash"):
        shown = body["paymentMethods"][method]["scenarios"]
        assert [(row["mobileNumber"], row["statusCode"], row["scenario"]) for row in shown] == [
            (number, code, code.lower()) for number, code, *_ in MOBILES
        ]
        assert {row["status"] for row in shown[1:]} == {"failed"} and shown[0]["status"] == "completed"
        assert list(shown[0]) == ["mobileNumber", "scenario", "status", "statusCode", "description", "paymentMethod", "usage"]
        assert {row["paymentMethod"] for row in shown} == {"wallet"}
    cards = body["paymentMethods"]["card"]["scenarios"]
    assert [(row["cardNumber"], row["scenario"], row["statusCode"]) for row in cards] == [
        ("4242 4242 4242 4242", "success", "SUCCESS"),
        ("4000 0000 0000 0002", "decline", "FAILED"),
        ("4000 0000 0000 9995", "insufficient_funds", "FAILED"),
    ]
    assert body["quickReference"] == {
        "wallet": {"success": "03030000000", "failed": "03021111111", "timeout": "03032222222"},
        "card": {"success": "4242 4242 4242 4242", "decline": "4000 0000 0000 0002", "insufficientFunds": "4000 0000 0000 9995"},
    }


def test_health_is_each_apis_own_form() -> None:
    client = Client()
    assert client.get("/api/v1/health").json() == {"status": "healthy"}
    assert client.get("/api/v1/health", headers={"Host": "sandbox.example"}).json() == {"status": "healthy"}
    told = client.get("/api/v1/health", headers={"Host": "mock.example"}).json()
    assert (list(told), told["service"]) == (["status", "service", "timestamp"], "MyPay Payment API")


@pytest.mark.parametrize("host", ["sandbox.example", "mock.example", "127.0.0.1"])
def test_routes_are_served_on_every_host_of_the_payment_api(shop: Shop, host: str) -> None:
    headers = {"X-Api-Key": shop.key, "Host": host}
    assert shop.client.get("/transactions", headers=headers).json()["success"] is True
    assert shop.client.get(f"/payment/{shop.opened()}", headers=headers).status_code == 200
