"""Times that mean the same on a busy machine as on an idle one."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

FOREVER = 120.0  # seconds; until then what must come may come, and nobody waits so long for what does
_OWN = Path("/proc/thread-self/schedstat")


def _queued() -> float:
    """Seconds for which this thread was ready and the machine had others to serve; 0 where the kernel does not count them."""
    try:
        return int(_OWN.read_text().split()[1]) / 1e9
    except OSError:
        return 0.0


def seconds(act: Callable[[], Any]) -> float:
    """How long the act takes, its waits too, but for the wait for a processor."""
    started, queued = time.perf_counter(), _queued()
    act()
    return time.perf_counter() - started - (_queued() - queued)


def at_best(measure: Callable[[], float], below: float, tries: int = 5) -> float:
    """The first measurement below the limit, else the least: a busy machine spoils one, slow code all of them."""
    taken: list[float] = []
    while len(taken) < tries and not (taken and taken[-1] < below):
        taken.append(measure())
    return min(taken)
