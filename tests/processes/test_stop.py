"""Two web processes count as one; SIGTERM drains: not ready, still serving, requests at hand finished; a worker gives work back."""

import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.patience import FOREVER
from tests.ports import free_port
from tests.processes.conftest import World, running_world, wait_until

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("processes")]
_DRAIN_SECONDS = 6  # in which a busy machine, too, answers four requests


@pytest.fixture
def drained_world(tmp_path: Path, blank_world: Path) -> Iterator[World]:
    """Two gunicorn workers that take their time to say goodbye."""
    with running_world(tmp_path, blank_world, WEB_WORKERS="2", WEB_THREADS="4", DRAIN_SECONDS=str(_DRAIN_SECONDS)) as world:
        yield world


def _total(world: World, name: str, /, **labels: str) -> float:
    text = requests.get(f"{world.url}/metrics", timeout=FOREVER).text
    samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    return sum(sample.value for sample in samples if sample.name == name and labels.items() <= sample.labels.items())


def test_two_workers_answer_metrics_as_one_and_sigterm_loses_no_request(drained_world: World) -> None:
    world = drained_world
    caller = world.new_merchant(1000)
    for _ in range(40):
        requests.get(f"{world.url}/health", timeout=FOREVER)
        assert requests.get(f"{world.url}/api/v1/balance", headers={"X-API-KEY": caller.key}, timeout=FOREVER).status_code == 200
    counted = _total(world, "http_requests_total", route="/api/v1/balance", status="200")
    assert counted == 40
    assert {_total(world, "http_requests_total", route="/api/v1/balance", status="200") for _ in range(12)} == {40}
    assert _total(world, "mypay_db_queries_total") > 0 and _total(world, "mypay_up", name="database") == 1

    slow: list[Any] = []
    headers = {"X-API-KEY": caller.key, "X-Mock-Fault": f"latency;{_DRAIN_SECONDS * 1000 + 1500}"}
    thread = threading.Thread(target=lambda: slow.append(requests.get(f"{world.url}/api/v1/balance", headers=headers, timeout=FOREVER)))
    thread.start()
    time.sleep(0.5)
    world.processes[0].send_signal(signal.SIGTERM)
    wait_until(lambda: requests.get(f"{world.url}/ready", timeout=FOREVER).json()["status"] == "shutting_down", _DRAIN_SECONDS, "not ready")
    assert requests.get(f"{world.url}/ready", timeout=FOREVER).status_code == 503
    assert requests.get(f"{world.url}/api/health/liveness", timeout=FOREVER).status_code == 200
    assert requests.get(f"{world.url}/api/v1/balance", headers={"X-API-KEY": caller.key}, timeout=FOREVER).status_code == 200
    thread.join(FOREVER)
    assert slow and slow[0].status_code == 200
    assert world.processes[0].wait(FOREVER) == 0


def test_a_workers_own_metrics_are_served_on_its_port(world: World) -> None:
    port = free_port()
    world.start("manage.py", "work", METRICS_PORT=str(port), METRICS_TOKEN="token-of-the-test")
    url = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        try:
            return requests.get(f"{url}/health", timeout=FOREVER).status_code == 200
        except requests.ConnectionError:
            return False

    wait_until(answers, FOREVER, "the worker's metrics")
    assert requests.get(f"{url}/metrics", timeout=FOREVER).status_code == 403
    page = requests.get(f"{url}/metrics", headers={"Authorization": "Bearer token-of-the-test"}, timeout=FOREVER)
    assert page.status_code == 200 and 'mypay_queue_length{kind="payout"}' in page.text
