"""An account for a payment: who is eligible, who is picked, what is reserved and told."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gateways.calendar import day_of, month_of
from gateways.errors import NoGateway
from gateways.models import GatewayAccount, GatewayAssignment, GatewayOrder, GatewayUsage, RoutingPolicy
from gateways.routing import MIN_SAMPLES, SAMPLES
from gateways.services.assign import assign, unassign
from gateways.services.change_account import change_account
from gateways.services.change_assignment import change_assignment
from gateways.services.settle_usage import settle_usage
from gateways.states import Mode, OrderStatus
from gateways.tests.factories import chosen, make_account, told, usage, use
from merchants.models import Merchant
from mypay.kit import clock
from mypay.kit.ids import uuid7


def at(merchant: Merchant, moment: str) -> None:
    """Stop the merchant's clock there."""
    from datetime import datetime

    merchant.clock_frozen_ms = clock.to_ms(datetime.fromisoformat(moment))
    merchant.save()


def later(merchant: Merchant, **units: float) -> None:
    merchant.clock_frozen_ms = clock.to_ms(clock.now(merchant) + timedelta(**units))
    merchant.save()


def decided(row: GatewayAssignment, *, paid: int, failed: int, latency: int = 50) -> None:
    """Orders of the row's account that ended at the merchant's present."""
    now = clock.now(row.merchant)
    GatewayOrder.objects.bulk_create(
        GatewayOrder(
            id=uuid7(), merchant=row.merchant, account=row.account, checkout_id=uuid4(), payment_id=uuid4(), amount=1, currency="INR",
            status=OrderStatus.ENDED, is_paid=number >= failed, day=day_of(now), latency_ms=latency, created_at=now, updated_at=now,
        )
        for number in range(failed + paid)
    )  # fmt: skip


def test_choose_in_turn_takes_each_place_and_remembers_it(merchant: Merchant) -> None:
    rows = use(merchant)
    orders = [chosen(merchant) for _ in range(7)]
    assert [order.account_id for order in orders] == [rows[number % 3].account_id for number in range(7)]
    assert RoutingPolicy.objects.get(merchant=merchant).position == 1
    assert told(orders[0]) == [("chosen", "in turn: place 1 after 0")]
    kept = GatewayOrder.objects.get(pk=orders[0].pk)
    assert (kept.status, kept.amount, kept.is_paid, kept.day) == ("beginning", 10_000, None, day_of(kept.created_at))
    assert kept.wake_at and kept.due_at and kept.due_at - kept.created_at == timedelta(seconds=60)


def test_choose_without_any_account_is_503_and_told(merchant: Merchant) -> None:
    checkout = uuid4()
    with pytest.raises(NoGateway) as refused:
        chosen(merchant, checkout_id=checkout)
    assert (refused.value.status, refused.value.code) == (503, "SERVICE_UNAVAILABLE")
    assert told(checkout) == [("none_left", "The merchant has none")]


def test_choose_passes_over_with_the_reason_of_each(merchant: Merchant) -> None:
    at(merchant, "2026-11-30T12:00:00+00:00")
    off, away, day, month, open_, refused, good = use(merchant, 7)
    change_assignment(assignment=off, values={"is_active": False})
    change_account(account=away.account, values={"is_active": False})
    change_assignment(assignment=day, values={"daily_limit": 9_999})
    change_account(account=month.account, values={"monthly_limit": 9_999})
    GatewayAssignment.objects.filter(pk=open_.pk).update(open_until=clock.now(merchant) + timedelta(seconds=9))
    order = chosen(merchant, excluding={refused.account_id})
    assert order.account_id == good.account_id
    assert [text for _, text in told(order)] == [
        "Off for this merchant", "Off", "Limit of the day: INR 0.00 of INR 99.99 used", "Limit of the month",
        "Circuit open until 2026-11-30T12:00:09.000Z", "Refused this payment before", "in turn: place 7 after 0",
    ]  # fmt: skip
    with pytest.raises(NoGateway) as none:
        chosen(merchant, currency="PKR", checkout_id=(checkout := uuid4()))
    assert told(checkout)[5:] == [("passed_over", "Does not take PKR")] * 2 + [("none_left", "All were passed over")]
    with pytest.raises(NoGateway):
        chosen(merchant, is_held=True, checkout_id=(held := uuid4()))
    assert told(held)[5:7] == [("passed_over", "Cannot hold a payment for a later capture")] * 2
    assert not any(name in str(none.value.message) for name in ("Account", "paper", "Paper"))


def test_choose_of_a_gateway_that_is_gone_passes_it_over(merchant: Merchant) -> None:
    gone, good = use(merchant, 2)
    GatewayAccount.objects.filter(pk=gone.account_id).update(gateway="bygone")
    assert [chosen(merchant).account_id for _ in range(2)] == [good.account_id] * 2


def test_choose_reserves_up_to_the_limit_of_the_day_and_no_further(merchant: Merchant) -> None:
    at(merchant, "2026-11-30T18:00:00+00:00")  # 23:30 in India
    (row,) = use(merchant, 1)
    change_assignment(assignment=row, values={"daily_limit": 25_000})
    first, second = chosen(merchant), chosen(merchant, 15_000)
    assert usage(first) == (25_000, 0)
    with pytest.raises(NoGateway):
        chosen(merchant, 1)
    settle_usage(order=first, is_paid=False)
    assert usage(first) == (15_000, 0)
    settle_usage(order=second, is_paid=True)
    assert usage(first) == (0, 15_000)
    chosen(merchant, 10_000)
    with pytest.raises(NoGateway):
        chosen(merchant, 1)
    later(merchant, hours=1)
    assert chosen(merchant, 25_000).day.isoformat() == "2026-12-01"


