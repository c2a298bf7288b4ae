"""A running MyPay of its own: a scratch database, gunicorn, and workers that may be killed."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.patience import FOREVER
from tests.ports import free_port
from tests.processes.blank import SQLITE, blank, connected, copy, keep_tables

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass
class World:
    """One installation of MyPay and the processes that belong to it."""

    env: dict[str, str]
    url: str
    processes: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    @property
    def on_mariadb(self) -> bool:
        return self.env["DATABASE_URL"].startswith("mysql")

    def manage(self, *args: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        """Run one management command."""
        command = [sys.executable, "manage.py", *args]
        return subprocess.run(command, cwd=ROOT, env=self.env, capture_output=True, text=True, check=check, timeout=FOREVER)

    def start(self, *command: str, **env: str) -> "subprocess.Popen[bytes]":
        """Start a process that ends with the test."""
        return self._started(command, env)

    def _started(self, command: Sequence[str], env: dict[str, str], **pipes: Any) -> "subprocess.Popen[bytes]":
        log = Path(self.env["MYPAY_VAR"]) / "processes.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, *command],
                **{"cwd": ROOT, "env": {**self.env, **env}, "stdout": output, "stderr": output, "start_new_session": True, **pipes},
            )
        self.processes.append(process)
        return process

    @contextmanager
    def workers(self) -> Iterator[Callable[[], "Worker"]]:
        """What starts a sweep worker that comes up at once, to be killed."""
        mother = self._started(("-m", "tests.processes.forking"), {}, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert mother.stdin and mother.stdout
        told, hers = mother.stdin, mother.stdout

        def start() -> Worker:
            told.write(b"\n")
            told.flush()
            return Worker(int(hers.readline()))

        yield start
        told.close()
        assert mother.wait(FOREVER) == 0

    def start_web(self) -> None:
        """gunicorn, answering."""
        self.start("-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "mypay.wsgi")
        deadline = time.monotonic() + FOREVER
        while time.monotonic() < deadline:
            try:
                requests.get(f"{self.url}/health", timeout=2)
                return
            except requests.RequestException:
                time.sleep(0.1)
        raise AssertionError(Path(self.env["MYPAY_VAR"], "processes.log").read_text()[-4000:])

    def new_merchant(self, rupees: int) -> "Caller":
        """A merchant with that much money, and its payout key."""
        email = f"{uuid.uuid4().hex}@example.test"
        made = json.loads(self.manage("create_merchant", "--email", email, "--name", "Race", "--balance", str(rupees), "--json").stdout)
        return Caller(self.url, made["payouts_key"], email)

    def ledger_is_clean(self) -> bool:
        result = self.manage("check_ledger", check=False)
        print(result.stdout, result.stderr)
        return result.returncode == 0

    def stop(self) -> None:
        """End what this world started."""
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
        for process in self.processes:
            try:
                process.wait(FOREVER)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)


@dataclass(frozen=True)
class Worker:
    """A process that may be killed."""

    pid: int

    def kill(self) -> None:
        """kill -9; back when it is gone."""
        os.kill(self.pid, signal.SIGKILL)
        wait_until(lambda: not Path(f"/proc/{self.pid}").exists(), FOREVER, "the worker is gone", every=0.005)


@dataclass
class Caller:
    """A client with a payout key."""

    url: str
    key: str
    email: str

    def create(self, *, idempotency_key: str = "", **changes: Any) -> requests.Response:
        """POST /payouts."""
        body = {
            "merchantReference": uuid.uuid4().hex,
            "amount": "1.00",
            "destType": "BANK",
            "bankCode": "HBL",
            "accountNumber": "12345670001",
            **changes,
        }
        headers = {"X-API-KEY": self.key, "X-Idempotency-Key": idempotency_key or str(uuid.uuid4())}
        return requests.post(f"{self.url}/api/v1/payouts", json=body, headers=headers, timeout=FOREVER)

    def get(self, path: str) -> Any:
        """GET and its `data`."""
        return requests.get(f"{self.url}/api/v1{path}", headers={"X-API-KEY": self.key}, timeout=FOREVER).json()["data"]

    def unfinished(self) -> int:
        """How many payouts are on their way."""
        return sum(self.get(f"/payouts?limit=1&status={status}")["pagination"]["total"] for status in ("PENDING", "PROCESSING", "RETRY"))


def _mysql(url: str, statement: str) -> None:
    connection = connected(url)
    connection.cursor().execute(statement)
    connection.close()


@contextmanager
def _installed(var: Path, kept: Path | None) -> Iterator[World]:
    """MyPay on the database kind of this run, nothing of it running yet; `kept` is a blank installation to copy."""
    port = free_port()
    given = os.environ.get("DATABASE_URL", "")
    name = f"mypay_world_{os.getpid()}_{port}" if given.startswith("mysql") else ""
    env = {
        **{key: value for key, value in os.environ.items() if not key.startswith(("PAYOUT_", "METRICS_"))},
        "DJANGO_SETTINGS_MODULE": "mypay.settings",
        "MYPAY_ENV": "test",
        "MYPAY_VAR": str(var),
        "PORT": str(port),
        "LOG_LEVEL": "warning",
        "DATABASE_URL": f"sqlite:///{var}/{SQLITE}",
        "WEB_WORKERS": "1",
        "WEB_THREADS": "8",
        "REDIS_URL": "",
        "LEASE_SECONDS": "2",
        "SWEEP_INTERVAL_MS": "100",
        "PAYOUT_FIRST_DELAY_MS": "50",
        "PAYOUT_PROCESSING_MS": "50",
        "PAYOUT_RETRY_MS": "50",
    }
    if name:
        _mysql(given, f"CREATE DATABASE {name}")
        env.update(DATABASE_URL=f"{given.rsplit('/', 1)[0]}/{name}", WEB_WORKERS="4", WEB_THREADS="8")
    world = World(env, f"http://127.0.0.1:{port}")
    try:
        if kept:
            copy(kept, var, given, name)
        else:
            world.manage("migrate", "--verbosity", "0")
            world.manage("seed")
        yield world
    finally:
        world.stop()
        if name:
            _mysql(given, f"DROP DATABASE {name}")


@contextmanager
def redis_of_its_own() -> Iterator[str]:
    """The address of a Redis that no other world writes to, else of the run's; empty where the run is without Redis."""
    given = os.environ.get("TEST_REDIS_URL", "")
    if not given or not shutil.which("redis-server"):
        yield given
        return
    port = free_port()
    process = subprocess.Popen(redis_command(port), stdout=subprocess.DEVNULL)
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.kill()
        process.wait()


def redis_command(port: int) -> list[str]:
    """A Redis that keeps nothing on disk."""
    return ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", tempfile.gettempdir()]


def _make_blank(folder: Path) -> None:
    with _installed(folder, None) as world:
        if world.on_mariadb:
            url, _, database = world.env["DATABASE_URL"].rpartition("/")
            keep_tables(url, database, folder)


@contextmanager
def running_world(var: Path, kept: Path | None = None, **env: str) -> Iterator[World]:
    """MyPay and its web server, with fast payouts and short leases; its files are in `var`."""
    with _installed(var, kept) as world, redis_of_its_own() as url:
        world.env.update(REDIS_URL=url, **env)
        world.start_web()
        yield world


@pytest.fixture(scope="session")
def blank_world(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The blank installation that each world starts as."""
    return blank(tmp_path_factory, worker_id, _make_blank)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, blank_world: Path) -> Iterator[World]:
    """A world for the tests of one module."""
    with running_world(tmp_path_factory.mktemp("world"), blank_world) as running:
        yield running


def wait_until(condition: Callable[[], bool], seconds: float, what: str, *, every: float = 0.2) -> None:
    """Wait for something that must become true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(every)
    raise AssertionError(f"not within {seconds} s: {what}")
