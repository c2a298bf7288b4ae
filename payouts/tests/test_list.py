"""GET /payouts: contract section 1, pages and cursors."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import Api
from merchants.models import Merchant


@pytest.fixture
def references(api: Api, stranger: Merchant, api_of: Callable[[Merchant], Api]) -> list[str]:
    """23 payouts, oldest first, between those of somebody else."""
    made = []
    other = api_of(stranger)
    for number in range(23):
        made.append(f"MINE-{number}")
        assert api.payout(merchantReference=made[-1]).status_code == 201
        if number % 5 == 0:
            assert other.payout(merchantReference=f"THEIRS-{number}").status_code == 201
    return made


def _listed(api: Api, query: str = "") -> tuple[list[str], dict[str, object]]:
    response = api.get(f"/payouts{query}")
    assert response.status_code == 200
    assert list(response.json()) == ["success", "data"]
    data = response.json()["data"]
    assert list(data) == ["payouts", "pagination"]
    return [row["merchantReference"] for row in data["payouts"]], data["pagination"]


def test_list_default_returns_newest_twenty_and_pagination(api: Api, references: list[str]) -> None:
    found, pagination = _listed(api)
    assert found == references[::-1][:20]
    assert pagination == {"page": 1, "limit": 20, "total": 23, "totalPages": 2}
    assert list(pagination) == ["page", "limit", "total", "totalPages"]


@pytest.mark.parametrize(
    ("query", "start", "end", "page", "limit", "pages"),
    [
        ("?page=2", 20, 23, 2, 20, 2),
        ("?page=3", 23, 23, 3, 20, 2),
        ("?page=2&limit=5", 5, 10, 2, 5, 5),
        ("?limit=100", 0, 23, 1, 100, 1),
        ("?limit=101", 0, 23, 1, 100, 1),
        ("?limit=999999999", 0, 23, 1, 100, 1),
        ("?page=9999999", 23, 23, 9_999_999, 20, 2),
    ],
)
def test_list_page_and_limit_cut_the_list(
    api: Api, references: list[str], query: str, start: int, end: int, page: int, limit: int, pages: int
) -> None:
    found, pagination = _listed(api, query)
    assert found == references[::-1][start:end]
    assert pagination == {"page": page, "limit": limit, "total": 23, "totalPages": pages}


@pytest.mark.parametrize("bad", ["0", "-1", "abc", "1.5", "1e1", "", "%20", "%EF%BC%91", "99999999999999999999", "null", "1;drop"])
def test_list_bad_page_or_limit_gets_the_default(api: Api, references: list[str], bad: str) -> None:
    found, pagination = _listed(api, f"?page={bad}&limit={bad}")
    assert found == references[::-1][:20]
    assert (pagination["page"], pagination["limit"]) == (1, 20)


def test_list_without_payouts_is_an_empty_page(api: Api) -> None:
    assert _listed(api) == ([], {"page": 1, "limit": 20, "total": 0, "totalPages": 0})
    assert _listed(api, "?cursor=") == ([], {"limit": 20, "nextCursor": None})


def test_list_status_filters(api: Api, settle: Callable[[], None]) -> None:
    for account in ("12345670001", "12345670003", "12345670005", "12345670003"):
        api.payout(account, merchantReference=f"{account}-{len(_listed(api)[0])}")
    settle()
    assert len(_listed(api, "?status=FAILED")[0]) == 2
    found, pagination = _listed(api, "?status=failed&limit=1")
    assert (found, pagination["total"], pagination["totalPages"]) == (["12345670003-3"], 2, 2)
    assert _listed(api, "?status=SUCCESS")[0] == ["12345670001-0"]
    assert _listed(api, "?status=ON_HOLD")[0] == ["12345670005-2"]
    for unknown in ("NOPE", "FAILED,SUCCESS", "%00"):
        assert _listed(api, f"?status={unknown}")[0] == []
    assert len(_listed(api, "?status=")[0]) == 4


def _walk(api: Api, limit: int, between: Callable[[], object] = lambda: None) -> tuple[list[str], list[int]]:
    found: list[str] = []
    queries: list[int] = []
    cursor: object = ""
    while cursor is not None:
        with CaptureQueriesContext(connection) as captured:
            rows, pagination = _listed(api, f"?cursor={cursor}&limit={limit}")
        assert list(pagination) == ["limit", "nextCursor"] and pagination["limit"] == limit
        queries.append(len(captured))
        found += rows
        cursor = pagination["nextCursor"]
        between()
    return found, queries


@pytest.mark.parametrize("limit", [1, 5, 22, 23, 24, 100])
def test_list_cursor_visits_every_row_once_at_the_same_cost(api: Api, references: list[str], limit: int) -> None:
    found, queries = _walk(api, limit)
    assert found == references[::-1]
    assert set(queries) == {3}  # the key, the ids, the rows


def test_list_cursor_is_not_disturbed_by_new_payouts(api: Api, references: list[str]) -> None:
    found, _ = _walk(api, 4, between=lambda: api.payout())
    assert found == references[::-1]


def test_list_cursor_keeps_the_status_filter(api: Api, references: list[str], settle: Callable[[], None]) -> None:
    api.payout("12345670005", merchantReference="HELD")
    settle()
    first, pagination = _listed(api, "?cursor=&limit=20&status=SUCCESS")
    rest, end = _listed(api, f"?cursor={pagination['nextCursor']}&limit=20&status=SUCCESS")
    assert [*first, *rest] == references[::-1] and end["nextCursor"] is None


@pytest.mark.parametrize("cursor", ["x", "!!!", "MTIz", "%00", "9" * 400, "Li4vLi4"])
def test_list_foreign_cursor_is_refused_by_name(api: Api, cursor: str) -> None:
    response = api.get(f"/payouts?cursor={cursor}")
    assert (response.status_code, response.json()["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert response["X-MyPay-Error-Field"] == "cursor"


def test_list_without_key_is_refused(api: Api) -> None:
    response = api.client.get("/api/v1/payouts")
    assert (response.status_code, response.json()["error"]["code"]) == (401, "MISSING_API_KEY")


def test_list_cost_does_not_grow_with_the_rows(api: Api, references: list[str]) -> None:
    counts = []
    for limit in (1, 20):
        with CaptureQueriesContext(connection) as captured:
            _listed(api, f"?limit={limit}")
        counts.append(len(captured))
    assert counts == [4, 4]  # the key, the count, the ids, the rows
