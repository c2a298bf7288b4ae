"""The home page: balances, what was collected, what needs attention, the first steps; to whom, and at what cost."""

import re
import shlex
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEntry
from audit.tags import Tag
from ledger.models import MerchantBalance
from merchants.models import ApiKey, Member, Merchant
from merchants.services.issue_key import issue_key
from merchants.states import Environment, Role, Scope
from mypay.kit import clock
from mypay.kit.ids import uuid7
from payments.models import Payment
from payments.services.open_dispute import open_dispute
from payments.states import DisputeReason
from payments.tests.acts import paid
from payouts.models import Payout
from portal import charts, overview
from portal.attention import matters
from portal.selectors import balances
from portal.tests.conftest import PASSWORD, MakePayout
from sandbox.services.clock import advance
from webhooks.models import Delivery, Endpoint, Event
from webhooks.states import DeliveryStatus, DisabledReason


def told(merchant: Merchant, payouts: list[Payout] | None = None) -> list[str]:
    return [matter.title for matter in matters(merchant, balances(merchant), payouts or [])]


def webhook(merchant: Merchant, status: DeliveryStatus, **off: Any) -> Endpoint:
    at = clock.now(merchant)
    endpoint = Endpoint.objects.create(id=uuid7(), merchant=merchant, url="http://127.0.0.1:9/x", created_at=at, updated_at=at, **off)
    event = Event.objects.create(id=uuid7(), merchant=merchant, type="payout.created", subject_id=uuid7(), data="{}", created_at=at)
    Delivery.objects.create(
        id=uuid7(), merchant=merchant, event=event, endpoint=endpoint, target=str(endpoint.pk), dialect="mypay", status=status,
        created_at=at, updated_at=at,
    )  # fmt: skip
    return endpoint


def test_activity_counts_by_day_method_and_outcome(merchant: Merchant) -> None:
    paid(merchant, 100_000)
    paid(merchant, 50_000, scenario="failed")
    advance(merchant=merchant, by=timedelta(days=2))
    merchant.refresh_from_db()
    paid(merchant, 25_000)
    paid(merchant, 10_000, scenario="pending")
    paid(merchant, 99_000, currency="USD")
    found = overview.activity(merchant, 14)
    assert (found.currency, found.currencies, len(found.days)) == ("PKR", ["PKR", "USD"], 14)
    days = [tally for tally in found.days.values() if tally.count]
    assert [(tally.paid, tally.failed, tally.open, tally.volume) for tally in days] == [(1, 1, 0, 100_000), (1, 0, 1, 25_000)]
    assert (found.total.rate, found.total.volume, list(found.methods)) == (67, 125_000, ["Card Payment"])
    assert overview.activity(merchant, 14, "USD").total.volume == 99_000
    assert overview.activity(merchant, 14, "nonsense").currency == "PKR"


def test_activity_leaves_out_what_is_older(merchant: Merchant) -> None:
    paid(merchant)
    advance(merchant=merchant, by=timedelta(days=14))
    merchant.refresh_from_db()
    assert overview.activity(merchant, 14).total.count == 0
    assert overview.activity(merchant, 30).total.count == 1


def test_bars_are_as_high_as_their_share() -> None:
    columns = [charts.Column("a", (charts.Part(3, "paid"), charts.Part(1, "failed"))), charts.Column("b", (charts.Part(0, "paid"),))]
    assert [(bar.y, bar.height, bar.kind) for bar in charts.bars(columns)] == [("30.00", "90.00", "paid"), ("0.00", "30.00", "failed")]
    assert charts.bars([]) == charts.bars(columns[1:]) == []


def test_view_home_shows_buckets_charts_and_their_table(signed_in: Client, merchant: Merchant) -> None:
    payment = paid(merchant, 100_000)
    found = Payment.objects.select_related("merchant", "checkout__merchant").get(pk=payment.pk)
    open_dispute(payment=found, amount=2_500, reason=DisputeReason.GENERAL, at=clock.now(merchant))
    page = signed_in.get("/portal/").content.decode()
    for figure in ("1,000,000.00", "975.00", "25.00", 'aria-label="Collected by day"', "<caption", "1 dispute to answer"):
        assert figure in page, figure
    assert not re.search(r"\sstyle=", page)
    assert signed_in.get("/portal/?days=30").context["days"] == 30
    assert signed_in.get("/portal/?days=9999999&currency=<b>").context["days"] == 14


def test_nothing_needs_attention_at_first(merchant: Merchant) -> None:
    assert told(merchant) == []


def test_attention_names_what_waits(merchant: Merchant, make_payout: MakePayout) -> None:
    paid(merchant, mode="manual")
    webhook(merchant, DeliveryStatus.FAILED, is_enabled=False, disabled_reason=DisabledReason.GONE)
    webhook(merchant, DeliveryStatus.DELIVERED, is_enabled=False, disabled_reason=DisabledReason.MERCHANT)
    payout = make_payout(merchant)
    Payout.objects.update(status="IN_REVIEW")
    MerchantBalance.objects.filter(currency="PKR").update(available=100)
    assert told(merchant, [payout]) == [
        "1 payment to capture",
        "1 payout in review or on hold",
        "Low balance: PKR 1.00 available",
        "An endpoint was switched off",
        "1 webhook given up in seven days",
    ]


