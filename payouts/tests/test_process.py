"""What becomes of a payout: the table and the state machine of contract section 2."""

from collections.abc import Callable
from typing import Any

import pytest

from conftest import Api
from ledger.models import MerchantBalance
from merchants.models import Merchant
from mypay.kit import scheduling
from payouts.models import Payout
from payouts.services import process
from webhooks.models import Event

Read = Callable[[], tuple[int, int]]
FULL = 1_000_000_000


def _statuses(payout_id: str) -> list[str]:
    import json

    events = Event.objects.filter(subject_id=payout_id).order_by("id")
    return [json.loads(event.data)["status"] for event in events]


@pytest.mark.parametrize(
    ("ending", "final", "events"),
    [
        ("0001", "SUCCESS", ["PENDING", "SUCCESS"]),
        ("0002", "SUCCESS", ["PENDING", "RETRY", "SUCCESS"]),
        ("0003", "FAILED", ["PENDING", "FAILED"]),
        ("0004", "PENDING", ["PENDING", "PENDING"]),
        ("0005", "ON_HOLD", ["PENDING", "ON_HOLD"]),
        ("7777", "SUCCESS", ["PENDING", "SUCCESS"]),
    ],
)
@pytest.mark.parametrize("digits", range(9, 17))
def test_process_suffix_decides_at_any_length(
    api: Api, settle: Callable[[], None], available: Read, ending: str, final: str, events: list[str], digits: int
) -> None:
    created = api.payout("123456789012"[: digits - 4] + ending).json()["data"]
    settle()
    data = api.get(f"/payouts/{created['id']}").json()["data"]
    assert data["status"] == final
    assert _statuses(created["id"]) == events
    money = {"SUCCESS": (FULL - 100_000, 0), "FAILED": (FULL, 0)}.get(final, (FULL - 100_000, 100_000))
    assert available() == money
    assert ("processedAt" in data) == (final in ("SUCCESS", "FAILED"))
    assert ("pspReference" in data) == (final == "SUCCESS")
    reason = {"FAILED": "Account validation failed", "ON_HOLD": "Account is blocked or restricted"}.get(final)
    assert data.get("failureReason") == reason


@pytest.mark.parametrize(
    ("number", "final"),
    [
        ("1234567890", "SUCCESS"), ("98765432109", "SUCCESS"), ("1111111111", "PENDING"),
        ("55555555555", "FAILED"), ("9999999999", "ON_HOLD"),
    ],
)  # fmt: skip
def test_process_whole_number_aliases(api: Api, settle: Callable[[], None], number: str, final: str) -> None:
    created = api.payout(number).json()["data"]
    settle()
    assert Payout.objects.get(pk=created["id"]).status == final


@pytest.mark.parametrize("account", ["12345670001", "12345670003"])
def test_process_large_amount_goes_to_review_whatever_the_suffix(api: Api, settle: Callable[[], None], account: str) -> None:
    at_limit = api.payout(account, amount="100000").json()["data"]
    below = api.payout("12345670001", amount="99999.99").json()["data"]
    settle()
    assert api.get(f"/payouts/{at_limit['id']}").json()["data"]["status"] == "IN_REVIEW"
    assert api.get(f"/payouts/{below['id']}").json()["data"]["status"] == "SUCCESS"


def test_process_psp_reference_has_the_contracts_form(api: Api, settle: Callable[[], None]) -> None:
    import re

    created = api.payout().json()["data"]
    settle()
    reference = api.get(f"/payouts/{created['id']}").json()["data"]["pspReference"]
    assert re.fullmatch(r"PSP\d{13}[0-9A-Z]{9}", reference)


def test_process_twice_at_once_moves_money_once(api: Api, available: Read) -> None:
    api.payout()
    payout = Payout.objects.select_related("merchant").get()
    steps = process._steps(payout)
    from payouts.services.transition import Change, apply

    change = Change(status=steps[0].status, at=payout.created_at, rest=tuple(steps[1:]))
    apply(payout, change)
    process._apply(payout, change)  # the second worker comes with the same, now stale, row
    while scheduling.sweep():
        pass
    assert available() == (FULL - 100_000, 0)
    assert MerchantBalance.objects.get().version == 3


def test_process_that_keeps_failing_fails_the_payout_and_releases(
    api: Api, settle: Callable[[], None], available: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    created = api.payout().json()["data"]
    monkeypatch.setattr(process, "_steps", lambda payout: 1 / 0)
    for _ in range(5):
        Payout.objects.update(wake_at="2020-01-01T00:00:00Z")
        scheduling.sweep()
    data = api.get(f"/payouts/{created['id']}").json()["data"]
    assert (data["status"], data["failureReason"]) == ("FAILED", "Processing error")
    assert available() == (FULL, 0)


def test_process_killed_worker_leaves_a_lease_that_runs_out(api: Api, settle: Callable[[], None], settings: Any) -> None:
    created = api.payout().json()["data"]
    kind = next(kind for kind in scheduling.kinds() if kind.name == "payout")
    assert len(scheduling.claim(kind)) == 1  # and the worker dies here
    settle()
    assert Payout.objects.get(pk=created["id"]).status == "PENDING"
    Payout.objects.update(wake_at="2020-01-01T00:00:00Z")  # the lease has run out
    settle()
    assert Payout.objects.get(pk=created["id"]).status == "SUCCESS"


def test_process_live_merchant_ignores_scenarios(api: Api, merchant: Merchant, settle: Callable[[], None]) -> None:
    Merchant.objects.filter(pk=merchant.pk).update(environment="live")
    created = api.payout(headers={"X-Mock-Scenario": "failed"}).json()["data"]
    settle()
    assert api.get(f"/payouts/{created['id']}").json()["data"]["status"] == "SUCCESS"
