"""Webhooks while workers are killed: every event arrives, twice at most where a kill came in between."""

import contextlib
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from tests.patience import FOREVER
from tests.processes.conftest import Caller, World, wait_until
from tests.processes.test_crashes import Load, _celery, _children, _end
from webhooks.services import deliver

pytestmark = pytest.mark.processes
_KILLS = 100
_SWEEP_KILLS = 15
_UNDER_WAY = deliver.SLOTS_A_URL  # tries at one URL that a kill may interrupt before their answers are written


class Receiver:
    """Counts what arrives, by the webhook's id."""

    def __init__(self) -> None:
        self.arrived: Counter[str] = Counter()
        receiver, lock = self, threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                with lock:
                    receiver.arrived[self.headers["webhook-id"]] += 1
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    running = Receiver()
    yield running
    running.close()


def _listen(caller: Caller, receiver: Receiver) -> None:
    made = requests.post(
        f"{caller.url}/api/v1/webhooks/endpoints",
        json={"url": receiver.url, "events": ["payout.*"]},
        headers={"X-API-KEY": caller.key},
        timeout=FOREVER,
    )
    assert made.status_code == 201, made.text


def _events(caller: Caller) -> set[str]:
    """Ids of all the merchant's events of payouts."""
    found: set[str] = set()
    cursor: str | None = ""
    while cursor is not None:
        page = caller.get(f"/webhooks/events?type=payout.*&limit=100&cursor={cursor}")
        found |= {event["id"] for event in page["events"]}
        cursor = page["pagination"]["nextCursor"]
    return found


def _assert_all_arrived(caller: Caller, receiver: Receiver, most_repeats: int) -> None:
    wait_until(lambda: caller.unfinished() == 0, FOREVER, "all payouts end")
    wait_until(lambda: _events(caller) <= set(receiver.arrived), FOREVER, "every event arrives")
    assert set(receiver.arrived) == _events(caller)
    assert sum(receiver.arrived.values()) - len(receiver.arrived) <= most_repeats
    wait_until(lambda: caller.get("/webhooks/deliveries?limit=1&status=pending")["pagination"]["total"] == 0, FOREVER, "none is pending")
    assert caller.get("/webhooks/deliveries?limit=1&status=failed")["pagination"]["total"] == 0


def test_sweep_worker_killed_in_delivery_loses_no_event(world: World, receiver: Receiver) -> None:
    caller = world.new_merchant(1_000_000)
    _listen(caller, receiver)
    with Load(caller), world.workers() as start:
        for _ in range(_SWEEP_KILLS):
            worker = start()
            time.sleep(random.uniform(0.3, 0.8))
            worker.kill()
    last = world.start("manage.py", "work")
    _assert_all_arrived(caller, receiver, _SWEEP_KILLS * _UNDER_WAY)
    last.terminate()
    assert last.wait(FOREVER) == 0


@pytest.mark.skipif(not os.environ.get("TEST_REDIS_URL"), reason="needs Redis: make test-mariadb")
def test_celery_processes_killed_100_times_lose_no_event(world: World, receiver: Receiver) -> None:
    caller = world.new_merchant(1_000_000)
    _listen(caller, receiver)
    running = _celery(world)
    wait_until(lambda: len(_children(running[0])) >= 2, FOREVER, "Celery's pool comes up")
    with Load(caller):
        kills = 0
        while kills < _KILLS:
            time.sleep(random.uniform(0.05, 0.3))
            children = _children(running[0])
            if children:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(random.choice(children), signal.SIGKILL)
                    kills += 1
    _assert_all_arrived(caller, receiver, _KILLS)
    _end(running)