def test_anothers_matters_are_not_told(merchant: Merchant, stranger: Merchant) -> None:
    paid(stranger, mode="manual")
    webhook(stranger, DeliveryStatus.FAILED)
    assert told(merchant) == [] and overview.activity(merchant, 14).total.count == 0
    assert not any(vars_of(overview.first_steps(merchant)))


def vars_of(done: overview.Done) -> list[bool]:
    return [done.key_used, done.payout, done.paid, done.endpoint, done.answered]


def test_first_steps_tick_themselves(merchant: Merchant, make_payout: MakePayout) -> None:
    assert vars_of(overview.first_steps(merchant)) == [False] * 5
    issue_key(merchant=merchant, scope=Scope.PAYOUTS)
    ApiKey.objects.filter(merchant=merchant).update(last_used_at=clock.real_now())
    make_payout(merchant)
    assert vars_of(overview.first_steps(merchant)) == [True, True, False, False, False]
    paid(merchant)
    webhook(merchant, DeliveryStatus.DELIVERED)
    assert overview.first_steps(merchant).all


def test_view_home_shows_no_key(signed_in: Client, merchant: Merchant) -> None:
    keys = [issue_key(merchant=merchant, scope=scope).key for scope in Scope]
    page = signed_in.get("/portal/").content.decode()
    assert "YOUR_PAYOUT_KEY" in page and "/portal/first-steps" in page and not any(key in page for key in keys)


def test_first_steps_with_keys_ask_for_the_password_and_are_audited(signed_in: Client, merchant: Merchant) -> None:
    payouts, payments = (issue_key(merchant=merchant, scope=scope).key for scope in (Scope.PAYOUTS, Scope.PAYMENTS))
    asked = signed_in.get("/portal/first-steps")
    assert asked.status_code == 302 and not AuditEntry.objects.filter(action=Tag.KEY_REVEALED).exists()
    page = signed_in.post(asked["Location"], {"password": PASSWORD, "next": "/portal/first-steps"}, follow=True)
    assert payouts in page.content.decode() and payments in page.content.decode() and "no-store" in page["Cache-Control"]
    assert AuditEntry.objects.filter(action=Tag.KEY_REVEALED, merchant_id=merchant.pk).count() == 2


def test_first_steps_commands_run(signed_in: Client, merchant: Merchant, make_payout: MakePayout) -> None:
    make_payout(merchant)
    for scope in Scope:
        issue_key(merchant=merchant, scope=scope)
    signed_in.post("/portal/confirm", {"password": PASSWORD})
    for step in signed_in.get("/portal/first-steps").context["steps"]:
        words = shlex.split(step.curl.replace("\\\n", " "))
        headers = dict(word.split(": ", 1) for number, word in enumerate(words) if words[number - 1] == "-H")
        body = next((word for number, word in enumerate(words) if words[number - 1] == "-d"), "")
        path = words[3].removeprefix("http://testserver")
        answer = Client().generic(words[2], path, body, content_type="application/json", headers=headers)
        assert answer.status_code in (200, 201), (step.title, answer.content)


@pytest.mark.parametrize("role", list(Role))
def test_first_steps_with_keys_are_for_who_may_see_keys(signed_in: Client, merchant: Merchant, role: Role) -> None:
    Member.objects.filter(merchant=merchant).update(role=role)
    may_see = role != Role.VIEWER
    assert signed_in.get("/portal/first-steps").status_code == (302 if may_see else 403)
    assert (b"/portal/first-steps" in signed_in.get("/portal/").content) is may_see


def test_first_steps_of_a_live_merchant_show_no_key(signed_in: Client, merchant: Merchant) -> None:
    Merchant.objects.filter(pk=merchant.pk).update(environment=Environment.LIVE)
    signed_in.post("/portal/confirm", {"password": PASSWORD})
    assert signed_in.get("/portal/first-steps").status_code == 404
    assert b"/portal/first-steps" not in signed_in.get("/portal/").content


def test_view_home_with_more_rows_asks_no_more_queries(signed_in: Client, merchant: Merchant, make_payout: MakePayout) -> None:
    def grow(count: int) -> None:
        for _ in range(count):
            paid(merchant)
            paid(merchant, mode="manual")
            make_payout(merchant)
            webhook(merchant, DeliveryStatus.FAILED, is_enabled=False, disabled_reason=DisabledReason.GONE)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert signed_in.get("/portal/").status_code == 200
        return len(captured)

    grow(1)
    few = queries()
    grow(4)
    assert queries() == few <= 16
