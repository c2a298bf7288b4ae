"""Transactions, payouts, exports and figures of the portal API (contract section 6)."""

import csv
import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from merchants.models import Merchant
from mypay.kit import clock, exports
from mypay.kit.clock import iso
from mypay.kit.ids import uuid7
from payouts.models import Payout
from portal.tests.conftest import PASSWORD, MakePayout
from portal.tests.rest import PORTAL, Rest, make_checkout, refusal
from webhooks.models import Delivery, Event


@pytest.fixture
def rest(merchant: Merchant) -> Rest:
    return Rest(PORTAL).sign_in(merchant.email, PASSWORD)


def rows(response: Any, name: str = "transactions") -> list[Any]:
    assert response.status_code == 200, response.content
    found: list[Any] = response.json()[name]
    return found


def file(response: Any) -> str:
    return b"".join(response.streaming_content).decode()


def test_transactions_have_the_contracts_members(rest: Rest, merchant: Merchant) -> None:
    made = make_checkout(merchant, "ORDER-1", payer="03030000000")
    pending = make_checkout(merchant, "ORDER-2", status="pending", status_code="", amount=200_000, method="")
    told = rest.get("/transactions").json()
    assert told["pagination"] == {"page": 1, "limit": 20, "total": 2, "pages": 1}
    assert told["transactions"][1] == {
        "checkout_id": str(made.pk), "reference": "ORDER-1", "amount": 1000.5, "status": "completed", "status_code": "SUCCESS",
        "payment_method": "jazzcash", "payment_type": "onetime", "mobile_number": "03030000000",
        "created_at": iso(made.created_at), "updated_at": iso(made.updated_at),
    }  # fmt: skip
    second = told["transactions"][0]
    assert (second["checkout_id"], second["amount"], second["status_code"], second["mobile_number"]) == (str(pending.pk), 2000, None, None)


def test_transaction_has_its_urls_and_webhook_too(rest: Rest, merchant: Merchant) -> None:
    made = make_checkout(merchant, payer="4242")
    row = rows(rest.get("/transactions"))[0]
    assert rest.get(f"/transactions/{made.pk}").json() == {
        "success": True,
        "transaction": {
            **row, "success_url": "https://shop.example/hook", "return_url": "https://shop.example/back", "webhook_status": "pending",
        },
    }  # fmt: skip


def test_others_rows_are_404_and_in_no_list(rest: Rest, merchant: Merchant, stranger: Merchant, make_payout: MakePayout) -> None:
    theirs, payout = make_checkout(stranger, "SECRET"), make_payout(stranger, "SECRET-2")
    for unknown in (theirs.pk, uuid4(), "x"):
        refusal(rest.get(f"/transactions/{unknown}"), 404, "Transaction not found")
    for unknown in (payout.pk, uuid4(), "x"):
        refusal(rest.get(f"/payouts/{unknown}"), 404, "Payout not found")
    assert rows(rest.get("/transactions")) == rows(rest.get("/payouts"), "payouts") == []
    for path in ("/transactions/export/csv", "/transactions/export/json", "/payouts/export/csv", "/payouts/export/json"):
        assert "SECRET" not in file(rest.get(path))
    assert rest.get("/dashboard/stats").json()["stats"]["totalTransactions"] == 0


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", "ABC"),
        ("status=COMPLETED", "AC"),
        ("status=failed", "B"),
        ("status=nonsense", ""),
        ("paymentMethod=CARD", "C"),
        ("paymentMethod=upi", ""),
        ("startDate=2026-03-02", "BC"),
        ("endDate=2026-03-02", "AB"),
        ("startDate=2026-03-02&endDate=2026-03-02", "B"),
        ("startDate=2026-03-02T23:59:59.999Z", "BC"),
        ("endDate=2026-03-02T23:59:59.998Z", "A"),
        ("startDate=2026-03-03T04:59:00%2B05:00", "BC"),
    ],
)
def test_transactions_filtered(rest: Rest, merchant: Merchant, query: str, found: str) -> None:
    make_checkout(merchant, "A", at=datetime(2026, 3, 1, tzinfo=UTC))
    make_checkout(merchant, "B", at=datetime(2026, 3, 2, 23, 59, 59, 999000, tzinfo=UTC), status="failed")
    make_checkout(merchant, "C", at=datetime(2026, 3, 3, tzinfo=UTC), method="card")
    assert [row["reference"] for row in rows(rest.get("/transactions", query))] == list(reversed(found))
    assert [row["reference"] for row in json.loads(file(rest.get("/transactions/export/json", query)))] == list(reversed(found))


