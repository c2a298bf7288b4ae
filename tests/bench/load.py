"""wrk as the load generator: it needs a few per cent of a core, so the server is what is measured."""

import json
import os
import random
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).with_name("create.lua")
MISSING = "wrk is not installed: apt-get install wrk (Debian, Ubuntu) or brew install wrk (macOS)"


@dataclass(frozen=True)
class Load:
    """One window: requests a second and latencies in milliseconds; every answer was 201."""

    requests: int
    per_second: float
    p50: float
    p95: float
    p99: float


class BadAnswer(Exception):
    """An answer other than 201, or a broken connection: the measurement says nothing."""


def check_installed() -> None:
    """Say how to install wrk when it is not there."""
    if shutil.which("wrk") is None:
        raise SystemExit(MISSING)


def create(url: str, keys: Path, *, connections: int, seconds: int) -> Load:
    """Load `url` with creates under the keys of the file; raises BadAnswer unless all are 201."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "-s", str(SCRIPT), url]
    environment = {**os.environ, "BENCH_KEYS": str(keys), "BENCH_SEED": str(random.randrange(2**31))}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BadAnswer(f"wrk failed: {done.stderr or done.stdout}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    if set(found["statuses"]) != {"201"} or found["socket_errors"]:
        raise BadAnswer(f"not every answer was 201: {found}\n{done.stderr}")
    return Load(found["requests"], found["requests"] * 1e6 / found["microseconds"], found["p50"], found["p95"], found["p99"])
