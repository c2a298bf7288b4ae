"""What the settlement routes answer: lists, lines, the statement's file, and at what cost."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from payments.tests.clearing import Desk
from payments.tests.conftest import Shop


@pytest.fixture
def desk(shop: Shop) -> Desk:
    """A Monday morning in Karachi."""
    return Desk(shop, "2026-03-02T09:00+05:00")


def _only(desk: Desk) -> str:
    """The id of the one settlement there is."""
    [batch] = desk.batches()
    return str(batch["id"])


def test_list_is_filtered_paged_and_the_merchants_own(desk: Desk, rival: Shop) -> None:
    desk.plan(delayDays=0)
    for day in (2, 3, 4):
        desk.shop.paid()
        desk.until(f"2026-03-{day:02d}T18:00+05:00")
    made = [batch["id"] for batch in desk.batches()]
    assert len(made) == 3 and desk.shop.data("/settlements", {"limit": 2})["pagination"] == {
        "page": 1,
        "limit": 2,
        "total": 3,
        "totalPages": 2,
    }
    page = desk.shop.data("/settlements", {"cursor": "", "limit": 2})
    rest = desk.shop.data("/settlements", {"cursor": page["pagination"]["nextCursor"], "limit": 2})
    assert [row["id"] for row in page["settlements"] + rest["settlements"]] == made[::-1]
    for query, found in (
        ({"startDate": "2026-03-04"}, made[2:]),
        ({"endDate": "2026-03-03"}, made[:2]),
        ({"startDate": "2026-03-03", "endDate": "2026-03-03"}, made[1:2]),
        ({"currency": "pkr"}, made),
        ({"currency": "INR"}, []),
        ({"currency": "nonsense"}, []),
    ):
        assert [row["id"] for row in desk.batches(**query)] == found, query
    assert desk.shop.get("/api/v1/settlements", {"startDate": "yesterday"}).status_code == 400
    assert rival.data("/settlements")["settlements"] == []
    for path in (made[0], f"{made[0]}/lines", f"{made[0]}/statement.csv", "nonsense", "upcoming/lines"):
        response = rival.get(f"/api/v1/settlements/{path}")
        assert (response.status_code, response.json()["error"]["code"]) == (404, "NOT_FOUND"), path


@pytest.mark.parametrize("path", ["", "/upcoming", "/x", "/x/lines", "/x/statement.csv"])
def test_route_without_a_payment_key_is_401(desk: Desk, api: Any, path: str) -> None:
    assert Client().get(f"/api/v1/settlements{path}").status_code == 401
    assert api.get(f"/settlements{path}").status_code == 401


def test_lines_are_paged_by_number_and_by_cursor_each_once(desk: Desk) -> None:
    for number in range(23):
        desk.shop.paid(reference=f"N-{number:02d}")
    desk.until("2026-03-03T17:00+05:00")
    path = f"/settlements/{_only(desk)}/lines"
    expected = [f"N-{number:02d}" for number in range(23)]
    assert [line["reference"] for line in desk.lines(_only(desk))] == expected
    pages = [desk.shop.data(path, {"page": number, "limit": 10}) for number in (1, 2, 3, 4)]
    assert [line["reference"] for page in pages for line in page["lines"]] == expected
    assert pages[2]["pagination"] == {"page": 3, "limit": 10, "total": 23, "totalPages": 3} and pages[3]["lines"] == []
    assert len(desk.shop.data(path)["lines"]) == 20
    for cursor in ("nonsense!", "eA", "NTpub25zZW5zZQ", "-1"):
        response = desk.shop.get(f"/api/v1{path}", {"cursor": cursor})
        assert (response.status_code, response["X-MyPay-Error-Field"]) == (400, "cursor"), cursor


def test_file_has_one_header_row_and_no_formula(desk: Desk) -> None:
    payment = desk.shop.paid(reference='=HYPERLINK("http://x")', amount="1000.00")
    desk.refund(payment, "10.00")
    desk.until("2026-03-03T17:00+05:00")
    response = desk.shop.get(f"/api/v1/settlements/{_only(desk)}/statement.csv")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == f'attachment; filename="settlement-{_only(desk)}.csv"'
    header, first, second = b"".join(response.streaming_content).decode().split("\r\n")[:3]
    assert header == '"id","type","paymentId","reference","subjectId","date","currency","amount","fee","tax","net"'
    assert '"\'=HYPERLINK(""http://x"")"' in first and first.endswith('"1000.00","25.00","4.00","971.00"')
    assert second.endswith('"-10.00","0.00","0.00","-10.00"')


@pytest.mark.parametrize(
    "path", ["/settlements", "/settlements?cursor=", "/settlements/upcoming", "/settlements/{}/lines", "/settlements/{}/statement.csv"]
)
def test_read_with_more_rows_asks_no_more_queries(desk: Desk, path: str) -> None:
    desk.plan(delayDays=0)

    def queries() -> int:
        newest = desk.batches()[-1]["id"]
        with CaptureQueriesContext(connection) as captured:
            response = desk.shop.get(f"/api/v1{path.format(newest)}")
            assert response.status_code == 200
            b"".join(response) if response.streaming else response.content
        return len(captured)

    def grow(day: int, count: int) -> None:
        for _ in range(count):
            desk.shop.paid()
        desk.until(f"2026-03-{day:02d}T18:00+05:00")

    grow(2, 2)
    few = queries()
    grow(3, 9)
    grow(4, 12)
    assert queries() == few <= 6


def test_statement_of_thousands_of_lines_is_read_in_batches(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from payments import statements

    monkeypatch.setattr(statements, "_BATCH", 4)
    for number in range(11):
        desk.shop.paid(reference=f"N-{number:02d}")
    desk.until("2026-03-03T17:00+05:00")
    assert [row["reference"] for row in desk.file(_only(desk))] == [f"N-{number:02d}" for number in range(11)]


def test_fault_strikes_a_streamed_statement_too(desk: Desk) -> None:
    desk.shop.paid()
    desk.until("2026-03-03T17:00+05:00")
    path = f"/api/v1/settlements/{_only(desk)}/statement.csv"
    whole = b"".join(desk.shop.get(path).streaming_content)
    spoiled = desk.shop.client.get(path, headers={"X-Api-Key": desk.shop.key, "X-Mock-Fault": "garbled"})
    assert spoiled["X-Mock-Fault"] == "garbled" and len(spoiled.content) == len(whole) and spoiled.content != whole