@pytest.mark.parametrize("path", ["/transactions", "/transactions/export/csv", "/payouts", "/payouts/export/json"])
@pytest.mark.parametrize("date", ["yesterday", "2026-13-01", "2026-02-30", "99999-01-01", "0001-01-01T00:00:00+14:00"])
def test_list_with_bad_date_is_400(rest: Rest, path: str, date: str) -> None:
    error = "startDate must be a date like 2026-01-31 or a time like 2026-01-31T12:00:00Z"
    refusal(rest.get(path, f"startDate={date.replace('+', '%2B')}"), 400, error)


def test_transactions_page_by_page(rest: Rest, merchant: Merchant) -> None:
    for number in range(5):
        make_checkout(merchant, f"T{number}")
    told = rest.get("/transactions", "page=2&limit=2").json()
    assert [row["reference"] for row in told["transactions"]] == ["T2", "T1"]
    assert told["pagination"] == {"page": 2, "limit": 2, "total": 5, "pages": 3}
    for bad in ("page=0&limit=-1", "page=x&limit=y"):
        assert rest.get("/transactions", bad).json()["pagination"] == {"page": 1, "limit": 20, "total": 5, "pages": 1}
    assert rest.get("/transactions", "limit=1000").json()["pagination"]["limit"] == 100


@pytest.mark.parametrize("path", ["/transactions", "/payouts", "/dashboard/stats"])
def test_list_with_more_rows_asks_no_more_queries(rest: Rest, merchant: Merchant, make_payout: MakePayout, path: str) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert rest.get(path).status_code == 200
        return len(captured)

    def grow(count: int) -> None:
        for _ in range(count):
            make_checkout(merchant, payer="03030000000")
            make_payout(merchant)

    grow(1)
    few = queries()
    grow(6)
    assert queries() == few


def test_payouts_have_the_contracts_members(rest: Rest, merchant: Merchant, make_payout: MakePayout) -> None:
    made = make_payout(merchant, "PAY-1")
    row = {
        "id": str(made.pk), "merchantReference": "PAY-1", "amount": 1500, "status": "PENDING", "destType": "BANK", "bankCode": "HBL",
        "walletCode": None, "accountNumber": "12345670001", "accountTitle": "Account Holder", "createdAt": iso(made.created_at),
    }  # fmt: skip
    pagination = {"page": 1, "limit": 20, "total": 1, "pages": 1}
    assert rest.get("/payouts").json() == {"success": True, "payouts": [row], "pagination": pagination}
    Payout.objects.update(failure_reason="Account validation failed")
    failed = {**row, "failureReason": "Account validation failed"}
    assert rest.get(f"/payouts/{made.pk}").json() == {"success": True, "payout": failed}
    assert json.loads(file(rest.get("/payouts/export/json"))) == [failed]
    for query, count in (("status=pending", 1), ("status=FAILED", 0), ("destType=bank", 1), ("destType=WALLET", 0)):
        assert len(rows(rest.get("/payouts", query), "payouts")) == count


