"""Mistakes planted in a statement: seen in its lines, known to the control alone, graded."""

from decimal import Decimal
from typing import Any

import pytest

from audit.models import AuditEntry
from ledger.services.check import findings
from payments.models import StatementBreak
from payments.tests.clearing import Desk, ledger, summed
from payments.tests.conftest import Shop

MONDAY = "2026-03-02T09:00+05:00"
KINDS = ["missing_line", "double_line", "wrong_amount", "wrong_fee", "late_line"]


@pytest.fixture
def desk(shop: Shop) -> Desk:
    made = Desk(shop, MONDAY)
    made.plan(delayDays=0)
    return made


def _settled(desk: Desk, day: int, count: int = 9) -> str:
    """The settlement of that day's payments of March."""
    for number in range(count):
        desk.shop.paid(amount=f"{1200 + 37 * number}.5{number % 10}", reference=f"{day}-{number}")
    desk.until(f"2026-03-{day:02d}T18:00+05:00")
    return str(desk.batches(limit=100)[-1]["id"])


def _plant(desk: Desk, settlement: str, **body: Any) -> list[Any]:
    planted: list[Any] = desk.control("POST", f"/settlements/{settlement}/breaks", body, status=201)["breaks"]
    return planted


def _key(desk: Desk, settlement: str) -> Any:
    return desk.control("GET", f"/settlements/{settlement}/breaks", status=200)


def _grade(desk: Desk, settlement: str, *found: dict[str, str]) -> Any:
    return desk.control("POST", f"/settlements/{settlement}/grade", {"findings": list(found)}, status=200)


def _shown(desk: Desk, settlement: str) -> list[Any]:
    """The lines, which are the same however they are read."""
    lines = desk.lines(settlement)
    assert desk.file(settlement) == lines
    pages = [desk.shop.data(f"/settlements/{settlement}/lines", {"page": page, "limit": 4}) for page in range(1, 9)]
    assert [line for page in pages for line in page["lines"]] == lines
    assert pages[0]["pagination"]["total"] == len(lines)
    return lines


@pytest.mark.parametrize("kind", KINDS)
def test_planted_kind_shows_in_lines_and_file_and_nowhere_else(desk: Desk, kind: str) -> None:
    settlement = _settled(desk, 2)
    before, told = _shown(desk, settlement), desk.shop.data(f"/settlements/{settlement}")
    [planted] = _plant(desk, settlement, kinds=[kind], seed="one")
    after = _shown(desk, settlement)
    true = next(line for line in before if line["id"] == planted["lineId"])
    assert (planted["kind"], planted["paymentId"], planted["reference"]) == (kind, true["paymentId"], true["reference"])
    rest = [line for line in before if line != true]
    if kind in ("missing_line", "late_line"):
        assert after == rest and planted["expected"] is None
    elif kind == "double_line":
        assert after == [*before, true]
    else:
        name = {"wrong_amount": "amount", "wrong_fee": "fee"}[kind]
        wrong = next(line for line in after if line["id"] == planted["lineId"])
        assert [line for line in after if line != wrong] == rest
        assert (true[name], wrong[name]) == (planted["expected"], planted["shown"]) and true[name] != wrong[name]
        assert 0 < Decimal(wrong[name]) < 2 * Decimal(true[name]) + 1000
        assert {key for key in wrong if wrong[key] != true[key]} == {name, "net"}
        assert Decimal(wrong["net"]) == Decimal(wrong["amount"]) - Decimal(wrong["fee"]) - Decimal(wrong["tax"])
    assert summed(after)["net"] != Decimal(told["net"]) == ledger(settlement)["available"]
    assert desk.shop.data(f"/settlements/{settlement}") == told and list(findings()) == []


