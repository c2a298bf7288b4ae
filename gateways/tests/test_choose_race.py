"""Many payments at once: limits hold, turns stay even, nobody is turned away for nothing. Real threads."""

from collections import Counter
from typing import Any

import pytest
from django.db.models import Sum

from gateways.contract import ErrorCode
from gateways.errors import NoGateway
from gateways.models import GatewayAssignment, GatewayOrder, GatewayUsage, RoutingNote
from gateways.services.assign import assign
from gateways.services.change_assignment import change_assignment
from gateways.services.circuit import count_failure, count_success
from gateways.services.settle_usage import settle_usage
from gateways.states import Mode
from gateways.tests.factories import chosen, use
from merchants.models import Merchant
from merchants.tests.factories import make_merchant
from mypay.kit import sql
from payments.tests.acts import at_once
from tests.threads import WITH_THREADS

pytestmark = WITH_THREADS
MANY = 50


def taken(answers: list[Any]) -> list[GatewayOrder]:
    """The orders among the answers; whatever else there is is a refusal for want of a gateway."""
    orders = [answer for answer in answers if isinstance(answer, GatewayOrder)]
    assert [type(answer) for answer in answers if answer not in orders] == [NoGateway] * (len(answers) - len(orders))
    return orders


def test_choose_by_50_threads_never_overruns_the_limit_of_the_day() -> None:
    merchant = make_merchant(rupees=0)
    (row,) = use(merchant, 1)
    change_assignment(assignment=row, values={"daily_limit": 205_000})
    assert len(taken(at_once(MANY, lambda _: chosen(merchant), threads=MANY))) == 20
    assert GatewayUsage.objects.get().reserved == 200_000


def test_choose_by_50_threads_of_five_merchants_never_overruns_the_limit_of_the_month() -> None:
    first, *others = [make_merchant(rupees=0) for _ in range(5)]
    limited, _free = use(first, 2, mode=Mode.PRIORITY, monthly_limit=205_000)
    for other in others:
        assign(merchant=other, account=limited.account)
    change_assignment(assignment=_free, values={"is_active": False})
    merchants = [first, *others]
    assert len(taken(at_once(MANY, lambda number: chosen(merchants[number % 5]), threads=MANY))) == 20
    assert GatewayUsage.objects.aggregate(sum=Sum("reserved"))["sum"] == 200_000


@pytest.mark.parametrize(("mode", "shares"), [(Mode.ROUND_ROBIN, [10] * 5), (Mode.WEIGHTED, [25, 10, 5, 5, 5])])
def test_choose_by_50_threads_stays_even(mode: Mode, shares: list[int]) -> None:
    merchant = make_merchant(rupees=0)
    rows = use(merchant, mode=mode, weights=(5, 2, 1, 1, 1))
    spread = Counter(order.account_id for order in taken(at_once(MANY, lambda _: chosen(merchant), threads=MANY)))
    assert [spread[row.account_id] for row in rows] == shares


def test_choose_by_50_threads_of_a_merchant_with_one_account_turns_nobody_away() -> None:
    merchant = make_merchant(rupees=0)
    use(merchant, 1, monthly_limit=10**12)
    orders = taken(at_once(MANY, lambda _: chosen(merchant), threads=MANY))
    assert len(orders) == MANY and GatewayUsage.objects.get().reserved == MANY * 10_000

    def settle(number: int) -> None:
        sql.in_transaction(lambda: settle_usage(order=orders[number], is_paid=number % 2 == 0))

    def both(number: int) -> Any:
        return settle(number) if number < MANY else chosen(merchant)

    assert not [answer for answer in at_once(2 * MANY, both, threads=2 * MANY) if isinstance(answer, Exception)]
    row = GatewayUsage.objects.get()
    assert (row.reserved, row.paid) == (MANY * 10_000, MANY // 2 * 10_000)


def test_half_open_circuit_is_tried_by_one_of_50_threads() -> None:
    merchant = make_merchant(rupees=0)
    bad, _good = use(merchant, 2)
    order = chosen(merchant)
    at_once(5, lambda _: count_failure(merchant=merchant, order=order, code=ErrorCode.UNAVAILABLE))
    opened = RoutingNote.objects.filter(happening="circuit_opened")
    assert opened.count() == 1
    Merchant.objects.filter(pk=merchant.pk).update(clock_offset_ms=31_000)
    merchant.refresh_from_db()
    spread = Counter(one.account_id for one in taken(at_once(MANY, lambda _: chosen(merchant), threads=MANY)))
    assert spread[bad.account_id] == 1
    trial = GatewayOrder.objects.filter(account=bad.account_id).latest("id")
    at_once(10, lambda _: count_success(merchant=merchant, order=trial))
    assert RoutingNote.objects.filter(happening="circuit_closed").count() == 1
    assert GatewayAssignment.objects.get(pk=bad.pk).open_until is None


def test_choose_while_failures_are_counted_ends_without_a_deadlock() -> None:
    merchants = [make_merchant(rupees=0) for _ in range(3)]
    rows = use(merchants[0], 3, monthly_limit=10**12)
    for other in merchants[1:]:
        for row in rows:
            assign(merchant=other, account=row.account)
    begun = [chosen(merchants[number % 3]) for number in range(9)]

    def do(number: int) -> Any:
        merchant = merchants[number % 3]
        if number % 2:
            return count_failure(merchant=merchant, order=begun[number % 9], code=ErrorCode.UNAVAILABLE)
        return chosen(merchant)

    assert not [answer for answer in at_once(MANY, do, threads=MANY) if isinstance(answer, Exception) and not isinstance(answer, NoGateway)]