HOSTILE = ['=HYPERLINK("http://evil.example";"x")', "+1+1", "-2", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1", 'a"b,c\nd', "ordinary"]


def test_export_csv_is_quoted_and_runs_no_formula(rest: Rest, merchant: Merchant) -> None:
    made = [make_checkout(merchant, reference) for reference in HOSTILE]
    response = rest.get("/transactions/export/csv")
    assert response["Content-Disposition"] == 'attachment; filename="transactions.csv"'
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    text = file(response)
    assert text.startswith('"Reference","Amount","Status","Payment Method","Date"\r\n')
    lines = list(csv.reader(StringIO(text, newline="")))[1:]
    assert [line[0] for line in lines] == ["ordinary", 'a"b,c\nd', *(f"'{cell}" for cell in HOSTILE[7::-1])]
    assert lines[0][1:] == ["1000.50", "completed", "jazzcash", iso(made[-1].created_at)]


def test_export_payouts_csv(rest: Rest, merchant: Merchant, make_payout: MakePayout) -> None:
    made = make_payout(merchant, "=PAY")
    Payout.objects.update(account_title="@Title")
    response = rest.get("/payouts/export/csv")
    assert response["Content-Disposition"] == 'attachment; filename="payouts.csv"'
    assert file(response) == (
        '"ID","Reference","Amount","Status","Type","Bank/Wallet","Account","Title"\r\n'
        f'"{made.pk}","\'=PAY","1500.00","PENDING","BANK","HBL","12345670001","\'@Title"\r\n'
    )


def test_export_json_is_a_bare_array(rest: Rest, merchant: Merchant) -> None:
    assert file(rest.get("/transactions/export/json")) == "[]"
    made = make_checkout(merchant, "A")
    response = rest.get("/transactions/export/json")
    assert response["Content-Disposition"] == 'attachment; filename="transactions.json"'
    assert json.loads(file(response)) == [
        {
            "checkout_id": str(made.pk), "reference": "A", "amount": 1000.5, "status": "completed", "status_code": "SUCCESS",
            "payment_method": "jazzcash", "created_at": iso(made.created_at),
        }
    ]  # fmt: skip


@pytest.mark.parametrize("format", ["xlsx", "CSV", "csv."])
def test_export_in_another_format_is_refused(rest: Rest, format: str) -> None:
    for path in ("/transactions/export", "/payouts/export"):
        refusal(rest.get(f"{path}/{format}"), 400, "Invalid format. Use csv or json")


def test_export_reads_in_batches_each_row_once(rest: Rest, merchant: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "_BATCH", 3)
    references = [make_checkout(merchant, f"R{number}").reference for number in range(7)]
    assert [row["reference"] for row in json.loads(file(rest.get("/transactions/export/json")))] == references[::-1]


def test_stats_count_and_sum(rest: Rest, merchant: Merchant) -> None:
    empty = rest.get("/dashboard/stats").json()
    assert empty == {
        "success": True,
        "stats": {
            "totalTransactions": 0, "successfulTransactions": 0, "failedTransactions": 0, "successRate": 0, "totalAmount": 0,
            "pendingTransactions": 0, "todayVolume": 0, "todayTransactions": 0,
        },
    }  # fmt: skip
    yesterday = clock.now(merchant) - timedelta(days=1)
    make_checkout(merchant, at=yesterday)
    make_checkout(merchant, amount=50)
    for status in ("failed", "pending", "cancelled"):
        make_checkout(merchant, status=status)
    make_checkout(merchant, status="pending", at=yesterday)
    assert rest.get("/dashboard/stats").json()["stats"] == {
        "totalTransactions": 6, "successfulTransactions": 2, "failedTransactions": 1, "successRate": 33.33, "totalAmount": 1001,
        "pendingTransactions": 2, "todayVolume": 0.5, "todayTransactions": 4,
    }  # fmt: skip


@pytest.mark.parametrize(
    "path",
    ["/merchant/profile", "/merchant/credentials", "/transactions", "/transactions/x", "/transactions/export/csv", "/dashboard/stats",
     "/payouts", "/payouts/x", "/payouts/export/json"],
)  # fmt: skip
@pytest.mark.parametrize("prefix", [PORTAL, "/api/portal"])
def test_route_without_token_is_401(db: None, prefix: str, path: str) -> None:
    refusal(Rest(prefix).get(path), 401, "Unauthorized - No token provided")


@pytest.mark.parametrize(
    ("told", "shown"),
    [([], "pending"), (["pending"], "pending"), (["delivered"], "sent"), (["delivered", "failed"], "failed"), (["skipped"], "failed")],
)
def test_transaction_tells_what_became_of_its_last_webhook(rest: Rest, merchant: Merchant, told: list[str], shown: str) -> None:
    made, now = make_checkout(merchant), clock.real_now()
    times = {"created_at": now, "updated_at": now}
    for status in told:
        event = Event.objects.create(id=uuid7(), merchant=merchant, type="payment.completed", subject_id=made.pk, data="{}", created_at=now)
        common = {"merchant": merchant, "event": event, "url": "https://shop.example/hook", "dialect": "mypay-legacy", "status": status}
        Delivery.objects.create(id=uuid7(), target="checkout", **common, **times)
        Delivery.objects.create(id=uuid7(), target=str(uuid7()), **{**common, "status": "failed"}, **times)
    assert rest.get(f"/transactions/{made.pk}").json()["transaction"]["webhook_status"] == shown
