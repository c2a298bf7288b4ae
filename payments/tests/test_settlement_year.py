"""A year of settlement by the clock: every item once, on its day, and each statement as the ledger has it."""

import time
from datetime import timedelta

import pytest
from django.db.models import Sum

from ledger.models import MerchantBalance, Transfer
from ledger.services.check import findings
from merchants.models import Merchant
from merchants.tests.factories import make_merchant
from mypay.kit import clock, scheduling
from payments.calendar import Country
from payments.models import Settlement, SettlementItem, SettlementPlan
from payments.services.items import calendar_of
from payments.services.settle import settle
from payments.statements import Statement, totals
from payments.tests.acts import at_once
from payments.tests.crashing import failing
from payments.tests.year import NEW_YEAR, Year
from sandbox.models import ClockAdvance
from sandbox.services.clock import advance
from tests.threads import with_threads

YEAR = timedelta(days=365)
OPENING = 1_000_00
HOLIDAYS = {(3, 23), (5, 1), (8, 14), (12, 25)}  # weekdays of 2026, whatever the calendar says
_SUMS = ("created_at", "item_count", "gross", "deducted", "funded", "fee", "tax", "net")


def _merchant(payments: int) -> Merchant:
    merchant = make_merchant(rupees=OPENING // 100)
    started = time.perf_counter()
    Year(merchant, f"{payments} payments").write(payments)
    print(f"\n{payments} payments written in {time.perf_counter() - started:.1f} s")  # noqa: T201
    merchant.refresh_from_db()
    assert list(findings(merchant.pk)) == []
    return merchant


def _assert_settled(merchant: Merchant) -> None:
    """All that has matured is in one batch, at its own cut-off on a business day, and every sum is the ledger's."""
    now, calendar = clock.now(Merchant.objects.get(pk=merchant.pk)), calendar_of(SettlementPlan.objects.get())
    for batch in Settlement.objects.order_by("pk"):
        lines = list(Statement(batch))
        said = totals(lines)
        assert (said.count, said.amount, said.fee, said.tax, said.net) == (
            batch.item_count, batch.gross - batch.deducted + batch.funded, batch.fee, batch.tax, batch.net,
        )  # fmt: skip
        moved = dict(Transfer.objects.filter(subject_id=batch.pk).values_list("target").annotate(sum=Sum("amount")))
        assert moved == {"available": said.net, "fees": said.fee + said.tax}
        local = batch.created_at.astimezone(calendar.country.zone)
        assert calendar.is_business_day(local.date()) and local.time() == calendar.cutoff
        assert set(batch.items.values_list("settles_at", flat=True)) == {batch.created_at}
    settled = SettlementItem.objects.exclude(settlement=None)
    assert settled.count() == SettlementItem.objects.filter(settles_at__lte=now).count()
    sums = Settlement.objects.aggregate(count=Sum("item_count"), net=Sum("net"))
    balance = MerchantBalance.objects.get()
    assert (sums["count"], sums["net"] + OPENING) == (settled.count(), balance.available)
    assert balance.pending == sum(SettlementItem.objects.filter(settlement=None).values_list("amount", flat=True))
    assert list(findings()) == []


def _run_again(merchant: Merchant) -> None:
    """Whoever looks once more finds nothing."""
    before = Settlement.objects.count(), Transfer.objects.count()
    plan = SettlementPlan.objects.get()
    assert settle(plan=plan, at=clock.now(Merchant.objects.get(pk=merchant.pk))) is None
    assert scheduling.run_due("settlement") == 0
    assert (Settlement.objects.count(), Transfer.objects.count()) == before


@pytest.mark.django_db(transaction=True)
def test_settle_a_year_of_10000_payments_by_the_clock_settles_each_once_on_its_day() -> None:
    merchant = _merchant(10_000)
    started = time.perf_counter()
    ran = advance(merchant=merchant, by=YEAR).ran
    print(f"a year of settlement in {time.perf_counter() - started:.1f} s, {ran} pieces of work, {Settlement.objects.count()} batches")  # noqa: T201
    _assert_settled(merchant)
    days = [batch.created_at.astimezone(Country.PK.zone).date() for batch in Settlement.objects.all()]
    assert {day.month for day in days} == set(range(1, 13)) and 240 <= len(set(days)) == len(days) <= 255
    assert not HOLIDAYS & {(day.month, day.day) for day in days}
    assert SettlementItem.objects.filter(kind="refund_failure").count() > 300
    _run_again(merchant)


@pytest.mark.django_db(transaction=True)
def test_settle_a_year_whose_clock_is_killed_again_and_again_settles_as_one_that_is_not() -> None:
    spared, merchant = _merchant(300), _merchant(300)
    advance(merchant=spared, by=YEAR)
    with failing(1000, kill=True):
        advance(merchant=merchant, by=YEAR)
    kills = 0
    while ClockAdvance.objects.exists():
        ClockAdvance.objects.update(wake_at=clock.real_now())
        with failing(500 + 7 * kills, kill=True):
            scheduling.run_due("clock_advance")
        kills += 1
    assert kills > 5
    batches = [list(Settlement.objects.filter(merchant=each).order_by("pk").values_list(*_SUMS)) for each in (spared, merchant)]
    assert len(batches[0]) > 100 and batches[0] == batches[1]
    assert list(findings()) == []


@with_threads
def test_settle_a_year_by_many_schedulers_at_once_settles_each_once() -> None:
    merchant = _merchant(1_000)
    plan, cutoffs = SettlementPlan.objects.get(), [NEW_YEAR + timedelta(days=days) for days in range(0, 380, 7)]

    def run(number: int) -> None:
        for at in cutoffs:
            settle(plan=plan, at=at) if number % 2 else scheduling.run_due("settlement")

    answers = at_once(4, run)
    assert answers == [None] * 4
    batches = Settlement.objects.order_by("pk")
    assert sum(batch.item_count for batch in batches) == SettlementItem.objects.exclude(settlement=None).count() > 1_000
    assert len(set(batches.values_list("created_at", flat=True))) == len(batches)
    assert merchant.pk == plan.merchant_id and list(findings()) == []
