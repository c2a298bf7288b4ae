"""Workers killed in the middle of a batch, and two at work on one: every line is paid once.

BATCH_LINES sets how many lines there are; 5,000 is the most a batch may have.
"""

import os
import random
import time
import uuid
from typing import Any

import pytest
import requests

from tests.patience import FOREVER
from tests.processes.conftest import Caller, World, wait_until

pytestmark = pytest.mark.processes
_LINES = int(os.environ.get("BATCH_LINES", "600"))
_BAD_EVERY = 50
_FEWEST_KILLS = 3
_SECONDS = 240
_PAY_UNASKED = """
from payouts.models import PayoutBatch
from payouts.services.work_batch import work_batch
while PayoutBatch.objects.filter(pk="{0}", status="RUNNING").exists():
    work_batch("{0}", None)
"""


def _bodies() -> list[dict[str, Any]]:
    """Lines of one rupee, every fiftieth of them bad."""
    to = {"destType": "BANK", "bankCode": "HBL", "accountNumber": "12345670001"}
    amounts = ["x" if number % _BAD_EVERY == 0 else "1.00" for number in range(_LINES)]
    return [{"merchantReference": f"LINE-{number}", "amount": amount, **to} for number, amount in enumerate(amounts)]


def _create(caller: Caller) -> dict[str, Any]:
    headers = {"X-API-KEY": caller.key, "X-Idempotency-Key": str(uuid.uuid4())}
    made = requests.post(f"{caller.url}/api/v1/payout-batches", json={"lines": _bodies()}, headers=headers, timeout=FOREVER)
    assert made.status_code == 201, made.text
    batch: dict[str, Any] = made.json()["data"]
    return batch


def _left(caller: Caller, batch: dict[str, Any]) -> int:
    left: int = caller.get(f"/payout-batches/{batch['id']}")["left"]
    return left


def _lines(caller: Caller, batch: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = caller.get(f"/payout-batches/{batch['id']}/lines?limit=100&cursor={cursor}")
        found += page["lines"]
        cursor = page["pagination"]["nextCursor"]
    return found


def _assert_every_valid_line_was_paid_once(world: World, caller: Caller, batch: dict[str, Any]) -> None:
    valid = _LINES - len(range(0, _LINES, _BAD_EVERY))
    wait_until(lambda: _left(caller, batch) == 0, _SECONDS, "the batch ends")
    wait_until(lambda: caller.unfinished() == 0, _SECONDS, "all payouts end")
    done = caller.get(f"/payout-batches/{batch['id']}")
    assert (done["status"], done["created"], done["failed"], done["invalid"]) == ("DONE", valid, 0, _LINES - valid)
    lines = _lines(caller, batch)
    assert [line["line"] for line in lines] == list(range(1, _LINES + 1))
    paid = [line["payoutId"] for line in lines if line["status"] == "CREATED"]
    assert len(set(paid)) == len(paid) == valid
    assert caller.get("/payouts?limit=1")["pagination"]["total"] == valid
    assert caller.get("/balance") == {
        "balance": f"{1_000_000 - valid}.00",
        "lockedBalance": "0.00",
        "availableBalance": f"{1_000_000 - valid}.00",
    }
    assert world.ledger_is_clean()


def test_sweep_worker_killed_in_a_batch_pays_every_line_once(world: World) -> None:
    caller = world.new_merchant(1_000_000)
    batch = _create(caller)
    left, kills = _left(caller, batch), 0
    with world.workers() as start:
        while left and kills < 40:
            worker = start()
            wait_until(lambda: _left(caller, batch) < left, FOREVER, "the worker pays lines", every=0.05)  # noqa: B023
            time.sleep(random.uniform(0.0, 0.3))
            worker.kill()
            left, kills = _left(caller, batch), kills + 1
    assert kills >= _FEWEST_KILLS or _LINES < 600, f"done after {kills} kills: more lines are needed"
    last = world.start("manage.py", "work")
    _assert_every_valid_line_was_paid_once(world, caller, batch)
    last.terminate()
    assert last.wait(FOREVER) == 0


def test_two_workers_at_one_batch_pay_every_line_once(world: World) -> None:
    """Both pay without having claimed it, as if a lease had run out while its holder was only slow."""
    caller = world.new_merchant(1_000_000)
    batch = _create(caller)
    workers = [world.start("manage.py", "shell", "-c", _PAY_UNASKED.format(batch["id"])) for _ in range(2)]
    for worker in workers:
        assert worker.wait(_SECONDS) == 0
    last = world.start("manage.py", "work")
    _assert_every_valid_line_was_paid_once(world, caller, batch)
    last.terminate()
    assert last.wait(FOREVER) == 0
