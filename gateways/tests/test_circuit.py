"""Circuits: what opens one, how one payment tries, and what closes it. All by the merchant's clock."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from gateways.contract import ErrorCode
from gateways.errors import NoGateway
from gateways.models import GatewayAssignment, GatewayOrder
from gateways.services.circuit import UNKNOWN, count_failure, count_success
from gateways.states import Mode
from gateways.tests.factories import chosen, told, use
from merchants.models import Merchant
from mypay.kit import clock

Later = Callable[[float], None]


@pytest.fixture
def later(merchant: Merchant) -> Later:
    """Let seconds pass on the merchant's clock, which stands still otherwise."""
    merchant.clock_frozen_ms = clock.to_ms(datetime.fromisoformat("2026-11-30T12:00:00+00:00"))
    merchant.save()

    def move(seconds: float) -> None:
        merchant.clock_frozen_ms = clock.to_ms(clock.now(merchant) + timedelta(seconds=seconds))
        merchant.save()

    return move


def fail(merchant: Merchant, order: GatewayOrder, times: int = 1, code: str = ErrorCode.UNAVAILABLE) -> None:
    for _ in range(times):
        count_failure(merchant=merchant, order=order, code=code)


def is_open(merchant: Merchant) -> bool:
    return GatewayAssignment.objects.get(merchant=merchant).open_until is not None


@pytest.mark.parametrize("code", [ErrorCode.UNAVAILABLE, ErrorCode.GATEWAY_DOWN, ErrorCode.BAD_CREDENTIALS, ErrorCode.TOO_MANY, UNKNOWN])
def test_count_failure_of_the_gateway_opens_at_the_fifth_in_a_row(merchant: Merchant, later: Later, code: str) -> None:
    use(merchant, 1)
    order = chosen(merchant)
    fail(merchant, order, 4, code)
    count_success(merchant=merchant, order=order)
    fail(merchant, order, 4, code)
    assert not is_open(merchant)
    fail(merchant, order, 1, code)
    assert told(order)[-1] == (
        "circuit_opened",
        f"5 failures in a row, 9 of the last 20 answers, at last {code}: closed to payments until 2026-11-30T12:00:30.000Z",
    )
    with pytest.raises(NoGateway):
        chosen(merchant)


@pytest.mark.parametrize("code", [ErrorCode.DECLINED, ErrorCode.INSUFFICIENT_FUNDS, ErrorCode.CANCELLED_BY_PAYER, ErrorCode.BAD_REQUEST])
def test_count_failure_of_the_payer_or_the_request_counts_nothing(merchant: Merchant, later: Later, code: str) -> None:
    use(merchant, 1)
    fail(merchant, chosen(merchant), 30, code)
    assert GatewayAssignment.objects.get(merchant=merchant).failures == 0


def test_count_failure_of_every_second_opens_at_ten_of_twenty(merchant: Merchant, later: Later) -> None:
    use(merchant, 1)
    order = chosen(merchant)
    for number in range(10):
        assert not is_open(merchant), number
        fail(merchant, order)
        if number < 9:
            count_success(merchant=merchant, order=order)
    assert is_open(merchant)


def test_open_circuit_lets_one_payment_try_after_30_seconds(merchant: Merchant, later: Later) -> None:
    bad, good = use(merchant, 2)
    first = chosen(merchant)
    fail(merchant, first, 5)
    later(29.999)
    assert {chosen(merchant).account_id for _ in range(4)} == {good.account_id}
    later(0.001)
    accounts = [(order := chosen(merchant)).account_id for _ in range(4)]
    assert accounts == [bad.account_id, *[good.account_id] * 3]
    trial = GatewayOrder.objects.filter(account=bad.account_id).latest("id")
    assert told(trial)[-1] == ("chosen", "in turn: place 1 after 2, to try whether it works again")
    count_success(merchant=merchant, order=trial)
    assert told(trial)[-1] == ("circuit_closed", "It took a payment again")
    assert {chosen(merchant).account_id for _ in range(2)} == {bad.account_id, good.account_id}
    assert GatewayAssignment.objects.get(pk=bad.pk).failures == 0
    assert told(order)[0][0] == "passed_over"


def test_failed_trial_opens_anew(merchant: Merchant, later: Later) -> None:
    use(merchant, 1)
    fail(merchant, chosen(merchant), 5)
    later(31)
    trial = chosen(merchant)
    later(2)
    fail(merchant, trial)
    assert told(trial)[-1][0] == "circuit_opened"
    later(29)
    with pytest.raises(NoGateway):
        chosen(merchant)
    later(1)
    assert chosen(merchant)


def test_trial_that_never_ends_lets_another_try_after_30_seconds(merchant: Merchant, later: Later) -> None:
    use(merchant, 1)
    fail(merchant, chosen(merchant), 5)
    later(30)
    chosen(merchant)
    later(29)
    with pytest.raises(NoGateway):
        chosen(merchant)
    later(1)
    assert chosen(merchant)


def test_success_of_an_order_from_before_closes_no_circuit(merchant: Merchant, later: Later) -> None:
    use(merchant, 1)
    old = chosen(merchant)
    later(5)
    fail(merchant, chosen(merchant), 5)
    count_success(merchant=merchant, order=old)
    assert is_open(merchant)
    fail(merchant, old)
    assert told(old) == [("chosen", "in turn: place 1 after 0")]


def test_circuit_of_a_clock_that_went_back_holds_nobody(merchant: Merchant, later: Later) -> None:
    use(merchant, 1)
    later(86_400)
    fail(merchant, chosen(merchant), 5)
    later(-86_400)
    assert chosen(merchant)


def test_circuit_is_the_merchants_own(merchant: Merchant, stranger: Merchant, later: Later) -> None:
    from gateways.services.assign import assign

    (row,) = use(merchant, 1)
    assign(merchant=stranger, account=row.account)
    fail(merchant, chosen(merchant), 5)
    assert chosen(stranger).account_id == row.account_id


def test_smart_mode_tries_the_half_open_one_first(merchant: Merchant, later: Later) -> None:
    bad, _good = use(merchant, 2, mode=Mode.SMART)
    fail(merchant, chosen(merchant), 5)
    later(30)
    assert chosen(merchant).account_id == bad.account_id
    assert chosen(merchant).account_id != bad.account_id


def test_count_failure_of_an_account_taken_away_is_nothing(merchant: Merchant) -> None:
    from gateways.services.assign import unassign

    (row,) = use(merchant, 1)
    order = chosen(merchant, checkout_id=uuid4())
    unassign(merchant=merchant, account=row.account)
    fail(merchant, order, 5)
    count_success(merchant=merchant, order=order)
    assert [what for what, _ in told(order)] == ["chosen"]
