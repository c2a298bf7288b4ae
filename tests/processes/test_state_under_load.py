"""Reset, snapshot, restore and children while clients create and workers work: nothing tears."""

import threading
import time
from collections import Counter
from typing import Any

import pytest
import requests

from tests.patience import FOREVER, at_best
from tests.processes.conftest import Caller, World

pytestmark = pytest.mark.processes
_SECONDS = 6.0


def _control(caller: Caller, method: str, path: str, **body: Any) -> requests.Response:
    headers = {"X-API-KEY": caller.key}
    return requests.request(method, f"{caller.url}/api/v1/sandbox{path}", json=body or None, headers=headers, timeout=FOREVER)


def _until(end: float, seen: Counter[Any], call: Any) -> threading.Thread:
    def run() -> None:
        while time.monotonic() < end:
            answer = call()
            seen[answer.status_code if answer.ok else answer.json()["error"]["code"]] += 1

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_reset_and_restore_under_load_keep_the_ledger(world: World) -> None:
    caller, bystander = world.new_merchant(1_000_000), world.new_merchant(1_000_000)
    caller.create()
    kept = _control(caller, "POST", "/snapshots").json()["data"]["id"]
    worker = world.start("manage.py", "work")
    end = time.monotonic() + _SECONDS
    creates: Counter[Any] = Counter()
    controls: Counter[Any] = Counter()
    running = [_until(end, creates, lambda: caller.create(accountNumber="12345670002")) for _ in range(4)]
    running.append(_until(end, creates, bystander.create))
    running.append(_until(end, controls, lambda: _control(caller, "POST", f"/snapshots/{kept}/restore")))
    running.append(_until(end, controls, lambda: _control(caller, "POST", "/reset")))
    while time.monotonic() < end:
        made = _control(caller, "POST", "/snapshots")
        controls[made.status_code] += 1
        controls[_control(caller, "DELETE", f"/snapshots/{made.json()['data']['id']}").status_code] += 1
    for thread in running:
        thread.join()
    print(creates, controls)
    # Two controls rewriting all of a merchant without a pause may crowd out a create: 409, try again.
    assert 201 in creates and set(creates) <= {201, "BALANCE_CONFLICT"} and set(controls) == {200, 201}
    assert _control(caller, "POST", f"/snapshots/{kept}/restore").status_code == 200
    assert caller.get("/payouts?limit=1")["pagination"]["total"] == 1
    assert world.ledger_is_clean()
    worker.terminate()
    assert worker.wait(FOREVER) == 0


def test_children_made_and_removed_in_parallel_leave_nothing(world: World) -> None:
    parent = world.new_merchant(10)
    assert at_best(lambda: _children_come_and_go(parent), 1) < 1
    assert _control(parent, "GET", "/children").json()["data"] == {"children": []}
    assert world.ledger_is_clean()


def _children_come_and_go(parent: Caller) -> float:
    """Twenty of them, four at a time; returns the seconds that making one took, by the median."""
    took: list[float] = []
    problems: list[str] = []

    def run() -> None:
        for _ in range(5):
            started = time.perf_counter()
            made = _control(parent, "POST", "/children", balance=100)
            took.append(time.perf_counter() - started)
            child = Caller(parent.url, made.json()["data"]["payoutKey"], "")
            created = child.create()
            gone = _control(parent, "DELETE", f"/children/{made.json()['data']['id']}")
            after = child.create()
            if (made.status_code, created.status_code, gone.status_code, after.status_code) != (201, 201, 200, 401):
                problems.append(f"{made.text} {created.text} {gone.text} {after.text}")

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    return sorted(took)[len(took) // 2]
