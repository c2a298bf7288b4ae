"""The sandbox rooms: scenarios, faults, clock, money, snapshots, children, settlement controls; who may, and what it does."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ledger.models import MerchantBalance
from merchants.models import Member, Merchant, User
from merchants.states import Environment, Role
from mypay.kit import clock
from payments.models import Settlement, SettlementPlan, StatementBreak
from payments.tests.conftest import Shop
from payouts.models import Payout
from payouts.states import PayoutStatus
from portal.tests.conftest import MakePayout
from portal.upcoming import upcoming
from sandbox.models import Child, ClockAdvance, Fault, Rule, Snapshot
from sandbox.services import clock as controls
from sandbox.services.rules import add_rule
from sandbox.services.take_snapshot import take_snapshot
from sandbox.states import Flow, Outcome
from webhooks.models import TrickRule

PAGES = [
    "/portal/scenarios",
    "/portal/scenarios?flow=payment",
    "/portal/scenarios?flow=refund",
    "/portal/scenarios?flow=webhooks",
    "/portal/scenarios?flow=nonsense",
    "/portal/faults",
    "/portal/clock",
    "/portal/snapshots",
    "/portal/children",
    "/portal/settlement-plan",
]
FORMS = ["/portal/scenarios/try", "/portal/scenarios/rules/new", "/portal/top-up", "/portal/fresh-start"]
ACTS = [
    "/portal/scenarios/rules/new",
    "/portal/scenarios/next",
    "/portal/scenarios/clear",
    "/portal/scenarios/tricks",
    "/portal/scenarios/try",
    "/portal/faults",
    "/portal/faults/clear",
    "/portal/clock/advance",
    "/portal/clock/reach",
    "/portal/clock/freeze",
    "/portal/clock/release",
    "/portal/clock/reset",
    "/portal/top-up",
    "/portal/fresh-start",
    "/portal/snapshots",
    "/portal/children",
    "/portal/settlement-plan",
    "/portal/settlement-plan/run",
]
INJECTION = "<script>alert('x')</script>{{ 7|add:7 }}"
ESCAPED = "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;{{ 7|add:7 }}"
Shown = Callable[[str], str]


def become(user: User, role: Role) -> None:
    Member.objects.filter(user=user).update(role=role)


def queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200, path
    return len(captured)


@pytest.fixture
def shown(signed_in: Client) -> Shown:
    """A page's text."""
    return lambda path: signed_in.get(path).content.decode()


@pytest.mark.parametrize("path", [*PAGES, *FORMS])
def test_view_page_is_there_for_a_developer(signed_in: Client, user: User, path: str) -> None:
    become(user, Role.DEVELOPER)
    assert signed_in.get(path).status_code == 200


@pytest.mark.parametrize("role", [Role.VIEWER, Role.FINANCE])
def test_view_pages_without_the_right_shows_no_control(signed_in: Client, user: User, role: Role) -> None:
    become(user, role)
    for path in PAGES:
        content = signed_in.get(path).content
        main = content[content.index(b"<main") :]
        assert b"<form" not in main, path
    assert {signed_in.get(path).status_code for path in FORMS} == {403}


@pytest.mark.parametrize("path", ACTS)
def test_act_without_the_right_is_refused(signed_in: Client, user: User, path: str) -> None:
    become(user, Role.VIEWER)
    assert signed_in.post(path, {}).status_code == 403


@pytest.mark.parametrize("path", ACTS)
def test_act_of_a_live_merchant_changes_nothing(signed_in: Client, merchant: Merchant, path: str) -> None:
    Merchant.objects.filter(pk=merchant.pk).update(environment=Environment.LIVE)
    sent = {
        "outcome": "failed", "priority": 1, "flow": "payout", "trick": "drop", "kind": "latency", "percent": 100, "count": 1, "unit": "60",
        "to": "2999-01-01T00:00", "amount": "5", "currency": "PKR", "typed": "Shop", "balance": "1", "delayDays": "2", "cutoff": "10:00",
        "minimum": "0", "feeFixed": "0", "feePercent": "0", "feeMinimum": "0", "taxPercent": "0", "all": "true",
    }  # fmt: skip
    assert signed_in.post(path, sent).status_code in (400, 403)
    assert not any(model.objects.exists() for model in (Rule, Fault, TrickRule, Snapshot, Child, Payout))


