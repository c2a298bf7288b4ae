"""gunicorn as `deploy/gunicorn.conf.py` runs it, in shapes to compare."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "deploy" / "gunicorn.conf.py"


@dataclass(frozen=True)
class Shape:
    """Workers and threads: `2x4`, or `sync4` for four processes of one request each; empty: the default."""

    text: str = ""

    def options(self) -> list[str]:
        """What the shape adds to gunicorn's command line, over the configuration file."""
        if not self.text:
            return []
        if self.text.startswith("sync"):
            return ["--worker-class", "sync", "--workers", self.text.removeprefix("sync"), "--threads", "1"]
        workers, threads = self.text.split("x")
        return ["--workers", workers, "--threads", threads]


@dataclass(frozen=True)
class Server:
    """A server that answers."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(folder: Path, *, settings: str = "mypay.settings", shape: Shape | None = None) -> Iterator[Server]:
    """A payout-api of its own; its log is written to a file, as an operator's would be."""
    port = _free_port()
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": settings, "LOG_LEVEL": "info", "HOST": "127.0.0.1", "PORT": str(port)}
    command = [sys.executable, "-m", "gunicorn", "-c", str(CONFIG), *(shape or Shape()).options(), "mypay.wsgi:application"]
    path = folder / f"gunicorn-{port}.log"
    with path.open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait(port, process, path)
            yield Server(port, process)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=40)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def worker(folder: Path, *arguments: str, **env: str) -> Iterator[None]:
    """A worker process beside us, ready when it has had time to start; its log is written to a file."""
    with (folder / f"worker-{_free_port()}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, *arguments], cwd=ROOT, env={**os.environ, "MYPAY_SERVICE": "all", **env}, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=40)


def _wait(port: int, process: subprocess.Popen[bytes], log: Path, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/health")
            connection.getresponse().read()
            connection.close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"gunicorn did not start:\n{log.read_text()[-3000:]}")