def test_default_plants_one_of_each_kind_on_a_line_of_its_own(desk: Desk) -> None:
    settlement = _settled(desk, 2)
    planted = _plant(desk, settlement)
    assert sorted(row["kind"] for row in planted) == sorted(KINDS) and len({row["lineId"] for row in planted}) == 5
    assert _key(desk, settlement) == {"settlementId": settlement, "nextSettlementId": None, "breaks": planted}
    [audited] = AuditEntry.objects.filter(action="statement.broken")
    assert (audited.resource_id, audited.merchant_id) == (settlement, desk.merchant.pk)


def test_same_seed_breaks_the_same_places_and_another_does_not(desk: Desk) -> None:
    places = []
    for day, seed in ((2, "a"), (3, "a"), (4, "b")):
        settlement = _settled(desk, day)
        order = [line["id"] for line in desk.lines(settlement)]
        planted = _plant(desk, settlement, seed=seed, kinds=KINDS[:4])
        places.append([(row["kind"], order.index(row["lineId"]), row["shown"]) for row in planted])
    assert places[0] == places[1] != places[2]


def test_late_line_comes_first_in_the_next_statement_of_its_currency(desk: Desk) -> None:
    first = _settled(desk, 2)
    [late] = _plant(desk, first, kinds=["late_line"])
    desk.shop.paid(amount="70.00", currency="USD")
    desk.control("POST", "/settlements/run", {"all": True}, status=200)
    assert _key(desk, first)["nextSettlementId"] is None
    second, third = _settled(desk, 3, 5), _settled(desk, 4, 2)
    assert _key(desk, first)["nextSettlementId"] == second
    lines = _shown(desk, second)
    assert [line["reference"] for line in lines] == [late["reference"], *(f"3-{number}" for number in range(5))]
    assert lines[0]["id"] == late["lineId"] and late["lineId"] not in [line["id"] for line in _shown(desk, first)]
    assert len(_shown(desk, third)) == 2
    [dollars] = desk.batches(currency="USD")
    assert len(_shown(desk, dollars["id"])) == 1
    _plant(desk, second)
    assert len(_shown(desk, second)) == 1 + 5 - 2 + 1 and len(_shown(desk, third)) == 3


def test_merchants_own_routes_never_tell(desk: Desk) -> None:
    settlement = _settled(desk, 2)
    quiet = {path: desk.shop.get(f"/api/v1{path}") for path in ("/settlements", f"/settlements/{settlement}", "/settlements/upcoming")}
    _plant(desk, settlement, count=2, kinds=["missing_line", "wrong_fee"])
    for path, response in quiet.items():
        assert desk.shop.get(f"/api/v1{path}").content == response.content
    body = desk.shop.get(f"/api/v1/settlements/{settlement}/lines").content
    assert not any(word in body for word in (b"break", b"planted", b"wrong", b"kind"))


def test_breaks_are_added_up_to_the_last_line_and_then_refused(desk: Desk) -> None:
    settlement = _settled(desk, 2, 3)
    _plant(desk, settlement, kinds=["missing_line"])
    refused = desk.control("POST", f"/settlements/{settlement}/breaks", {"kinds": ["double_line"], "count": 3}, status=400)
    assert refused["X-MyPay-Error-Field"] == "kinds" and len(_key(desk, settlement)["breaks"]) == 1
    assert len(_plant(desk, settlement, kinds=["double_line"], count=2)) == 3
    desk.control("POST", f"/settlements/{settlement}/breaks", {}, status=400)
    assert desk.control("DELETE", f"/settlements/{settlement}/breaks", status=200) == {"removed": 3}
    assert desk.control("DELETE", f"/settlements/{settlement}/breaks", status=200) == {"removed": 0}
    assert len(_shown(desk, settlement)) == 3 and StatementBreak.objects.count() == 0


def test_wrong_fee_takes_only_lines_that_have_one(desk: Desk) -> None:
    payment = desk.shop.paid(amount="1000.00")
    for _ in range(4):
        desk.refund(payment, "10.00")
    desk.until("2026-03-02T18:00+05:00")
    settlement = desk.batches()[0]["id"]
    for seed in "abcdef":
        [planted] = [row for row in _plant(desk, settlement, seed=seed) if row["kind"] == "wrong_fee"]
        assert planted["type"] == "payment"
        desk.control("DELETE", f"/settlements/{settlement}/breaks", status=200)


