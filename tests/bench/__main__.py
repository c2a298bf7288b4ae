"""`make bench`: the payout path against the bare database, in one run. No timed test: ratios only."""

import argparse
import os
import platform
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.bench import database, load

EPILOG = """\
Needs MariaDB (DATABASE_URL, default %(url)s) and wrk. It works in a scratch
database: the name that DATABASE_URL gives with _bench added; it is created and dropped.
Absolute figures differ by machine and by minute; only the ratios of one run mean anything.
A goal that is missed does not fail the run, except with --strict; an answer other than 201, or a
ledger that does not add up, always does.
"""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description="Measure payout creation over HTTP against the bare statements of its transaction, and reads at depth.",
        epilog=EPILOG % {"url": database.DEFAULT_URL},
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="short rounds and a quarter of the rows: about a minute, noisy")
    parser.add_argument("--rounds", type=int, metavar="N", help="how often each target has its turn (default 7, quick 3)")
    parser.add_argument("--seconds", type=int, metavar="N", help="length of one window (default 3, quick 2)")
    parser.add_argument("--rows", type=int, metavar="N", help="payouts of the large merchant (default 1000000, quick 250000)")
    parser.add_argument("--events", type=int, metavar="N", help="events to ten endpoints of which two hang (default 10000, quick 1000)")
    parser.add_argument(
        "--shape", default="", metavar="SHAPE", help="gunicorn's shape, e.g. 2x4 or sync4 (default: deploy/gunicorn.conf.py's)"
    )
    parser.add_argument("--shapes", metavar="LIST", help="compare shapes instead, e.g. 2x4,3x3,4x2,4x4,sync4")
    parser.add_argument("--out", type=Path, default=Path("artifacts/bench.json"), metavar="FILE", help="default %(default)s")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a goal is missed")
    return parser.parse_args()


def _configure(scratch: database.Scratch, folder: Path) -> None:
    """The servers' environment, and Django's in this process: nothing of the caller's shapes it."""
    for name in ("REDIS_URL", "BROKER_URL", "WEB_WORKERS", "WEB_THREADS", "DB_HOST", "MYPAY_ENV"):
        os.environ.pop(name, None)
    os.environ |= {
        "DATABASE_URL": scratch.url,
        "DJANGO_SETTINGS_MODULE": "mypay.settings",
        "MYPAY_SERVICE": "payout-api",
        "MYPAY_VAR": str(folder / "var"),
        "DB_POOL_MAX": "100",
        "LOG_LEVEL": "critical",  # this process; the servers log as by default
    }
    (folder / "var" / "static").mkdir(parents=True)


def main() -> int:
    """Run, report, and say by the exit code whether the goals were met (with --strict)."""
    options = _arguments()
    load.check_installed()
    scratch = database.from_url(os.environ.get("DATABASE_URL") or database.DEFAULT_URL)
    with tempfile.TemporaryDirectory(prefix="mypay-bench-") as name, database.created(scratch):
        folder = Path(name)
        _configure(scratch, folder)
        import django

        from mypay.kit import garbage

        django.setup()
        garbage.pass_over_what_is_loaded()  # as workers do; the bare sender in this process gains by it too
        try:
            return _run(options, scratch, folder)
        except load.BadAnswer as problem:
            print(problem, file=sys.stderr)
            return 1


def _run(options: argparse.Namespace, scratch: database.Scratch, folder: Path) -> int:
    from django.db import connections

    from tests.bench import data, report, suite
    from tests.bench.rounds import Plan

    plan = Plan(options.rounds or (3 if options.quick else 7), options.seconds or (2 if options.quick else 3))
    world = data.migrate_and_seed(folder)
    facts: dict[str, Any] = {"machine": f"{os.cpu_count()} cores, Python {platform.python_version()}", "database": database.variables()}
    facts["load average at the start"] = round(os.getloadavg()[0], 2)  # above 1, others disturb the figures
    facts["durable"] = facts["database"]["innodb_flush_log_at_trx_commit"] == "1"
    try:
        if options.shapes:
            windows, goals = suite.compare(options.shapes.split(","), world, plan, folder), []
        else:
            rows = options.rows or (250_000 if options.quick else 1_000_000)
            events = options.events or (1000 if options.quick else 10_000)
            windows, goals, more = suite.everything(scratch, world, plan, folder, rows, events, options.shape)
            facts |= more
    finally:
        connections.close_all()
    report.show(goals, facts, windows)
    report.write(options.out, goals, facts, windows)
    if not facts["durable"]:
        print("innodb_flush_log_at_trx_commit is not 1: commits were not durable, the figures flatter both sides")
    print(f"written to {options.out}")
    return int(options.strict and not all(goal.is_met for goal in goals))


if __name__ == "__main__":
    sys.exit(main())
