"""Targets in turn inside each round, medians over the rounds: noise that drifts hits all alike."""

import statistics
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench import data, load, raw
from tests.bench.database import Scratch
from tests.bench.server import Server, Shape, running

CONNECTIONS = 8
Measure = Callable[[], load.Load | float]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """How long and how often."""

    rounds: int
    seconds: int


def interleaved(targets: dict[str, Measure], plan: Plan, say: Say) -> dict[str, dict[str, Any]]:
    """Each target's median rate, its rounds, and the median of each latency percentile."""
    found: dict[str, list[load.Load | float]] = {name: [] for name in targets}
    for number in range(plan.rounds):
        for name, measure in targets.items():
            say(f"round {number + 1} of {plan.rounds}: {name}")
            found[name].append(measure())
    return {name: _summary(values) for name, values in found.items()}


def _summary(values: list[load.Load | float]) -> dict[str, Any]:
    rates = [value.per_second if isinstance(value, load.Load) else value for value in values]
    loads = [value for value in values if isinstance(value, load.Load)]
    latency = {name: statistics.median(getattr(one, name) for one in loads) for name in ("p50", "p95", "p99")} if loads else {}
    return {"per_second": statistics.median(rates), "rounds": rates, **latency}


def creating(server: Server, keys: Path, seconds: int) -> Measure:
    """Creates over HTTP into fresh tables; every answer 201, every 201 a payout, the ledger whole."""

    def measure() -> load.Load:
        data.reset()
        found = load.create(server.url, keys, connections=CONNECTIONS, seconds=seconds)
        written = data.payouts()
        # Requests under way when the window ends are written but not counted.
        if not found.requests <= written <= found.requests + CONNECTIONS:
            raise SystemExit(f"{found.requests} answers of 201, but {written} payouts")
        data.check_ledger()
        return found

    return measure


def bare(scratch: Scratch, merchants: list[int], seconds: int) -> Measure:
    """The same transaction by bare statements into fresh tables."""

    def measure() -> float:
        data.reset()
        return raw.measure(scratch.arguments(), merchants, processes=CONNECTIONS, seconds=seconds)

    return measure


def warm(server: Server, keys: Path) -> None:
    """Load every worker's code and connections before anything counts."""
    load.create(server.url, keys, connections=4 * CONNECTIONS, seconds=1)
    data.payouts()  # waits for the requests under way


@contextmanager
def servers(folder: Path, shapes: list[Shape]) -> Iterator[list[Server]]:
    """A server for each shape, all at once: an idle one costs nothing."""
    with ExitStack() as stack:
        yield [stack.enter_context(running(folder, shape=shape)) for shape in shapes]
