"""The merchant's clock, `/api/v1/sandbox/clock`: due work runs in time order, at its own time."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from audit.models import AuditEntry
from conftest import Api
from ledger.models import Transfer
from merchants.models import Merchant
from mypay.kit import scheduling
from mypay.kit.clock import real_now
from mypay.settings import environment
from payouts.models import Payout
from payouts.services import transition
from sandbox.models import ClockAdvance
from sandbox.services import clock as clock_service

Read = Callable[[], tuple[int, int]]


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


def _clock(api: Api, move: str = "", **body: Any) -> dict[str, Any]:
    response = api.post(f"/sandbox/clock/{move}", body) if move else api.get("/sandbox/clock")
    assert response.status_code == 200, response.content
    assert list(response.json()["data"]) == ["now", "frozen", "ran"]
    data: dict[str, Any] = response.json()["data"]
    return data


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """The delays of a real installation."""
    monkeypatch.setattr(environment, "PAYOUT_FIRST_DELAY_MS", 1000)
    monkeypatch.setattr(environment, "PAYOUT_PROCESSING_MS", 1000)
    monkeypatch.setattr(environment, "PAYOUT_RETRY_MS", 2000)


def test_clock_untouched_is_real_time(api: Api) -> None:
    state = _clock(api)
    assert abs(_moment(state["now"]) - real_now()) < timedelta(seconds=5)
    assert (state["frozen"], state["ran"]) == (False, 0)


def test_advance_does_due_work_in_time_order_at_its_own_time(api: Api, slow: None) -> None:
    start = _moment(_clock(api, "freeze")["now"])
    retried = api.payout("12345670002").json()["data"]["id"]
    assert _clock(api, "advance", seconds=0.5) == {
        "now": (start + timedelta(seconds=0.5)).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z", "frozen": True, "ran": 0,
    }  # fmt: skip
    paid = api.payout("12345670001").json()["data"]["id"]
    assert _clock(api, "advance", seconds=10)["ran"] == 6

    moves = AuditEntry.objects.filter(action="payout.moved").order_by("id")
    told = [(entry.resource_id, json.loads(entry.details)["to"], (entry.at - start).total_seconds()) for entry in moves]
    assert told == [
        (retried, "PROCESSING", 1.0), (paid, "PROCESSING", 1.5), (retried, "RETRY", 2.0), (paid, "SUCCESS", 2.5),
        (retried, "PROCESSING", 4.0), (retried, "SUCCESS", 5.0),
    ]  # fmt: skip
    data = api.get(f"/payouts/{retried}").json()["data"]
    assert (_moment(data["createdAt"]), _moment(data["processedAt"])) == (start, start + timedelta(seconds=5))
    lines = Transfer.objects.filter(subject_id__isnull=False).order_by("sequence").values_list("created_at", flat=True)
    assert [(at - start).total_seconds() for at in lines] == [0, 0.5, 2.5, 5.0]


def test_advance_does_what_is_due_exactly_then_and_nothing_later(api: Api, slow: None) -> None:
    _clock(api, "freeze")
    created = api.payout().json()["data"]["id"]
    assert _clock(api, "advance", seconds=0.999)["ran"] == 0
    assert _clock(api, "advance", seconds=0.001)["ran"] == 1
    assert Payout.objects.get(pk=created).status == "PROCESSING"
    assert _clock(api, "advance", seconds=1)["ran"] == 1
    assert api.get(f"/payouts/{created}").json()["data"]["status"] == "SUCCESS"


def test_advance_shifts_the_running_clock_and_only_this_merchants(
    api: Api, stranger: Merchant, api_of: Callable[[Merchant], Api], slow: None
) -> None:
    other = api_of(stranger)
    theirs = other.payout().json()["data"]["id"]
    mine = api.payout().json()["data"]["id"]
    state = _clock(api, "advance", seconds=86_400)
    ahead = _moment(state["now"]) - real_now()
    assert timedelta(hours=23, minutes=59) < ahead <= timedelta(days=1, seconds=5)
    assert (state["frozen"], state["ran"]) == (False, 2)
    assert api.get(f"/payouts/{mine}").json()["data"]["status"] == "SUCCESS"
    assert other.get(f"/payouts/{theirs}").json()["data"]["status"] == "PENDING"
    later = api.payout().json()["data"]
    assert _moment(later["createdAt"]) - real_now() > timedelta(hours=23)
    assert AuditEntry.objects.filter(action="clock.changed").count() == 1


def test_advance_twice_adds_up(api: Api) -> None:
    _clock(api, "advance", seconds=3600)
    assert _moment(_clock(api, "advance", seconds=3600)["now"]) - real_now() > timedelta(minutes=119)


def test_freeze_keeps_work_from_being_done_until_unfrozen(api: Api, settle: Callable[[], None]) -> None:
    before = api.payout().json()["data"]["id"]
    at = _clock(api, "freeze")
    assert at["frozen"] is True
    during = api.payout().json()["data"]
    assert during["createdAt"] == at["now"] == _clock(api)["now"]
    settle()
    assert {row.status for row in Payout.objects.all()} == {"PENDING"}
    assert Payout.objects.filter(wake_at__isnull=False).count() == 0
    state = _clock(api, "unfreeze")
    assert state["frozen"] is False and _moment(state["now"]) - _moment(at["now"]) < timedelta(seconds=30)
    settle()
    assert {api.get(f"/payouts/{payout_id}").json()["data"]["status"] for payout_id in (before, during["id"])} == {"SUCCESS"}


def test_reset_goes_back_to_real_time_and_work_goes_on(api: Api, slow: None, settle: Callable[[], None]) -> None:
    _clock(api, "advance", seconds=1_000_000)
    created = api.payout().json()["data"]["id"]
    state = _clock(api, "reset")
    assert abs(_moment(state["now"]) - real_now()) < timedelta(seconds=5) and state["frozen"] is False
    settle()
    assert Payout.objects.get(pk=created).status == "PENDING"  # due in eleven days, on a clock that was set back
    _clock(api, "advance", seconds=1_000_100)
    assert api.get(f"/payouts/{created}").json()["data"]["status"] == "SUCCESS"


@pytest.mark.parametrize("seconds", [-1, 0, -0.5, 0.0004, "five", "", None, True, [1], {"a": 1}, 10**10, 10**9, 1e30])
def test_advance_by_a_bad_amount_is_refused_by_name(api: Api, seconds: Any) -> None:
    before = _clock(api, "freeze")
    response = api.post("/sandbox/clock/advance", {"seconds": seconds})
    assert (response.status_code, response.json()["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert response["X-MyPay-Error-Field"] == "seconds"
    assert _clock(api) == before and ClockAdvance.objects.count() == 0


@pytest.mark.parametrize("raw", ['{"seconds": NaN}', '{"seconds": Infinity}', '{"seconds": 1, "seconds": 2}', "{}", '{"seconds": 1e400}'])
def test_advance_by_no_number_is_refused_by_name(api: Api, raw: str) -> None:
    response = api.post("/sandbox/clock/advance", raw)
    assert (response.status_code, response["X-MyPay-Error-Field"]) == (400, "seconds")


@pytest.fixture
def interrupted(api: Api, merchant: Merchant, slow: None) -> tuple[str, datetime]:
    """A payout, and an advance by a minute whose runner died at the payout's last step."""
    start = _moment(_clock(api, "freeze")["now"])
    created: str = api.payout().json()["data"]["id"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transition, "random_text", _die)
        with pytest.raises(KeyboardInterrupt):
            api.post("/sandbox/clock/advance", {"seconds": 60})
    assert Payout.objects.get(pk=created).status == "PROCESSING"
    assert ClockAdvance.objects.count() == 1
    return created, start


