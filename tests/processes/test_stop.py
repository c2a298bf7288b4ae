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

from tests.processes.conftest import World, free_port, running_world, wait_until

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("processes")]


@pytest.fixture
def drained_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Two gunicorn workers that take three seconds to say goodbye."""
    monkeypatch.setenv("DRAIN_SECONDS", "3")
    with running_world(tmp_path) as world:
        world.stop()
        world.processes.clear()
        world.env.update(WEB_WORKERS="2", WEB_THREADS="4")
        world.start_web()
        yield world


def _total(world: World, name: str, /, **labels: str) -> float:
    text = requests.get(f"{world.url}/metrics", timeout=10).text
    samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    return sum(sample.value for sample in samples if sample.name == name and labels.items() <= sample.labels.items())


def test_two_workers_answer_metrics_as_one_and_sigterm_loses_no_request(drained_world: World) -> None:
    world = drained_world
    caller = world.new_merchant(1000)
    for _ in range(40):
        requests.get(f"{world.url}/health", timeout=5)
        assert requests.get(f"{world.url}/api/v1/balance", headers={"X-API-KEY": caller.key}, timeout=5).status_code == 200
    counted = _total(world, "http_requests_total", route="/api/v1/balance", status="200")
    assert counted == 40
    assert {_total(world, "http_requests_total", route="/api/v1/balance", status="200") for _ in range(12)} == {40}
    assert _total(world, "mypay_db_queries_total") > 0 and _total(world, "mypay_up", name="database") == 1

    slow: list[Any] = []
    headers = {"X-API-KEY": caller.key, "X-Mock-Fault": "latency;4500"}
    thread = threading.Thread(target=lambda: slow.append(requests.get(f"{world.url}/api/v1/balance", headers=headers, timeout=30)))
    thread.start()
    time.sleep(0.5)
    world.processes[0].send_signal(signal.SIGTERM)
    wait_until(lambda: requests.get(f"{world.url}/ready", timeout=5).json()["status"] == "shutting_down", 2, "not ready")
    assert requests.get(f"{world.url}/ready", timeout=5).status_code == 503
    assert requests.get(f"{world.url}/api/health/liveness", timeout=5).status_code == 200
    assert requests.get(f"{world.url}/api/v1/balance", headers={"X-API-KEY": caller.key}, timeout=5).status_code == 200
    thread.join(30)
    assert slow and slow[0].status_code == 200
    assert world.processes[0].wait(15) == 0


def test_a_workers_own_metrics_are_served_on_its_port(drained_world: World) -> None:
    port = free_port()
    drained_world.start("manage.py", "work", METRICS_PORT=str(port), METRICS_TOKEN="token-of-the-test")
    url = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        try:
            return requests.get(f"{url}/health", timeout=2).status_code == 200
        except requests.ConnectionError:
            return False

    wait_until(answers, 30, "the worker's metrics")
    assert requests.get(f"{url}/metrics", timeout=5).status_code == 403
    page = requests.get(f"{url}/metrics", headers={"Authorization": "Bearer token-of-the-test"}, timeout=5)
    assert page.status_code == 200 and 'mypay_queue_length{kind="payout"}' in page.text
