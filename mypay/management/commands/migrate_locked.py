"""Migrate, one at a time: of several machines that deploy at once, one migrates and the others wait."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connections

_NAME = "mypay_migrate"
_NUMBER = 7_290_151  # PostgreSQL names its locks by number
_BUSY = 75


class Command(BaseCommand):
    help = "Run `migrate` under a lock that the database holds; exits 75 when another holds it for longer than --wait."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--wait", type=int, default=300, metavar="SECONDS", help="how long to wait for the lock (300)")

    def handle(self, *args: Any, **options: Any) -> None:
        with _lock(options["wait"]) as is_ours:
            if not is_ours:
                self.stderr.write(f"another migration has been running for more than {options['wait']} seconds")
                raise SystemExit(_BUSY)
            call_command("migrate", interactive=False, verbosity=options["verbosity"], stdout=self.stdout)


@contextmanager
def _lock(seconds: int) -> Iterator[bool]:
    """Held by a connection of its own: if this process dies, the database lets go."""
    connection = connections.create_connection("default")
    try:
        if connection.vendor == "mysql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT GET_LOCK(%s, %s)", [_NAME, seconds])
                yield cursor.fetchone()[0] == 1
        elif connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                yield _retry(seconds, lambda: _postgresql(cursor))
        else:
            with (settings.VAR_DIR / "migrate.lock").open("a") as file:
                yield _retry(seconds, lambda: _flock(file))
    finally:
        connection.close()


def _postgresql(cursor: Any) -> bool:
    cursor.execute("SELECT pg_try_advisory_lock(%s)", [_NUMBER])
    return bool(cursor.fetchone()[0])


def _flock(file: Any) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _retry(seconds: int, attempt: Any) -> bool:
    deadline = time.monotonic() + seconds
    while not attempt():
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.2)
    return True
