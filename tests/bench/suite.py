"""What is measured, and which ratios have goals."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.bench import celery_peer, counting, data, deliveries, lags, reads
from tests.bench.data import World
from tests.bench.database import Scratch
from tests.bench.report import Goal
from tests.bench.rounds import Plan, bare, creating, interleaved, servers, warm
from tests.bench.server import Server, Shape, running

DELIVERIES_A_SECOND = 1000
EVENTS_A_SECOND = 60
Windows = dict[str, dict[str, Any]]


def say(text: str) -> None:
    """Progress, on standard error: standard output is the report's."""
    print(f"  {text}", file=sys.stderr, flush=True)


def compare(shapes: list[str], world: World, plan: Plan, folder: Path) -> Windows:
    """Create over HTTP in each shape of gunicorn, interleaved, spread and hot."""
    with servers(folder, [Shape(text) for text in shapes]) as started:
        targets = {}
        for text, server in zip(shapes, started, strict=True):
            warm(server, world.spread_file)
            targets[f"{text} spread"] = creating(server, world.spread_file, plan.seconds)
            targets[f"{text} hot"] = creating(server, world.hot_file, plan.seconds)
        return interleaved(targets, plan, say)


def everything(
    scratch: Scratch, world: World, plan: Plan, folder: Path, rows: int, events: int, shape: str
) -> tuple[Windows, list[Goal], dict[str, Any]]:
    """The windows, the goals they are held against, and counts and page times."""
    say("statements of one create, list and get")
    counted = counting.statements(world)
    empty_view = running(folder, settings="tests.bench.settings", shape=Shape(shape))
    with running(folder, shape=Shape(shape)) as server, empty_view as empty:
        windows = _creates(scratch, world, plan, server, empty)
        data.reset()
        windows |= _deliveries(world, plan, folder)
        lagging = _lags(world, folder, events)
        data.reset()
        say(f"a merchant with {rows:,} payouts")
        data.many_payouts(world, rows)
        say("pages of its list")
        pages = reads.pages(server, world, rows)
    return windows, _goals(windows, counted, pages, lagging), {"statements": counted, "pages": pages, "lags in ms": lagging}


def _creates(scratch: Scratch, world: World, plan: Plan, server: Server, empty: Server) -> Windows:
    from tests.bench import load

    for target in (server, empty):
        warm(target, world.spread_file)
    targets = {
        "bare statements, spread": bare(scratch, world.merchants, plan.seconds),
        "create, spread": creating(server, world.spread_file, plan.seconds),
        "empty view": lambda: load.create(empty.url, world.spread_file, connections=8, seconds=plan.seconds),
        "bare statements, hot": bare(scratch, world.merchants[:1], plan.seconds),
        "create, hot": creating(server, world.hot_file, plan.seconds),
    }
    return interleaved(targets, plan, say)


def _deliveries(world: World, plan: Plan, folder: Path) -> Windows:
    merchant_id, count = world.merchants[0], DELIVERIES_A_SECOND * plan.seconds
    with deliveries.receiver() as there:
        deliveries.prepare(merchant_id, *(f"{there.url}/{number}" for number in range(deliveries.ENDPOINTS)))

        def relayed() -> float:
            deliveries.owe(merchant_id, count)
            return deliveries.relayed(count)

        def by_tasks() -> float:
            deliveries.owe(merchant_id, count // 4)
            return celery_peer.measure(folder, count // 4)

        targets = {
            "bare sender": lambda: deliveries.bare(there.url, count),
            "relay, attempts stored": relayed,
            "a Celery task a delivery": by_tasks,
        }
        return interleaved(targets, plan, say)


def _lags(world: World, folder: Path, events: int) -> dict[str, Any]:
    say("from commit to arrival, by wake-up and by the sweep alone")
    merchant_id = world.merchants[0]
    alone = {"by wake-up": lags.by_wake_up(folder, merchant_id), "by the sweep alone": lags.by_sweep(folder, merchant_id)}
    say(f"{events:,} events to ten endpoints of which two hang")
    loaded, became = lags.with_two_hanging(folder, merchant_id, events, EVENTS_A_SECOND)
    told = {name: asdict(lag) for name, lag in {**alone, "with two that hang": loaded}.items()}
    return {**told, f"{events} events at {EVENTS_A_SECOND} a second": became}


def _goals(windows: Windows, counted: dict[str, Any], pages: dict[str, Any], lagging: dict[str, Any]) -> list[Goal]:
    rate = {name: window["per_second"] for name, window in windows.items()}
    cursor, number = pages["by_cursor_ms"], pages["by_number_ms"]
    grown = max(counted["reads_many_rows"][name] - few for name, few in counted["reads_few_rows"].items())
    hot = windows["create, hot"]
    return [
        Goal(
            "create / bare statements, spread over 1,000", rate["create, spread"] / rate["bare statements, spread"], 0.30, aim=", aim 0.40"
        ),
        Goal("create: hot merchant / spread (no conflicts)", rate["create, hot"] / rate["create, spread"], 0.90),
        Goal("create / bare statements, hot", rate["create, hot"] / rate["bare statements, hot"]),
        Goal("create / empty view", rate["create, spread"] / rate["empty view"]),
        Goal("create, hot: p99 / p50", hot["p99"] / hot["p50"]),
        Goal("deliveries with stored attempts / bare asyncio sender", rate["relay, attempts stored"] / rate["bare sender"], 0.50),
        Goal("deliveries with stored attempts / a Celery task each", rate["relay, attempts stored"] / rate["a Celery task a delivery"], 5),
        Goal("commit to first attempt by wake-up, p95 ms", lagging["by wake-up"]["p95"], at_most=5),
        Goal("commit to first attempt by the sweep alone, p95 ms", lagging["by the sweep alone"]["p95"], at_most=1000),
        Goal("healthy endpoints while two of ten hang, p95 ms", lagging["with two that hang"]["p95"], at_most=2000),
        Goal("statements of a create", counted["create_total"], at_most=9, digits=0),
        Goal("statements of list and get: a thousand rows over one", grown, at_most=0, digits=0),
        Goal(f"list by cursor: page {reads.DEEP_PAGE:,} / page 1", cursor["deep"] / cursor["first"], at_most=2.5),
        Goal(f"list by cursor: last page of {pages['rows']:,} rows / page 1", cursor["last"] / cursor["first"]),
        Goal(f"list by number: page {reads.DEEP_PAGE:,} / page 1", number[f"page_{reads.DEEP_PAGE}"] / number["page_1"]),
    ]