# Faults


def test_add_fault_remove_it_and_clear_all(signed_in: Client, shown: Shown) -> None:
    sent = {
        "kind": "error_after",
        "number": 503,
        "method": "POST",
        "route": "/payouts",
        "percent": "12.5",
        "seed": INJECTION[:50],
        "priority": 7,
    }
    assert signed_in.post("/portal/faults", sent).status_code == 302
    fault = Fault.objects.get()
    assert (fault.number, fault.per_million, fault.match) == (503, 125_000, {"method": "POST", "route": "/payouts"})
    page = shown("/portal/faults")
    assert "12.5 %" in page
    assert "<script>alert" not in page
    signed_in.post(f"/portal/faults/{fault.pk}/remove")
    signed_in.post("/portal/faults", {"kind": "latency", "percent": 100, "priority": 1})
    signed_in.post("/portal/faults/clear")
    assert not Fault.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"number": 5}, "number"),
        ({"path": "payouts"}, "path"),
        ({"percent": "0"}, "percent"),
        ({"percent": "101"}, "percent"),
        ({"kind": "x"}, "kind"),
    ],
)
def test_add_fault_with_a_fault_says_it_at_the_field(signed_in: Client, changes: dict[str, Any], field: str) -> None:
    response = signed_in.post("/portal/faults", {"kind": "error_before", "percent": 100, "priority": 100, **changes})
    assert response.status_code == 400
    assert field in response.context["form"].errors


# Clock


def test_upcoming_tells_what_will_happen_and_advance_does_it(
    signed_in: Client, merchant: Merchant, make_payout: MakePayout, shown: Shown
) -> None:
    controls.freeze(merchant=merchant)
    merchant.refresh_from_db()
    payout = make_payout(merchant, "ORDER-7")
    page = shown("/portal/clock")
    assert "Payout is processed" in page
    assert f"/portal/payouts/{payout.pk}" in page
    due = next(work for work in upcoming(merchant) if work.url == f"/portal/payouts/{payout.pk}")
    reply = signed_in.post("/portal/clock/reach", {"to": due.at.strftime("%Y-%m-%dT%H:%M:%S.%f"), "due": "1"})
    assert reply.status_code == 302, reply.context["reach_form"].errors
    payout.refresh_from_db()
    merchant.refresh_from_db()
    assert payout.status != PayoutStatus.PENDING
    assert timedelta(0) <= clock.now(merchant) - due.at <= timedelta(milliseconds=1)
    signed_in.post("/portal/clock/advance", {"count": "1", "unit": "3600"})
    payout.refresh_from_db()
    assert payout.status == PayoutStatus.SUCCESS


@pytest.mark.parametrize(
    ("path", "sent", "field"),
    [
        ("advance", {"count": "-1", "unit": "60"}, "count"),
        ("advance", {"count": "99999", "unit": "86400"}, "count"),
        ("advance", {"count": "1", "unit": "7"}, "unit"),
        ("reach", {"to": "1999-01-01T00:00"}, "to"),
        ("reach", {"to": "tomorrow"}, "to"),
    ],
)
def test_advance_refuses_at_the_field(signed_in: Client, path: str, sent: dict[str, str], field: str) -> None:
    response = signed_in.post(f"/portal/clock/{path}", sent)
    assert response.status_code == 400
    assert field in response.context["advance_form" if path == "advance" else "reach_form"].errors


def test_freeze_release_and_reset(signed_in: Client, merchant: Merchant) -> None:
    signed_in.post("/portal/clock/advance", {"count": "1", "unit": "86400"})
    signed_in.post("/portal/clock/freeze")
    merchant.refresh_from_db()
    assert merchant.clock_frozen_ms is not None
    signed_in.post("/portal/clock/release")
    merchant.refresh_from_db()
    assert merchant.clock_frozen_ms is None
    assert merchant.clock_offset_ms > 86_000_000
    signed_in.post("/portal/clock/reset")
    merchant.refresh_from_db()
    assert abs(merchant.clock_offset_ms) < 1000