def test_statement_without_fees_is_broken_in_other_ways(desk: Desk) -> None:
    desk.plan(feePercent="0")
    settlement = _settled(desk, 2)
    assert sorted(row["kind"] for row in _plant(desk, settlement)) == sorted(set(KINDS) - {"wrong_fee"})
    desk.control("POST", f"/settlements/{settlement}/breaks", {"kinds": ["wrong_fee"]}, status=400)


@pytest.mark.parametrize("amount", ["0.01", "0.10", "1.00", "11.11", "1000.00", "99999999.99"])
def test_wrong_amount_is_another_above_zero(desk: Desk, amount: str) -> None:
    desk.plan(feePercent="0")
    desk.shop.paid(amount=amount)
    desk.until("2026-03-02T18:00+05:00")
    [planted] = _plant(desk, desk.batches()[0]["id"], kinds=["wrong_amount"])
    assert planted["expected"] == amount and 0 < Decimal(planted["shown"]) != Decimal(amount)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kinds": "missing_line"}, "kinds"),
        ({"kinds": ["nonsense"]}, "kinds"),
        ({"kinds": [["missing_line"]]}, "kinds"),
        ({"kinds": None}, "kinds"),
        ({"count": 0}, "count"),
        ({"count": 51}, "count"),
        ({"count": "x"}, "count"),
        ({"seed": 5}, "seed"),
        ({"seed": "x" * 51}, "seed"),
        ({"kind": "missing_line"}, "kind"),
    ],
)
def test_plant_refuses_by_name(desk: Desk, body: dict[str, Any], field: str) -> None:
    settlement = _settled(desk, 2)
    assert desk.control("POST", f"/settlements/{settlement}/breaks", body, status=400)["X-MyPay-Error-Field"] == field
    assert StatementBreak.objects.count() == 0


def test_controls_of_an_unknown_or_foreign_settlement_are_404(desk: Desk, rival: Shop) -> None:
    settlement = _settled(desk, 2)
    theirs = Desk(rival, MONDAY)
    for key in (settlement, "nonsense", "01936b2e-0000-7000-8000-000000000000"):
        theirs.control("POST", f"/settlements/{key}/breaks", {}, status=404)
        theirs.control("GET", f"/settlements/{key}/breaks", status=404)
        theirs.control("DELETE", f"/settlements/{key}/breaks", status=404)
        theirs.control("POST", f"/settlements/{key}/grade", {"findings": []}, status=404)


def test_grade_of_all_found_is_perfect(desk: Desk) -> None:
    settlement = _settled(desk, 2)
    planted = _plant(desk, settlement, count=1)
    by_line = [{"kind": row["kind"], "lineId": row["lineId"]} for row in planted]
    by_payment = [{"kind": row["kind"], "paymentId": row["paymentId"]} for row in planted]
    perfect = {"found": 5, "missed": 0, "wrong": 0, "perfect": True, "findings": [{"right": True}] * 5}
    assert _grade(desk, settlement, *by_line) == _grade(desk, settlement, *by_payment) == perfect
    both = [{**line, **payment} for line, payment in zip(by_line, by_payment, strict=True)]
    assert _grade(desk, settlement, *both) == perfect


def test_grade_counts_what_is_missed_and_what_is_none(desk: Desk) -> None:
    settlement = _settled(desk, 2)
    planted = {row["kind"]: row for row in _plant(desk, settlement)}
    fee, double = planted["wrong_fee"], planted["double_line"]
    told = _grade(
        desk,
        settlement,
        {"kind": "wrong_fee", "lineId": fee["lineId"]},
        {"kind": "wrong_fee", "lineId": fee["lineId"]},
        {"kind": "wrong_amount", "lineId": double["lineId"]},
        {"kind": "double_line", "lineId": double["lineId"], "paymentId": fee["paymentId"]},
        {"kind": "double_line", "paymentId": double["paymentId"].upper()},
    )
    assert told == {
        "found": 2, "missed": 3, "wrong": 3, "perfect": False,
        "findings": [{"right": right} for right in (True, False, False, False, True)],
    }  # fmt: skip
    assert _grade(desk, settlement) == {"found": 0, "missed": 5, "wrong": 0, "perfect": False, "findings": []}


