"""Many requests at once against a real server and a real database."""

import threading
import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.processes.conftest import World

pytestmark = pytest.mark.processes


def _all_at_once(count: int, call: Callable[[int], requests.Response]) -> list[requests.Response]:
    """`count` threads, let go together."""
    ready = threading.Barrier(count)
    answers: list[Any] = [None] * count

    def run(number: int) -> None:
        ready.wait()
        answers[number] = call(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_create_100_parallel_with_one_key_makes_one_payout(world: World) -> None:
    caller = world.new_merchant(1_000_000)
    rounds = 20 if world.on_mariadb else 5
    for number in range(rounds):
        key, reference = str(uuid.uuid4()), f"ROUND-{number}"
        answers = _all_at_once(100, lambda _: caller.create(idempotency_key=key, merchantReference=reference))  # noqa: B023
        statuses = Counter(answer.status_code for answer in answers)
        assert set(statuses) <= {201, 409}, statuses
        bodies = {answer.content for answer in answers if answer.status_code == 201}
        assert len(bodies) == 1
        assert all(answer.headers.get("Retry-After") == "1" for answer in answers if answer.status_code == 409)
    assert caller.get("/payouts?limit=1")["pagination"]["total"] == rounds
    assert world.ledger_is_clean()


def test_create_200_parallel_on_a_balance_for_100_accepts_100(world: World) -> None:
    for _ in range(10 if world.on_mariadb else 3):
        caller = world.new_merchant(100)
        answers = _all_at_once(200, lambda _: caller.create())  # noqa: B023
        statuses = Counter((answer.status_code, answer.json().get("error", {}).get("code")) for answer in answers)
        assert statuses == {(201, None): 100, (400, "INSUFFICIENT_BALANCE"): 100}
        assert caller.get("/balance") == {"balance": "100.00", "lockedBalance": "100.00", "availableBalance": "0.00"}
    assert world.ledger_is_clean()


def test_create_parallel_with_one_reference_makes_one_payout(world: World) -> None:
    caller = world.new_merchant(1000)
    answers = _all_at_once(50, lambda _: caller.create(merchantReference="SAME"))
    statuses = Counter((answer.status_code, answer.json().get("error", {}).get("code")) for answer in answers)
    assert statuses == {(201, None): 1, (409, "DUPLICATE_REFERENCE"): 49}
    assert world.ledger_is_clean()