def _die(_length: int) -> str:
    raise KeyboardInterrupt


@pytest.mark.parametrize("move", ["advance", "freeze", "unfreeze", "reset"])
def test_clock_under_way_refuses_another_move(api: Api, interrupted: tuple[str, datetime], move: str) -> None:
    response = api.post(f"/sandbox/clock/{move}", {"seconds": 5})
    assert (response.status_code, response.json()["error"]["code"]) == (409, "CLOCK_BUSY")
    assert response["Retry-After"] == "1"
    assert ClockAdvance.objects.count() == 1


def test_advance_interrupted_is_finished_by_the_sweep_once_the_lease_is_over(
    api: Api, interrupted: tuple[str, datetime], settle: Callable[[], None], available: Read
) -> None:
    created, start = interrupted
    settle()
    assert ClockAdvance.objects.count() == 1  # whoever runs it may still be alive
    ClockAdvance.objects.update(wake_at=real_now() - timedelta(milliseconds=1))
    settle()
    assert ClockAdvance.objects.count() == 0
    data = api.get(f"/payouts/{created}").json()["data"]
    assert (data["status"], _moment(data["processedAt"])) == ("SUCCESS", start + timedelta(seconds=2))
    assert available() == (1_000_000_000 - 100_000, 0)
    state = _clock(api)
    assert (_moment(state["now"]), state["frozen"]) == (start + timedelta(seconds=60), True)
    assert _clock(api, "advance", seconds=1)["ran"] == 0


