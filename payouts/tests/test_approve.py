"""Two people together: payouts above the approval limit."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection

from audit.models import AuditEntry
from conftest import Api
from merchants.models import User
from merchants.services.change_config import change_config
from merchants.states import ConfigKey, StaffRole
from mypay.kit import clock
from mypay.kit.errors import ApiError
from payouts.models import Payout, PayoutApproval
from payouts.services import approve, decide
from tests.threads import with_threads

Balance = Callable[[], tuple[int, int]]


@pytest.fixture
def people(db: None) -> list[User]:
    return [User.objects.create_user(f"{name}@mypay.example", "x", is_staff=True, staff_role=StaffRole.OPERATIONS) for name in "abc"]


@pytest.fixture
def limit(db: None) -> None:
    change_config(values={"approval_limits": "PKR 150000"})


@pytest.fixture
def waiting(api: Api, settle: Callable[[], None]) -> Callable[[str], Payout]:
    def make(amount: str) -> Payout:
        made = api.payout(amount=amount).json()["data"]["id"]
        settle()
        return Payout.objects.select_related("merchant").get(pk=made)

    return make


def refused(status: int, act: Callable[..., Any], **given: Any) -> None:
    with pytest.raises(ApiError) as told:
        act(**given)
    assert told.value.status == status


def test_approve_up_to_the_limit_needs_one_person(limit: None, waiting: Any, people: list[User], available: Balance) -> None:
    payout = waiting("150000.00")
    done = approve.approve(payout=payout, staff=people[0])
    assert (done.payout.status, done.waiting) == ("SUCCESS", None)
    assert not PayoutApproval.objects.exists()


def test_approve_without_a_limit_needs_one_person(waiting: Any, people: list[User]) -> None:
    assert approve.approve(payout=waiting("9000000.00"), staff=people[0]).payout.status == "SUCCESS"


def test_approve_above_the_limit_asks_and_a_second_person_confirms(
    limit: None, waiting: Any, people: list[User], available: Balance
) -> None:
    payout = waiting("150000.01")
    asked = approve.approve(payout=payout, staff=people[0], reason="checked the invoice")
    assert asked.waiting is not None and asked.payout.status == "IN_REVIEW"
    assert available()[1] == 15_000_001
    refused(403, approve.approve, payout=payout, staff=people[0])
    refused(403, approve.confirm, approval=asked.waiting, staff=people[0])
    done = approve.approve(payout=payout, staff=people[1])
    assert (done.payout.status, done.waiting) == ("SUCCESS", None)
    assert available()[1] == 0
    row = PayoutApproval.objects.get()
    assert (row.status, row.decided_name) == ("confirmed", "b@mypay.example")
    acts = list(AuditEntry.objects.filter(resource_id=str(payout.pk)).order_by("pk").values_list("action", flat=True))
    assert acts[-4:] == ["approval.requested", "approval.confirmed", "payout.approved", "payout.resolved"]


def test_confirm_after_a_day_of_real_time_is_too_late_and_it_can_be_asked_anew(limit: None, waiting: Any, people: list[User]) -> None:
    payout = waiting("200000.00")
    asked = approve.approve(payout=payout, staff=people[0]).waiting
    assert asked is not None
    with time_machine.travel(clock.real_now() + timedelta(hours=24, seconds=1)):
        refused(409, approve.confirm, approval=asked, staff=people[1])
        anew = approve.approve(payout=payout, staff=people[1])
        assert anew.waiting is not None and anew.payout.status == "IN_REVIEW"
        assert approve.confirm(approval=anew.waiting, staff=people[0]).status == "SUCCESS"


def test_refused_request_leaves_the_payout_waiting(limit: None, waiting: Any, people: list[User]) -> None:
    payout = waiting("200000.00")
    asked = approve.approve(payout=payout, staff=people[0]).waiting
    assert asked is not None
    assert approve.refuse(approval=asked, staff=people[1], reason="odd").status == "refused"
    refused(409, approve.confirm, approval=asked, staff=people[2])
    payout.refresh_from_db()
    assert payout.status == "IN_REVIEW"


def test_rejected_payout_takes_its_request_with_it(limit: None, waiting: Any, people: list[User], available: Balance) -> None:
    payout = waiting("200000.00")
    asked = approve.approve(payout=payout, staff=people[0]).waiting
    assert asked is not None
    assert approve.reject(payout=payout, staff=people[1]).status == "FAILED"
    assert PayoutApproval.objects.get().status == "refused"
    assert available()[1] == 0
    refused(400, approve.approve, payout=payout, staff=people[2])


def test_request_of_a_payout_that_the_bank_decided_confirms_nothing(limit: None, waiting: Any, people: list[User]) -> None:
    payout = waiting("200000.00")
    asked = approve.approve(payout=payout, staff=people[0]).waiting
    assert asked is not None
    decide.reject_payout(payout=payout)
    asked.payout.refresh_from_db()
    refused(400, approve.confirm, approval=asked, staff=people[1])
    assert PayoutApproval.objects.get().status == "waiting"


def test_hold_and_release_move_between_review_and_hold(waiting: Any, people: list[User]) -> None:
    payout = waiting("200000.00")
    held = decide.hold_payout(payout=payout, reason="ask the bank")
    assert held.status == "ON_HOLD"
    refused(400, decide.hold_payout, payout=held)
    assert decide.release_payout(payout=held).status == "IN_REVIEW"


@with_threads
def test_two_who_confirm_at_once_move_the_money_once(limit: None, waiting: Any, people: list[User], available: Balance) -> None:
    payout = waiting("200000.00")
    asked = approve.approve(payout=payout, staff=people[0]).waiting
    assert asked is not None
    came: list[str] = []
    start = threading.Barrier(2)

    def confirm(staff: User) -> None:
        own = PayoutApproval.objects.select_related("payout__merchant").get(pk=asked.pk)
        start.wait()
        try:
            came.append(approve.confirm(approval=own, staff=staff).status)
        except ApiError as problem:
            came.append(str(problem.status))
        finally:
            connection.close()

    threads = [threading.Thread(target=confirm, args=(staff,)) for staff in people[1:]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(came)[1] == "SUCCESS" and sorted(came)[0] in ("400", "409")
    assert available() == (10_000_000_00 - 200_000_00, 0)


@pytest.mark.parametrize("text", ["PKR", "PKR x", "XYZ 5", "PKR 5, PKR 6", "PKR -5", "PKR 0", "PKR 5.001", 5])
def test_limits_that_are_no_amounts_are_refused(db: None, text: Any) -> None:
    refused(400, change_config, values={"approval_limits": text})


def test_limits_are_kept_as_they_are_read(db: None) -> None:
    assert change_config(values={"approval_limits": " pkr 50000.50 , USD 300"})[ConfigKey.APPROVAL_LIMITS] == "PKR 50000.5, USD 300"
    assert change_config(values={"approval_limits": "OFF"})[ConfigKey.APPROVAL_LIMITS] == "off"
