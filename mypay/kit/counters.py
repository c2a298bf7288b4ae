"""What is counted for Prometheus: requests, queries, payouts, payments, deliveries, open circuits.

Every process counts in files of its own in METRICS_DIR; who is asked adds them up, so two
gunicorn workers answer as one and a worker's counts show in the web's answer where they share the
folder. Files of ended processes are folded into one (`tidy`), since a count must never go down.
Counting costs a microsecond or two; where the folder cannot be written, a process counts for itself.
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from django.db import transaction

from mypay.settings import environment

FOLDER = environment.METRICS_DIR


def _prepare() -> bool:
    """Make the folder known to prometheus_client, which reads this variable when it is imported."""
    try:
        FOLDER.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    if not os.access(FOLDER, os.W_OK):
        return False
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(FOLDER)
    return True


IS_SHARED = _prepare()

from prometheus_client import Counter, Gauge, Histogram  # noqa: E402
from prometheus_client.mmap_dict import MmapedDict  # noqa: E402
from prometheus_client.multiprocess import MultiProcessCollector  # noqa: E402

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5, 5.0, 10.0)
_ANSWER = ("method", "route", "status")
REQUESTS = Counter("http_requests", "Requests answered, by route as the URLconf writes it", _ANSWER)
LATENCY = Histogram("http_request_duration_seconds", "Time from a request to its answer", _ANSWER, buckets=_BUCKETS)
QUERIES = Counter("mypay_db_queries", "Statements sent to the database", ["database"])
QUERY_SECONDS = Counter("mypay_db_seconds", "Time that statements took", ["database"])
PAYOUTS = Counter("mypay_payouts", "Payouts that came into a status", ["status"])
PAYMENTS = Counter("mypay_payments", "Payments that came into a status", ["provider", "method", "status"])
DELIVERIES = Counter("mypay_webhook_deliveries", "Tries to deliver a webhook: delivered, retried or failed for good", ["result"])
INBOUND = Counter("mypay_gateway_callbacks", "Callbacks of gateways, by what became of them", ["gateway", "result"])
CIRCUITS = Gauge("mypay_circuits_open", "Circuits that are open: so many hosts get no call", ["kind"], multiprocess_mode="livesum")
ALL = (REQUESTS, LATENCY, QUERIES, QUERY_SECONDS, PAYOUTS, PAYMENTS, DELIVERIES, INBOUND, CIRCUITS)

SIMULATOR = "simulator"
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
_answers: dict[tuple[str, str, int], tuple[Callable[[], None], Callable[[float], None]]] = {}
_FLUSH_SECONDS = 0.5


def answered(method: str, route: str, status: int, seconds: float) -> None:
    """Count a request; `route` is the URLconf's, so there are only so many."""
    key = (method if method in _METHODS else "OTHER", route, status)
    known = _answers.get(key)
    if known is None:
        labels = (key[0], route, str(status))
        known = _answers[key] = (REQUESTS.labels(*labels).inc, LATENCY.labels(*labels).observe)
    known[0]()
    known[1](seconds)


def payout(status: str) -> None:
    """Count a payout's new status, once it is committed."""
    transaction.on_commit(partial(_count, PAYOUTS, status))


def payment(method: str, status: str, provider: str = SIMULATOR) -> None:
    """Count a payment's new status, once it is committed."""
    transaction.on_commit(partial(_count, PAYMENTS, provider, method, status))


def delivery(result: str, number: int = 1) -> None:
    """Count tries to deliver: `delivered`, `retried` or `failed`."""
    DELIVERIES.labels(result).inc(number)


def inbound(gateway: str, result: str) -> None:
    """Count a gateway's callback, once it is committed: applied, ignored, duplicate, rejected, unknown or mismatch."""
    transaction.on_commit(partial(_count, INBOUND, gateway, result))


def circuit(kind: str, change: int) -> None:
    """Count a circuit that opened (1) or closed (-1)."""
    CIRCUITS.labels(kind).inc(change)


def open_circuits() -> int:
    """How many are open in the processes of this machine."""
    if not IS_SHARED:
        return round(sum(sample.value for metric in CIRCUITS.collect() for sample in metric.samples))
    with reading():
        found = MultiProcessCollector.merge([str(path) for path in FOLDER.glob("gauge_livesum_*.db")])
        values = (float(sample.value) for metric in found for sample in metric.samples if sample.name == "mypay_circuits_open")
        return round(sum(values))


def _count(counter: Counter, *labels: str) -> None:
    counter.labels(*labels).inc()


class _Tally:
    """One connection's statements since they were last counted: a connection belongs to one thread."""

    def __init__(self, alias: str) -> None:
        self.alias, self.number, self.seconds, self.counted_at = alias, 0, 0.0, 0.0

    def __call__(self, execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        started = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            now = time.perf_counter()
            self.number += 1
            self.seconds += now - started
            if now - self.counted_at > _FLUSH_SECONDS:
                self.count()
                self.counted_at = now

    def count(self) -> None:
        QUERIES.labels(self.alias).inc(self.number)
        QUERY_SECONDS.labels(self.alias).inc(self.seconds)
        self.number, self.seconds = 0, 0.0


def watch_queries(**told: Any) -> None:
    """Have a new connection's statements timed; told by Django's `connection_created`."""
    connection = told["connection"]
    if not any(isinstance(wrapper, _Tally) for wrapper in connection.execute_wrappers):
        connection.execute_wrappers.append(_Tally(connection.alias))


@contextmanager
def reading(folder: Path = FOLDER, *, exclusive: bool = False) -> Iterator[None]:
    """While nobody folds files; with `exclusive`, while nobody reads them either."""
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH)
        yield


def tidy(folder: Path = FOLDER) -> int:
    """Fold the files of processes that ended into one; returns how many files went. Gauges of theirs go."""
    if not IS_SHARED:
        return 0
    with reading(folder, exclusive=True):
        gone = [path for path in folder.glob("*.db") if not _is_alive(path.stem.rsplit("_", 1)[1])]
        for path in gone:
            if not path.name.startswith("gauge_"):
                _fold(path, folder / f"{path.stem.rsplit('_', 1)[0]}_0.db")
            path.unlink()
    return len(gone)


def _is_alive(pid: str) -> bool:
    """Whether the process lives; 0 is the folded file's own number."""
    if pid == "0" or not pid.isdigit():
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _fold(source: Path, target: Path) -> None:
    kept = MmapedDict(str(target))
    try:
        for key, value, _, _ in MmapedDict.read_all_values_from_file(str(source)):
            before, _ = kept.read_value(key)
            kept.write_value(key, before + value, 0.0)
    finally:
        kept.close()
