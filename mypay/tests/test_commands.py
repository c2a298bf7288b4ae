"""Operators' commands: doctor, make_secrets, work."""

import json
import signal
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from conftest import Api
from mypay.kit import clock, scheduling
from mypay.settings import environment
from payouts.models import Payout


def _run(command: str, *args: str, **options: Any) -> tuple[int, str]:
    """Exit code and output."""
    out = StringIO()
    try:
        call_command(command, *args, stdout=out, no_color=True, **options)
    except SystemExit as ended:
        return int(str(ended.code)), out.getvalue()
    return 0, out.getvalue()


def test_doctor_of_a_healthy_installation_is_content(db: None, durable: None) -> None:
    code, out = _run("doctor", json=True)
    assert (code, json.loads(out)) == (0, {"ok": True, "findings": []})
    code, out = _run("doctor")
    assert code == 0 and out.endswith("all well\n")


def test_doctor_tells_each_finding_and_exits_one(
    db: None, durable: None, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any
) -> None:
    monkeypatch.setattr(environment, "PROBLEMS", ["SECRET_KEY is missing"])
    monkeypatch.setattr(environment, "ENCRYPTION_KEYS", "1:short")
    monkeypatch.setattr(environment, "REDIS_URL", "redis://127.0.0.1:1/0")
    settings.VAR_DIR = tmp_path / "nowhere"
    code, out = _run("doctor", json=True)
    told = json.loads(out)
    assert (code, told["ok"]) == (1, False)
    named = ["SECRET_KEY is missing", "MYPAY_VAR", "REDIS_URL", "ENCRYPTION_KEYS"]
    assert [finding[: len(name)] for finding, name in zip(told["findings"], named, strict=True)] == named
    code, out = _run("doctor")
    assert code == 1 and out.endswith("needs attention\n") and out.count("\n- ") + out.startswith("- ") == len(named)


def test_make_secrets_prints_every_secret_freshly(db: None) -> None:
    secrets = [variable.name for variable in environment.VARIABLES if variable.is_secret]
    runs = []
    for _ in range(2):
        code, out = _run("make_secrets")
        made = dict(line.split("=", 1) for line in out.splitlines())
        assert code == 0 and list(made) == secrets
        assert all(len(value) >= environment.MIN_SECRET_LENGTH for value in made.values())
        assert made["ENCRYPTION_KEYS"].startswith("1:")
        runs.append(made)
    assert not set(runs[0].values()) & set(runs[1].values())


@pytest.fixture
def own_signals() -> Iterator[None]:
    """`work` takes SIGTERM and SIGINT; the test runner gets them back."""
    kept = {name: signal.getsignal(name) for name in (signal.SIGTERM, signal.SIGINT)}
    yield
    for name, handler in kept.items():
        signal.signal(name, handler)


def test_work_once_does_what_is_due_and_ends(api: Api, own_signals: None) -> None:
    created = api.payout().json()["data"]["id"]
    # The payout's step, and its event made ready to be told.
    assert _run("work", "--once") == (0, "2 pieces of work done\n")
    assert Payout.objects.get(pk=created).status == "PROCESSING"
    assert _run("work", "--once") == (0, "1 pieces of work done\n")
    assert Payout.objects.get(pk=created).status == "SUCCESS"
    assert _run("work", "--once") == (0, "1 pieces of work done\n")
    assert _run("work", "--once") == (0, "0 pieces of work done\n")


def test_work_once_does_many(api: Api, own_signals: None) -> None:
    for _ in range(120):
        assert api.payout().status_code == 201
    while _run("work", "--once")[1] != "0 pieces of work done\n":
        pass
    assert set(Payout.objects.values_list("status", flat=True)) == {"SUCCESS"}


@pytest.fixture
def stopped() -> Iterator[None]:
    """Whatever a test does, the next one's worker works."""
    yield
    scheduling.stopping.clear()


def test_worker_told_to_stop_finishes_the_row_at_hand_and_hands_the_others_back(
    api: Api, stopped: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        assert api.payout().status_code == 201
    kind, done = scheduling.kind("payout"), []

    def run(pk: Any, at: Any) -> None:
        kind.run(pk, at)
        done.append(pk)
        if len(done) == 2:
            scheduling.stopping.set()

    monkeypatch.setitem(scheduling._kinds, "payout", replace(kind, run=run))
    assert scheduling.run_due("payout") == 2
    left = Payout.objects.exclude(pk__in=done)
    assert set(left.values_list("status", "attempts")) == {("PENDING", 0)} and left.count() == 3
    assert not left.filter(wake_at__gt=clock.real_now()).exists()  # no lease is left to wait for
    assert scheduling.run_due("payout") == 0  # a worker that stops claims nothing more
    scheduling.stopping.clear()
    assert len(scheduling.claim(kind)) >= 3


def test_rows_that_another_worker_holds_are_not_handed_back(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    assert api.payout().status_code == 201
    kind, long_ago = scheduling.kind("payout"), clock.real_now() - timedelta(seconds=10 * environment.LEASE_SECONDS)
    mine = scheduling.claim(kind)
    held = Payout.objects.get().wake_at
    assert len(mine) == 1 and scheduling.hand_back(kind, mine, long_ago) == 0
    assert Payout.objects.get().wake_at == held