def test_choose_counts_a_month_over_all_merchants(merchant: Merchant, stranger: Merchant) -> None:
    at(merchant, "2026-11-02T12:00:00+00:00")
    at(stranger, "2026-11-29T12:00:00+00:00")
    (row,) = use(merchant, 1, monthly_limit=30_000)
    assign(merchant=stranger, account=row.account)
    chosen(merchant, 20_000)
    with pytest.raises(NoGateway):
        chosen(stranger, 10_001)
    chosen(stranger, 10_000)
    with pytest.raises(NoGateway):
        chosen(merchant, 1)
    at(stranger, "2026-11-30T18:30:00+00:00")  # the first of December in India
    assert chosen(stranger, 30_000).day.isoformat() == "2026-12-01"


def test_month_of_december_ends_with_the_year() -> None:
    first, after = month_of(day_of(clock.from_ms(1_798_700_000_000)))
    assert (first.isoformat(), after.isoformat()) == ("2026-12-01", "2027-01-01")


def test_settle_usage_twice_counts_once_and_a_late_payment_counts(merchant: Merchant) -> None:
    use(merchant, 1)
    order = chosen(merchant)
    for is_paid, expected in ((False, (0, 0)), (False, (0, 0)), (True, (0, 10_000)), (True, (0, 10_000)), (False, (0, 10_000))):
        settle_usage(order=order, is_paid=is_paid)
        order.is_paid = bool(order.is_paid) or is_paid
        assert usage(order) == expected


def test_choose_by_priority_then_success_then_rest(merchant: Merchant) -> None:
    low, bad, good, other = use(merchant, 4, mode=Mode.PRIORITY)
    change_account(account=low.account, values={"priority": 1})
    decided(low, paid=MIN_SAMPLES, failed=0)
    decided(bad, paid=MIN_SAMPLES, failed=1)
    assert [chosen(merchant).account_id for _ in range(3)] == [good.account_id, other.account_id, good.account_id]


def test_choose_smart_by_success_then_latency_then_priority(merchant: Merchant) -> None:
    bad, slow, quick = use(merchant, 3, mode=Mode.SMART)
    decided(bad, paid=MIN_SAMPLES, failed=1, latency=1)
    decided(slow, paid=MIN_SAMPLES, failed=0, latency=90)
    decided(quick, paid=MIN_SAMPLES, failed=0, latency=80)
    order = chosen(merchant)
    assert order.account_id == quick.account_id
    assert told(order) == [("chosen", "success rate 100%, 80 ms, priority 100")]


def test_choose_smart_forgets_after_an_hour_and_after_a_hundred(merchant: Merchant) -> None:
    at(merchant, "2026-11-30T12:00:00+00:00")
    first, second = use(merchant, 2, mode=Mode.SMART)
    decided(first, paid=0, failed=MIN_SAMPLES)
    assert chosen(merchant).account_id == second.account_id
    decided(first, paid=SAMPLES, failed=0, latency=1)
    decided(second, paid=SAMPLES, failed=0, latency=2)
    assert chosen(merchant).account_id == first.account_id
    decided(first, paid=0, failed=MIN_SAMPLES)
    assert chosen(merchant).account_id == second.account_id
    later(merchant, minutes=61)
    assert chosen(merchant).account_id == first.account_id


def test_choose_smart_takes_few_failures_for_nothing(merchant: Merchant) -> None:
    first, _second = use(merchant, 2, mode=Mode.SMART)
    decided(first, paid=0, failed=MIN_SAMPLES - 1, latency=0)
    assert chosen(merchant).account_id == first.account_id


def test_choose_by_weight_gives_exact_shares(merchant: Merchant) -> None:
    rows = use(merchant, mode=Mode.WEIGHTED, weights=(3, 2, 1))
    orders = [chosen(merchant).account_id for _ in range(12)]
    assert [orders.count(row.account_id) for row in rows] == [6, 4, 2]
    change_assignment(assignment=rows[2], values={"weight": 3})
    assert set(GatewayAssignment.objects.filter(merchant=merchant).values_list("current_weight", flat=True)) == {0}


def test_choose_after_an_account_was_taken_away_goes_on_in_the_circle(merchant: Merchant) -> None:
    first, second, third = use(merchant)
    chosen(merchant)
    unassign(merchant=merchant, account=second.account)
    assert [chosen(merchant).account_id for _ in range(2)] == [third.account_id, first.account_id]
    assert assign(merchant=merchant, account=make_account()).rotation_order == 4


def test_choose_asks_no_more_of_the_database_for_more_accounts(merchant: Merchant, stranger: Merchant) -> None:
    def cost(who: Merchant, mode: Mode) -> int:
        with CaptureQueriesContext(connection) as asked:
            chosen(who)
        return len(asked)

    for mode in Mode:
        few, many = Merchant.objects.get(pk=merchant.pk), Merchant.objects.get(pk=stranger.pk)
        GatewayAssignment.objects.all().delete()
        use(few, 2, mode=mode, monthly_limit=10**9)
        use(many, 9, mode=mode, monthly_limit=10**9)
        chosen(few), chosen(many)
        assert cost(few, mode) == cost(many, mode) <= 17, mode


def test_reset_of_the_merchant_forgets_its_usage_and_keeps_its_accounts(merchant: Merchant) -> None:
    from sandbox.services.reset_state import reset_state

    use(merchant, 2)
    chosen(merchant)
    reset_state(merchant=merchant)
    assert (GatewayOrder.objects.count(), GatewayUsage.objects.count()) == (0, 0)
    assert GatewayAssignment.objects.filter(merchant=merchant).count() == 2 and RoutingPolicy.objects.get().mode == "round_robin"
