"""What is wrong with this configuration, in plain words."""

import json
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, connection, connections
from django.db.migrations.executor import MigrationExecutor

from mypay import wellness
from mypay.kit import counters
from mypay.operations.rotate import left
from mypay.settings import environment


class Command(BaseCommand):
    help = "Say in plain words what is wrong with the configuration and what to do; exits 1 if anything is."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        found = [
            *environment.PROBLEMS,
            *self._folder(),
            *self._database(),
            *self._replica(),
            *self._broker(),
            *self._crypto(),
            *self._machine(),
        ]
        if options["json"]:
            self.stdout.write(json.dumps({"ok": not found, "findings": found}))
        else:
            for finding in found:
                self.stdout.write(self.style.ERROR(f"- {finding}"))
            profile = f"{environment.MYPAY_ENV}, service {environment.MYPAY_SERVICE}, {connection.vendor}"
            work = "Celery" if environment.BROKER_URL else "the sweep (manage.py work)"
            self.stdout.write(f"{profile}, work done by {work}: {'needs attention' if found else 'all well'}")
        if found:
            raise SystemExit(1)

    def _folder(self) -> Iterator[str]:
        probe = settings.VAR_DIR / ".doctor"
        try:
            probe.write_text("")
            probe.unlink()
        except OSError as problem:
            yield f"MYPAY_VAR: {settings.VAR_DIR} cannot be written to ({problem.strerror})."

    def _database(self) -> Iterator[str]:
        try:
            connection.ensure_connection()
            executor = MigrationExecutor(connection)
            missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
            if missing:
                yield f"The database lacks {len(missing)} migrations: run `python manage.py migrate`."
            if connection.vendor == "mysql":
                yield from self._mysql()
        except Exception as problem:
            yield f"DATABASE_URL: the database does not answer ({str(problem).splitlines()[0]})."

    def _mysql(self) -> Iterator[str]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT @@innodb_flush_log_at_trx_commit, @@max_connections")
            durable, connections = cursor.fetchone()
            cursor.execute("SELECT default_collation_name FROM information_schema.schemata WHERE schema_name = DATABASE()")
            collation = cursor.fetchone()[0]
        if durable != 1:
            yield "The database does not flush at every commit: set innodb_flush_log_at_trx_commit=1, or a crash loses money."
        if connections <= environment.WEB_WORKERS * environment.WEB_THREADS:
            yield f"The database allows {connections} connections, fewer than WEB_WORKERS x WEB_THREADS need."
        if not collation.startswith("utf8mb4"):
            yield f"The database's collation is {collation}: it must be of utf8mb4 (`ALTER DATABASE … COLLATE utf8mb4_bin`)."

    def _replica(self) -> Iterator[str]:
        if environment.DATABASE_REPLICA_URL:
            try:
                with connections["replica"].cursor() as cursor:
                    cursor.execute("SELECT COUNT(*) FROM django_migrations")
            except Exception as problem:
                yield f"DATABASE_REPLICA_URL: the replica does not answer ({str(problem).splitlines()[0]}); lists and reports fail."

    def _machine(self) -> Iterator[str]:
        if settings.VAR_DIR.exists() and (full := wellness.disk()):
            yield f"MYPAY_VAR: {full.lower()}."
        if not counters.IS_SHARED:
            yield f"METRICS_DIR: {counters.FOLDER} cannot be written to; each process counts for itself."
        if wellness.drain_file().exists():
            yield f"{wellness.drain_file()} is there: every process here says that it is not ready. Delete it to serve again."

    def _broker(self) -> Iterator[str]:
        for name, url in (("REDIS_URL", environment.REDIS_URL), ("BROKER_URL", environment.BROKER_URL)):
            if url:
                try:
                    from kombu import Connection

                    with Connection(url, connect_timeout=2) as broker:
                        broker.ensure_connection(max_retries=1, timeout=2)
                except Exception as problem:
                    yield f"{name}: {str(problem).splitlines()[0]}; work goes on by `manage.py work` alone until it answers."

    def _crypto(self) -> Iterator[str]:
        try:
            from mypay.kit.crypto import decrypt, encrypt

            decrypt(encrypt("probe", context="doctor"), context="doctor")
            if "," in environment.ENCRYPTION_KEYS and (waiting := sum(left().values())):
                yield f"{waiting} values are encrypted with an old key: run `python manage.py rotate_encryption`, then drop that key."
        except DatabaseError:
            return  # told already
        except Exception as problem:
            yield f"ENCRYPTION_KEYS cannot be used ({problem}): make new ones with `python manage.py make_secrets`."