def test_advance_that_takes_long_is_left_to_the_workers_and_shows_how_far_it_is(
    signed_in: Client, merchant: Merchant, make_payout: MakePayout, shown: Shown, settle: Callable[[], None]
) -> None:
    payouts = [make_payout(merchant) for _ in range(3)]
    reached = controls.advance(merchant=merchant, by=timedelta(days=1), patience=0)
    assert reached.is_under_way
    page = shown("/portal/clock")
    assert "On the way to" in page
    assert "Advance to it" not in page
    assert "<progress" in shown("/portal/clock/progress")
    assert signed_in.post("/portal/clock/advance", {"count": "1", "unit": "60"}).status_code == 400
    assert signed_in.post("/portal/clock/freeze").status_code == 409
    settle()
    assert not ClockAdvance.objects.exists()
    assert {Payout.objects.get(pk=payout.pk).status for payout in payouts} == {PayoutStatus.SUCCESS}
    assert signed_in.get("/portal/clock/progress")["HX-Refresh"] == "true"


# Money and a fresh start


def test_top_up_brings_money_in_and_opens_a_balance(signed_in: Client, merchant: Merchant) -> None:
    signed_in.post("/portal/top-up", {"amount": "1,250.50", "currency": "USD"})
    assert MerchantBalance.objects.get(merchant=merchant, currency="USD").available == 125_050


@pytest.mark.parametrize(
    "sent", [{"amount": "0", "currency": "PKR"}, {"amount": "1.001", "currency": "PKR"}, {"amount": "1", "currency": "XXX"}]
)
def test_top_up_with_a_fault_is_refused(signed_in: Client, sent: dict[str, str]) -> None:
    assert signed_in.post("/portal/top-up", sent).status_code == 400


def test_fresh_start_needs_the_companys_name(signed_in: Client, merchant: Merchant, make_payout: MakePayout) -> None:
    make_payout(merchant)
    for typed in ("", "Another shop"):
        assert signed_in.post("/portal/fresh-start", {"typed": typed}).status_code == 400
    assert Payout.objects.exists()
    assert signed_in.post("/portal/fresh-start", {"typed": " shop "})["Location"] == "/portal/"
    assert not Payout.objects.exists()


# Snapshots and children


def test_take_restore_and_delete_a_snapshot(signed_in: Client, merchant: Merchant, make_payout: MakePayout, shown: Shown) -> None:
    kept = make_payout(merchant)
    signed_in.post("/portal/snapshots", {"name": INJECTION})
    snapshot = Snapshot.objects.get()
    assert ESCAPED in shown("/portal/snapshots")
    make_payout(merchant)
    path = f"/portal/snapshots/{snapshot.pk}/restore"
    assert signed_in.post(path, {"typed": "no"}).status_code == 400
    assert signed_in.post(path, {"typed": "Shop"})["Location"] == "/portal/snapshots"
    assert Payout.objects.get() == kept
    signed_in.post(f"/portal/snapshots/{snapshot.pk}/delete")
    assert not Snapshot.objects.exists()


@pytest.mark.parametrize("act", ["restore", "delete"])
def test_snapshot_of_a_stranger_is_404(signed_in: Client, stranger: Merchant, act: str) -> None:
    theirs = take_snapshot(merchant=stranger)
    for key in (theirs.pk, uuid4()):
        assert signed_in.post(f"/portal/snapshots/{key}/{act}", {"typed": "Shop"}).status_code == 404


def test_make_a_child_shows_its_keys_once_and_delete_ends_it(signed_in: Client, merchant: Merchant, shown: Shown) -> None:
    made = signed_in.post("/portal/children", {"name": INJECTION, "balance": "0", "count": "2", "unit": "3600"})
    child = Child.objects.get(merchant__parent=merchant)
    assert child.due_at is not None
    assert ESCAPED in made.content.decode()
    keys = [made.context["made"].payout_key, made.context["made"].payment_key]
    assert all(key in made.content.decode() for key in keys)
    path = f"/portal/children/{child.merchant.uuid}"
    assert not any(key in shown(page) for page in (path, "/portal/children") for key in keys)
    assert signed_in.post(f"{path}/delete")["Location"] == "/portal/children"
    assert not Child.objects.exists()


