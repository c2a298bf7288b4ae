"""GET /balance and /balance/history: contract sections 1 and 2."""

import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from conftest import Api
from ledger.services.top_up import top_up
from merchants.models import Merchant
from merchants.tests.factories import make_merchant


def _entries(api: Api, query: str = "?limit=100") -> list[dict[str, Any]]:
    response = api.get(f"/balance/history{query}")
    assert response.status_code == 200
    assert list(response.json()["data"]) == ["entries", "pagination"]
    entries: list[dict[str, Any]] = response.json()["data"]["entries"]
    return entries


def test_balance_tells_whole_locked_and_available(api: Api, settle: Callable[[], None]) -> None:
    assert api.get("/balance").json() == {
        "success": True,
        "data": {"balance": "10000000.00", "lockedBalance": "0.00", "availableBalance": "10000000.00"},
    }
    api.payout("12345670001", amount="0.01")
    api.payout("12345670004", amount="99.90")
    assert api.get("/balance").json()["data"] == {
        "balance": "10000000.00", "lockedBalance": "99.91", "availableBalance": "9999900.09",
    }  # fmt: skip
    settle()
    assert api.get("/balance").json()["data"] == {
        "balance": "9999999.99", "lockedBalance": "99.90", "availableBalance": "9999900.09",
    }  # fmt: skip


@pytest.mark.parametrize("path", ["/balance", "/balance/history", "/balance/history?cursor="])
def test_balance_without_a_row_is_not_found(db: None, api_of: Callable[[Merchant], Api], path: str) -> None:
    response = api_of(make_merchant(rupees=0)).get(path)
    assert (response.status_code, response.json()["error"]["code"]) == (404, "NOT_FOUND")
    assert set(response.json()["error"]) == {"message", "code", "timestamp"}


def test_history_lines_have_the_contracts_types_texts_and_metadata(api: Api, merchant: Merchant, settle: Callable[[], None]) -> None:
    paid = api.payout("12345670001", merchantReference="OK").json()["data"]
    failed = api.payout("12345670003", merchantReference="NO", amount="2.50").json()["data"]
    settle()
    api.post(f"/payouts/{failed['id']}/reinitiate")
    top_up(merchant=merchant, currency="PKR", amount=5000)
    lines = [(line["type"], line["amount"], line["balance"], line["description"]) for line in reversed(_entries(api))]
    first = [
        ("CREDIT", "10000000.00", "10000000.00", "Opening balance"),
        ("DEBIT", "1000.00", "9999000.00", "Payout created: OK"),
        ("DEBIT", "2.50", "9998997.50", "Payout created: NO"),
    ]
    results = {("SETTLEMENT", "1000.00", "Payout processed: OK"), ("CREDIT", "2.50", "Payout reversed: NO")}
    last = [
        ("DEBIT", "2.50", "9998997.50", "Payout reinitiated: NO"),
        ("CREDIT", "50.00", "9999047.50", "Balance top-up"),
    ]
    assert lines[:3] == first and lines[5:] == last
    assert {(type, amount, text) for type, amount, _, text in lines[3:5]} == results

    about = {line["description"]: line.get("metadata") for line in _entries(api)}
    assert about["Opening balance"] is None and about["Balance top-up"] is None
    psp_reference = api.get(f"/payouts/{paid['id']}").json()["data"]["pspReference"]
    assert json.loads(str(about["Payout created: OK"])) == {"payoutId": paid["id"], "merchantReference": "OK"}
    assert json.loads(str(about["Payout processed: OK"])) == {"payoutId": paid["id"], "pspReference": psp_reference}
    for text in ("Payout created: NO", "Payout reversed: NO", "Payout reinitiated: NO"):
        assert json.loads(str(about[text])) == {"payoutId": failed["id"], "merchantReference": "NO"}


def test_history_members_are_in_order_and_absent_metadata_is_left_out(api: Api) -> None:
    api.payout()
    created, opening = _entries(api)
    assert list(created) == ["id", "type", "amount", "balance", "description", "metadata", "createdAt"]
    assert list(opening) == ["id", "type", "amount", "balance", "description", "createdAt"]
    assert isinstance(created["metadata"], str)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", created["createdAt"])


def test_history_credits_less_debits_are_always_what_is_available(api: Api, settle: Callable[[], None]) -> None:
    for account in ("12345670001", "12345670002", "12345670003", "12345670004", "12345670005"):
        created = api.payout(account, amount="123.45").json()["data"]
        settle()
        if account.endswith("3"):
            api.post(f"/payouts/{created['id']}/reinitiate")
            settle()
        running = Decimal(0)
        for line in reversed(_entries(api)):
            sign = {"CREDIT": 1, "DEBIT": -1, "SETTLEMENT": 0}[line["type"]]
            running += sign * Decimal(line["amount"])
            assert Decimal(line["balance"]) == running
        assert Decimal(api.get("/balance").json()["data"]["availableBalance"]) == running


def test_history_pages_by_number_and_by_cursor(api: Api) -> None:
    for _ in range(6):
        api.payout()
    everything = [line["id"] for line in _entries(api)]
    pages = [api.get(f"/balance/history?page={page}&limit=3").json()["data"] for page in (1, 2, 3)]
    assert [line["id"] for page in pages for line in page["entries"]] == everything
    assert pages[0]["pagination"] == {"page": 1, "limit": 3, "total": 7, "totalPages": 3}
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        data = api.get(f"/balance/history?cursor={cursor}&limit=2").json()["data"]
        found += [line["id"] for line in data["entries"]]
        cursor = data["pagination"]["nextCursor"]
    assert found == everything


def test_history_never_shows_somebody_elses_lines(api: Api, stranger: Merchant, api_of: Callable[[Merchant], Api]) -> None:
    api_of(stranger).payout(merchantReference="THEIRS")
    assert [line["description"] for line in _entries(api)] == ["Opening balance"]
