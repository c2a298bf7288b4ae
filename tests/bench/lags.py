"""From commit to arrival: by wake-up, by the sweep alone, and under load with receivers that hang."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.bench import data, deliveries
from tests.bench.server import ROOT, worker

_BROKER = "redis://127.0.0.1:6379/15"
_START_SECONDS = 6.0
_ALONE = (1500, 100)  # events, events a second (performance 7, G10)
HANGING_URLS, GOOD_URLS = 2, 8


@dataclass(frozen=True)
class Lag:
    """Milliseconds from an event's commit to its arrival at a receiver."""

    p50: float
    p95: float
    arrived: int


def by_wake_up(folder: Path, merchant_id: int) -> Lag:
    """Celery is told of each event by a wake-up."""
    arguments = ("-m", "celery", "-A", "mypay", "worker", "--pool", "solo", "-Q", "webhooks", "--without-gossip", "--without-mingle")
    return _alone(folder, merchant_id, arguments, {"BROKER_URL": _BROKER})


def by_sweep(folder: Path, merchant_id: int) -> Lag:
    """No broker: the worker looks by itself."""
    return _alone(folder, merchant_id, ("manage.py", "work"), {})


def _alone(folder: Path, merchant_id: int, arguments: tuple[str, ...], env: dict[str, str]) -> Lag:
    data.reset()
    with deliveries.receiver() as there, worker(folder, *arguments, **env):
        deliveries.prepare(merchant_id, f"{there.noting}/0")
        time.sleep(_START_SECONDS)
        _emit(merchant_id, 20, 20, env)  # the first one opens connections
        time.sleep(2)
        _arrived(there.url)
        committed = _emit(merchant_id, *_ALONE, env)
        time.sleep(2)
        return _lag(committed, _arrived(there.url))


def with_two_hanging(folder: Path, merchant_id: int, events: int, a_second: int) -> tuple[Lag, dict[str, Any]]:
    """Ten endpoints of which two never answer; the lag of the other eight, and what became of everything."""
    from webhooks.models import Attempt, Delivery
    from webhooks.states import DeliveryStatus

    data.reset()
    with deliveries.receiver() as there, deliveries.receiver() as other, worker(folder, "manage.py", "work"):
        good = [f"{there.noting}/{number}" for number in range(GOOD_URLS)]
        deliveries.prepare(merchant_id, *good, *(f"{other.url}/hanging/{number}" for number in range(HANGING_URLS)))
        time.sleep(_START_SECONDS)
        committed = _emit(merchant_id, events, a_second, {})
        end, arrived = time.monotonic() + 120, []
        while len(arrived) < events * GOOD_URLS and time.monotonic() < end:
            time.sleep(1)
            arrived += _arrived(there.url)
    owed = Delivery.objects.filter(merchant_id=merchant_id)
    waiting = owed.filter(url__contains="/hanging/", status=DeliveryStatus.PENDING, due_at__isnull=False).count()
    found = {
        "deliveries": owed.count(),
        "delivered": owed.filter(status=DeliveryStatus.DELIVERED).count(),
        "waiting for those that hang": waiting,
        "tries of those that hang": Attempt.objects.filter(delivery__url__contains="/hanging/").count(),
    }
    expected = {"deliveries": events * 10, "delivered": events * GOOD_URLS, "waiting for those that hang": events * HANGING_URLS}
    if {name: found[name] for name in expected} != expected:
        raise SystemExit(f"deliveries were lost: {found}, not {expected}")
    return _lag(committed, arrived), found


def _emit(merchant_id: int, count: int, a_second: int, env: dict[str, str]) -> list[float]:
    """Have that many events happen; when each was committed."""
    command = [sys.executable, "-m", "tests.bench.emitting", str(merchant_id), str(count), str(a_second)]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **env}, check=True, stdout=subprocess.PIPE)
    committed: list[float] = json.loads(done.stdout)
    return committed


def _arrived(url: str) -> list[tuple[int, float]]:
    """What has arrived since it was last asked: the event's number and when."""
    found: list[tuple[int, float]] = requests.get(f"{url}/arrived", timeout=30).json()
    return found


def _lag(committed: list[float], arrived: list[tuple[int, float]]) -> Lag:
    if not arrived:
        raise SystemExit("nothing arrived: see the worker's log")
    told = sorted(round(1000 * (at - committed[number]), 1) for number, at in arrived)
    return Lag(told[len(told) // 2], told[int(len(told) * 0.95)], len(told))