@pytest.mark.parametrize("sent", [{"balance": "much"}, {"balance": "1", "count": "9999", "unit": "86400"}, {"balance": "1", "count": "0"}])
def test_make_a_child_with_a_fault_is_refused(signed_in: Client, sent: dict[str, str]) -> None:
    assert signed_in.post("/portal/children", {"unit": "60", **sent}).status_code == 400
    assert not Child.objects.exists()


def test_child_of_a_stranger_is_404(signed_in: Client, merchant: Merchant, stranger: Merchant) -> None:
    for key in (stranger.uuid, uuid4(), "nonsense"):
        assert signed_in.get(f"/portal/children/{key}").status_code == 404
        assert signed_in.post(f"/portal/children/{key}/delete").status_code == 404


# Settlement


def test_change_the_settlement_plan(signed_in: Client, merchant: Merchant) -> None:
    sent = {
        "country": "", "delayDays": "2", "cutoff": "10:30", "minimum": "1,000", "feeFixed": "5", "feePercent": "1.5", "feeMinimum": "0",
        "taxPercent": "0",
    }  # fmt: skip
    assert signed_in.post("/portal/settlement-plan?currency=INR", sent)["Location"] == "/portal/settlement-plan?currency=INR"
    plan = SettlementPlan.objects.get(merchant=merchant, currency="INR")
    assert (plan.delay_days, plan.minimum, plan.fee_fixed, plan.fee_ppm, plan.country) == (2, 100_000, 500, 15_000, "")
    refused = signed_in.post("/portal/settlement-plan?currency=INR", {**sent, "delayDays": "31", "cutoff": "25:00"})
    assert refused.status_code == 400
    assert signed_in.get("/portal/settlement-plan?currency=XXX").status_code == 404


def test_plant_mistakes_grade_them_and_take_them_back(signed_in: Client, merchant: Merchant, shown: Shown) -> None:
    shop = Shop(merchant)
    payments = [shop.paid(reference=f"ORDER-{number}") for number in range(3)]
    signed_in.post("/portal/settlement-plan/run", {"all": "true"})
    path = f"/portal/settlements/{Settlement.objects.get(merchant=merchant).pk}"
    assert signed_in.post(f"{path}/breaks", {"count": 1, "kinds": ["wrong_fee"], "seed": "s"})["Location"] == f"{path}/breaks"
    planted = StatementBreak.objects.select_related("item").get()
    other = next(pk for pk in payments if pk != str(planted.item.payment_id))
    perfect = signed_in.post(f"{path}/grade", {"findings": f"wrong_fee {planted.item_id}"}).context["grade"]
    assert perfect.is_perfect
    half = signed_in.post(f"{path}/grade", {"findings": f"missing_line {other}"}).context["grade"]
    assert (half.found, half.missed, half.wrong) == (0, 1, 1)
    assert signed_in.post(f"{path}/grade", {"findings": "nonsense"}).status_code == 400
    assert signed_in.post(f"{path}/breaks", {"count": 50, "kinds": ["late_line"]}).status_code == 400
    signed_in.post(f"{path}/breaks/remove")
    assert not StatementBreak.objects.exists()
    assert "The statement is true." in shown(f"{path}/breaks")


@pytest.mark.parametrize("path", ["/portal/scenarios", "/portal/faults", "/portal/snapshots", "/portal/children", "/portal/clock"])
def test_page_with_more_rows_asks_no_more_queries(signed_in: Client, merchant: Merchant, make_payout: MakePayout, path: str) -> None:
    def grow(count: int) -> None:
        for _ in range(count):
            add_rule(merchant=merchant, flow=Flow.PAYOUT, outcome=Outcome.FAILED, match={"numberEndsWith": "9"})
            signed_in.post("/portal/faults", {"kind": "latency", "percent": 50, "priority": 1})
            signed_in.post("/portal/snapshots", {})
            signed_in.post("/portal/children", {"balance": "0", "unit": "60"})
            make_payout(merchant)

    grow(1)
    few = queries(signed_in, path)
    grow(3)
    assert queries(signed_in, path) == few
