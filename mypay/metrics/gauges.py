"""What is so now: due work, checks, what we need, connections, disk. Asked of the database when scraped.

One indexed query a kind of due work; the answer is kept for some seconds, so that several who ask
cost as much as one. A database that is away shows as `mypay_up{name="database"} 0`, never as an error.
"""

import shutil
import time
from collections.abc import Iterable, Iterator

from django.conf import settings
from django.db import DatabaseError, connection
from prometheus_client.core import GaugeMetricFamily

from merchants.selectors import config_value
from merchants.states import ConfigKey
from mypay import wellness
from mypay.kit import checks, scheduling
from mypay.settings import environment

VERSION = "1.0.0"
KEPT_SECONDS = 5.0
_kept: tuple[float, list[GaugeMetricFamily]] = (0.0, [])


class Gauges:
    """A collector of prometheus_client."""

    def collect(self) -> Iterable[GaugeMetricFamily]:
        global _kept
        if time.monotonic() - _kept[0] > KEPT_SECONDS or not _kept[1]:
            _kept = (time.monotonic(), list(_now()))
        return _kept[1]


def forget() -> None:
    """Ask anew at the next scrape."""
    global _kept
    _kept = (0.0, [])


def _now() -> Iterator[GaugeMetricFamily]:
    yield _family("mypay_build_info", "Always 1; the labels say what runs", ("version", "service"), [((VERSION, settings.SERVICE), 1)])
    well = wellness.needed()
    up = [((name,), 0 if problem else 1) for name, problem in well.items()]
    yield _family("mypay_up", "What this process needs: 1 when it answers", ("name",), up)
    yield _family(
        "mypay_draining", "1 while this process says that it is not ready, to be stopped", (), [((), int(wellness.is_draining()))]
    )
    disk = shutil.disk_usage(settings.VAR_DIR)
    yield _family("mypay_disk_free_bytes", "Free on the disk of MYPAY_VAR", (), [((), disk.free)])
    yield _family("mypay_disk_size_bytes", "Size of the disk of MYPAY_VAR", (), [((), disk.total)])
    pool = environment.DB_POOL_MAX
    yield _family("mypay_db_pool_size", "Connections this machine may open (DB_POOL_MAX)", (), [((), pool)])
    if not well.get("database"):
        try:
            yield from _of_the_database()
        except DatabaseError:
            return


def _of_the_database() -> Iterator[GaugeMetricFamily]:
    due = {kind.name: scheduling.waiting(kind) for kind in scheduling.kinds()}
    length = [((name,), float(number)) for name, (number, _) in due.items()]
    yield _family("mypay_queue_length", "Work that is due and that no worker has taken, by kind", ("kind",), length)
    oldest = [((name,), age) for name, (_, age) in due.items()]
    yield _family("mypay_queue_oldest_seconds", "How long the oldest of it has been due, by kind", ("kind",), oldest)
    found = checks.last()
    findings = [((name,), float(number)) for name, (number, _) in found.items()]
    yield _family("mypay_check_findings", "What the last check of the ledger or the audit trail found wrong", ("check",), findings)
    ages = [((name,), age) for name, (_, age) in found.items()]
    yield _family("mypay_check_age_seconds", "How long ago that check ran", ("check",), ages)
    is_closed = config_value(ConfigKey.MAINTENANCE_MODE) == "true"
    yield _family("mypay_maintenance", "1 while maintenance mode is on", (), [((), int(is_closed))])
    if connection.vendor == "mysql":
        yield from _of_mysql()


def _of_mysql() -> Iterator[GaugeMetricFamily]:
    with connection.cursor() as cursor:
        cursor.execute("SHOW GLOBAL STATUS WHERE Variable_name IN ('Threads_connected', 'Slow_queries')")
        status = dict(cursor.fetchall())
        cursor.execute("SELECT @@max_connections")
        most = cursor.fetchone()[0]
    yield _family("mypay_db_connections", "Connections the database server has open", (), [((), float(status["Threads_connected"]))])
    yield _family("mypay_db_connections_max", "Connections the database server allows", (), [((), float(most))])
    yield _family("mypay_db_slow_queries", "Slow statements the database server has counted", (), [((), float(status["Slow_queries"]))])


def _family(name: str, help: str, labels: tuple[str, ...], samples: Iterable[tuple[tuple[str, ...], float]]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, help, labels=labels)
    for values, number in samples:
        family.add_metric(values, number)
    return family