def test_grade_takes_a_late_line_for_missing_only_until_it_has_come(desk: Desk) -> None:
    first = _settled(desk, 2)
    [late] = _plant(desk, first, kinds=["late_line"])
    as_missing, as_late = ({"kind": kind, "paymentId": late["paymentId"]} for kind in ("missing_line", "late_line"))
    assert _grade(desk, first, as_missing)["perfect"] is _grade(desk, first, as_late)["perfect"] is True
    second = _settled(desk, 3)
    assert _grade(desk, first, as_late)["perfect"] is True
    assert _grade(desk, first, as_missing) == {"found": 0, "missed": 1, "wrong": 1, "perfect": False, "findings": [{"right": False}]}
    assert _grade(desk, second)["perfect"] is True
    assert _grade(desk, second, {"kind": "late_line", "lineId": late["lineId"]}) == {
        "found": 0, "missed": 0, "wrong": 0, "perfect": True, "findings": [{"right": True}],
    }  # fmt: skip


def test_grade_of_an_unbroken_statement_is_perfect_without_findings(desk: Desk) -> None:
    settlement = _settled(desk, 2)
    assert _grade(desk, settlement)["perfect"] is True


@pytest.mark.parametrize(
    ("found", "field"),
    [
        (None, "findings"),
        ({}, "findings"),
        (["x"], "findings[0]"),
        ([{"kind": "late_line"}], "findings[0]"),
        ([{"kind": "late_line", "lineId": None}], "findings[0]"),
        ([{"kind": "nonsense", "lineId": "x"}], "findings[0].kind"),
        ([{"lineId": "x"}], "findings[0].kind"),
        ([{"kind": "late_line", "lineId": "x"}], "findings[0].lineId"),
        ([{"kind": "late_line", "paymentId": 5}], "findings[0].paymentId"),
        ([{"kind": "late_line", "line": "x"}], "findings[0]"),
        ([{"kind": "late_line", "lineId": "x"}] * 1001, "findings"),
    ],
)
def test_grade_refuses_by_name(desk: Desk, found: Any, field: str) -> None:
    settlement = _settled(desk, 2, 1)
    response = desk.control("POST", f"/settlements/{settlement}/grade", {"findings": found}, status=400)
    assert response["X-MyPay-Error-Field"] == field


def test_snapshot_brings_breaks_back_and_reset_takes_them(desk: Desk) -> None:
    settlement = _settled(desk, 2)
    planted = _plant(desk, settlement)
    broken, file = _shown(desk, settlement), desk.shop.get(f"/api/v1/settlements/{settlement}/statement.csv")
    content = b"".join(file.streaming_content)
    kept = desk.control("POST", "/snapshots", {}, status=201)["id"]
    desk.control("DELETE", f"/settlements/{settlement}/breaks", status=200)
    later = _settled(desk, 3)
    assert len(_shown(desk, later)) == 9
    desk.control("POST", f"/snapshots/{kept}/restore", {}, status=200)
    assert _shown(desk, settlement) == broken and _key(desk, settlement)["breaks"] == planted
    assert b"".join(desk.shop.get(f"/api/v1/settlements/{settlement}/statement.csv").streaming_content) == content
    assert len(_shown(desk, _settled(desk, 3))) == 10
    desk.control("POST", "/reset", {}, status=200)
    assert desk.batches() == [] and StatementBreak.objects.count() == 0
    assert desk.shop.data("/settlements/upcoming")["upcoming"] == []