def test_advance_interrupted_before_its_first_step_is_finished_by_the_sweep(api: Api, merchant: Merchant, slow: None) -> None:
    created = api.payout().json()["data"]["id"]
    clock_service._begin(merchant, timedelta(hours=1))
    assert _clock(api)["frozen"] is True
    ClockAdvance.objects.update(wake_at=real_now() - timedelta(milliseconds=1))
    assert scheduling.sweep() == 1
    state = _clock(api)
    assert state["frozen"] is False and _moment(state["now"]) - real_now() > timedelta(minutes=59)
    assert api.get(f"/payouts/{created}").json()["data"]["status"] == "SUCCESS"


def test_advance_past_work_that_always_fails_gives_it_up_and_arrives(
    api: Api, slow: None, available: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    created = api.payout().json()["data"]["id"]
    monkeypatch.setattr("payouts.services.process._steps", lambda payout: 1 / 0)
    assert _clock(api, "advance", seconds=60)["ran"] == 1
    data = api.get(f"/payouts/{created}").json()["data"]
    assert (data["status"], data["failureReason"]) == ("FAILED", "Processing error")
    assert available() == (1_000_000_000, 0)


def test_advance_struck_by_the_database_is_taken_up_again(
    api: Api, merchant: Merchant, slow: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    created = api.payout().json()["data"]["id"]

    def lost(payout: Payout) -> None:
        raise OperationalError(2013, "Lost connection to server during query")

    with monkeypatch.context() as broken:
        broken.setattr("payouts.services.process._steps", lost)
        assert api.post("/sandbox/clock/advance", {"seconds": 60}).status_code == 500
    assert Payout.objects.get(pk=created).status == "PENDING"
    ClockAdvance.objects.filter(merchant=merchant).update(wake_at="2020-01-01T00:00:00Z")  # its lease runs out
    scheduling.sweep()
    assert Payout.objects.get(pk=created).status == "SUCCESS" and not ClockAdvance.objects.exists()


def test_rule_with_delay_takes_its_own_time(api: Api, slow: None) -> None:
    api.post("/sandbox/rules", {"outcome": "failed", "delayMs": 3_600_000})
    _clock(api, "freeze")
    created = api.payout().json()["data"]["id"]
    _clock(api, "advance", seconds=3600)
    assert Payout.objects.get(pk=created).status == "PROCESSING"
    _clock(api, "advance", seconds=1)
    assert Payout.objects.get(pk=created).status == "FAILED"


def test_advance_command_does_the_same(api: Api, merchant: Merchant, slow: None) -> None:
    created = api.payout().json()["data"]["id"]
    out = StringIO()
    call_command("advance_clock", merchant=merchant.email.upper(), hours=1, json=True, stdout=out)
    told = json.loads(out.getvalue())
    assert (told["ran"], told["frozen"]) == (2, False) and _moment(told["now"]) - real_now() > timedelta(minutes=59)
    assert Payout.objects.get(pk=created).status == "SUCCESS"


def test_advance_command_refuses_nobody_and_nothing(merchant: Merchant) -> None:
    with pytest.raises(CommandError, match=r"nobody@example\.test"):
        call_command("advance_clock", merchant="nobody@example.test", hours=1)
    for hours in (0, -1, 1_000_000):
        with pytest.raises(CommandError, match="forward"):
            call_command("advance_clock", merchant=merchant.email, hours=hours)
