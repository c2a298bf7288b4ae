"""Workers killed in mid-work, and a broker that goes away."""

import contextlib
import os
import random
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from tests.patience import FOREVER
from tests.ports import free_port
from tests.processes.conftest import Caller, World, redis_command, wait_until

pytestmark = pytest.mark.processes
_KILLS = 50
_REDIS_DOWN_SECONDS = float(os.environ.get("REDIS_DOWN_SECONDS", "10"))


class Load:
    """Payouts created in the background, of every outcome that ends."""

    def __init__(self, caller: Caller) -> None:
        self.statuses: list[int] = []
        self._caller, self._going = caller, True
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        while self._going:
            account = random.choice(["12345670001", "12345670002", "12345670003"])
            self.statuses.append(self._caller.create(accountNumber=account).status_code)
            time.sleep(0.02)

    def __enter__(self) -> "Load":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._going = False
        self._thread.join()


def _assert_all_ended_once(world: World, caller: Caller, load: Load) -> None:
    assert set(load.statuses) == {201}
    wait_until(lambda: caller.unfinished() == 0, FOREVER, "all payouts end")
    assert world.ledger_is_clean()
    success = caller.get("/payouts?limit=1&status=SUCCESS")["pagination"]["total"]
    failed = caller.get("/payouts?limit=1&status=FAILED")["pagination"]["total"]
    assert success + failed == len(load.statuses)
    balance = caller.get("/balance")
    assert balance["lockedBalance"] == "0.00"
    assert float(balance["balance"]) == 1_000_000 - success  # one rupee each, settled once
    assert world.manage("check_audit", "--seal").returncode == 0


def test_sweep_worker_killed_50_times_loses_and_repeats_nothing(world: World) -> None:
    caller = world.new_merchant(1_000_000)
    with Load(caller) as load, world.workers() as start:
        for _ in range(_KILLS):
            worker = start()
            time.sleep(random.uniform(0.1, 0.5))
            worker.kill()
    last = world.start("manage.py", "work")
    _assert_all_ended_once(world, caller, load)
    last.terminate()
    assert last.wait(FOREVER) == 0


def _celery(world: World, **env: str) -> list["subprocess.Popen[bytes]"]:
    worker = ("-m", "celery", "-A", "mypay", "worker", "-c", "2", "--loglevel", "warning", "--without-gossip", "--without-mingle")
    beat = ("-m", "celery", "-A", "mypay", "beat", "--loglevel", "warning", "-s", str(Path(world.env["MYPAY_VAR"]) / "beat"))
    return [world.start(*worker, **env), world.start(*beat, **env)]


def _children(process: "subprocess.Popen[bytes]") -> list[int]:
    text = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return [int(pid) for pid in text.split()]


def _end(processes: list["subprocess.Popen[bytes]"]) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        process.wait(FOREVER)


@pytest.mark.skipif(not os.environ.get("TEST_REDIS_URL"), reason="needs Redis: make test-mariadb")
def test_celery_processes_killed_50_times_lose_and_repeat_nothing(world: World) -> None:
    caller = world.new_merchant(1_000_000)
    running = _celery(world)
    wait_until(lambda: len(_children(running[0])) >= 2, FOREVER, "Celery's pool comes up")
    with Load(caller) as load:
        kills = 0
        while kills < _KILLS:
            time.sleep(random.uniform(0.1, 0.4))
            children = _children(running[0])
            if children:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(random.choice(children), signal.SIGKILL)
                    kills += 1
    _assert_all_ended_once(world, caller, load)
    _end(running)


@pytest.mark.skipif(not os.environ.get("TEST_REDIS_URL"), reason="needs Redis: make test-mariadb")
def test_redis_gone_for_a_while_creates_answer_and_all_payouts_end(world: World) -> None:
    port = free_port()
    command = redis_command(port)
    redis = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    running = _celery(world, REDIS_URL=f"redis://127.0.0.1:{port}/0", BROKER_URL=f"redis://127.0.0.1:{port}/0")
    running.append(world.start("manage.py", "work"))  # the server profile's sweep (docs/server.md)
    caller = world.new_merchant(1_000_000)
    try:
        with Load(caller) as load:
            wait_until(lambda: caller.get("/payouts?limit=1&status=SUCCESS")["pagination"]["total"] > 5, FOREVER, "Celery works")
            redis.kill()
            redis.wait()
            time.sleep(_REDIS_DOWN_SECONDS)
            redis = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _assert_all_ended_once(world, caller, load)
    finally:
        _end(running)
        redis.kill()
