"""Whether this process has what it needs, and what is not as it should be: for probes, metrics and `doctor`.

A check answers "" when all is well, else a short text that says what is wrong and names no host, for
anybody may read it.
"""

import os
import shutil
import smtplib
import threading
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from mypay.kit import counters, scheduling
from mypay.settings import environment

KEPT_SECONDS = 1.0
_ANSWER_SECONDS = 2
_LEAST_DISK_FREE = 0.2
_MOST_MEMORY_BYTES = 1_500_000_000
_OLDEST_SECONDS = 300.0
_stopping = threading.Event()
_migrated = threading.Event()
_kept: tuple[float, dict[str, str]] = (0.0, {})


def drain() -> None:
    """Say from now on that this process is not ready: it is about to be stopped."""
    _stopping.set()


def is_draining() -> bool:
    """Whether it is: told by SIGTERM, or for all processes of this machine by a file `drain` in MYPAY_VAR."""
    return _stopping.is_set() or drain_file().exists()


def drain_file() -> Path:
    """Its being there makes every process here say that it is not ready."""
    return Path(settings.VAR_DIR) / "drain"


def needed() -> dict[str, str]:
    """What a ready process needs and what is wrong with each; asked at most once a second."""
    global _kept
    if time.monotonic() - _kept[0] > KEPT_SECONDS or not _kept[1]:
        _kept = (time.monotonic(), {name: check() for name, check in _needs().items()})
    return _kept[1]


def forget() -> None:
    """Ask anew next time."""
    global _kept
    _kept = (0.0, {})
    _stopping.clear()
    _migrated.clear()


def _needs() -> dict[str, Callable[[], str]]:
    known = {"database": database, "migrations": migrations}
    if environment.REDIS_URL:
        known["redis"] = lambda: answers(environment.REDIS_URL)
    if environment.BROKER_URL:
        known["broker"] = lambda: answers(environment.BROKER_URL)
    return {name: check for name, check in known.items() if name in environment.READINESS_CHECKS}


def database() -> str:
    """One statement; a connection found dead is opened anew first."""
    for _ in range(2):
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
                cursor.fetchone()
            return ""
        except DatabaseError:
            if connection.in_atomic_block:
                break
            connection.close()
    return "The database does not answer"


def migrations() -> str:
    """Once they are all there they stay, so a process looks no more."""
    if _migrated.is_set():
        return ""
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return "The database does not answer"
    if missing:
        return f"{len(missing)} migrations are missing"
    _migrated.set()
    return ""


def answers(url: str) -> str:
    """Whether Redis or the broker there answers."""
    try:
        if urlsplit(url).scheme in ("redis", "rediss"):
            _redis(url).ping()
        else:
            from kombu import Connection

            with Connection(url, connect_timeout=_ANSWER_SECONDS) as broker:
                broker.ensure_connection(max_retries=1, timeout=_ANSWER_SECONDS)
    except Exception:
        return "It does not answer"
    return ""


@cache
def _redis(url: str) -> Any:
    import redis

    return redis.Redis.from_url(url, socket_connect_timeout=_ANSWER_SECONDS, socket_timeout=_ANSWER_SECONDS)


def concerns() -> dict[str, str]:
    """What a full health report adds: nothing of it makes a process unready."""
    found = {"storage": storage(), "disk": disk(), "memory": memory(), "queue": queue(), "circuits": circuits()}
    if environment.EMAIL_URL:
        found["smtp"] = smtp()
    return found


def storage() -> str:
    """Whether MYPAY_VAR can be written to."""
    return "" if os.access(settings.VAR_DIR, os.W_OK) else "MYPAY_VAR cannot be written to"


def disk() -> str:
    """At least a fifth free."""
    try:
        usage = shutil.disk_usage(settings.VAR_DIR)
    except OSError:
        return "MYPAY_VAR is not there"
    share = usage.free / usage.total
    return "" if share >= _LEAST_DISK_FREE else f"Only {share:.0%} of the disk is free"


def memory() -> str:
    """What this process holds."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return ""
    held = pages * os.sysconf("SC_PAGE_SIZE")
    return "" if held < _MOST_MEMORY_BYTES else f"This process holds {held // 1_000_000} MB"


def queue() -> str:
    """How long due work has waited."""
    try:
        late = [kind.name for kind in scheduling.kinds() if scheduling.waiting(kind)[1] > _OLDEST_SECONDS]
    except DatabaseError:
        return "The database does not answer"
    return f"Due work waits for more than {_OLDEST_SECONDS:.0f} s: {', '.join(late)}" if late else ""


def circuits() -> str:
    """Hosts that get no webhooks for the moment, in this machine's workers."""
    number = counters.open_circuits()
    return f"{number} hosts get no webhooks for the moment" if number else ""


def smtp() -> str:
    """Whether the mail server greets us."""
    try:
        with smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT, timeout=_ANSWER_SECONDS):
            return ""
    except (OSError, smtplib.SMTPException):
        return "The mail server does not answer"
