"""The worker without a broker: the sweep alone."""

import signal
import threading
import time
from datetime import timedelta
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandParser
from django.db import OperationalError, close_old_connections, connection

from audit.tasks import forget_requests, seal_entries
from mypay.kit import clock, counters, garbage, scheduling
from mypay.kit.idempotency import forget_expired
from mypay.metrics import server
from mypay.settings import environment
from webhooks.services import deliver

log = structlog.get_logger("mypay.work")
_SEAL_SECONDS = 5
_FORGET_SECONDS = 3600
_RELAY_SECONDS = 0.05
_RELAYED = ("event", "delivery")


class Command(BaseCommand):
    help = (
        "Do due work until stopped: payouts, payments, settlement, webhooks, clock advances, audit seals. Needs no broker; several may run."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="do what is due now, then exit")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stopping = False
        scheduling.stopping.clear()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._stop)
        if options["once"]:
            self.stdout.write(f"{scheduling.sweep()} pieces of work done")
            return
        garbage.pass_over_what_is_loaded()
        counters.tidy()
        server.serve()
        relay = threading.Thread(target=self._relay, name="relay")
        relay.start()
        self._work()
        relay.join()

    def _work(self) -> None:
        last: dict[str, float] = {}
        while not self.stopping:
            try:
                scheduling.sweep(without=_RELAYED)
                self._every(_SEAL_SECONDS, seal_entries, last)
                self._every(_FORGET_SECONDS, forget_expired, last)
                self._every(_FORGET_SECONDS, forget_requests, last)
            except OperationalError as problem:
                log.warning("database not reachable; trying again", error=str(problem))
                connection.close()
                time.sleep(1)
            self._sleep()

    def _relay(self) -> None:
        """Webhooks in a thread of their own: a slow receiver holds up no payout."""
        while not self.stopping:
            try:
                deliver.relay().run(is_stopping=lambda: self.stopping)
            except OperationalError as problem:
                log.warning("database not reachable; trying again", error=str(problem))
                connection.close()
                time.sleep(1)
            close_old_connections()
            time.sleep(_RELAY_SECONDS)
        deliver.relay().close()
        connection.close()

    def _stop(self, *_: Any) -> None:
        self.stopping = True
        scheduling.stopping.set()

    def _every(self, seconds: int, job: Any, last: dict[str, float]) -> None:
        if time.monotonic() - last.get(job.__name__, 0.0) >= seconds:
            last[job.__name__] = time.monotonic()
            job()

    def _sleep(self) -> None:
        """Until the next work wakes, at most one sweep interval."""
        close_old_connections()
        longest = timedelta(milliseconds=environment.SWEEP_INTERVAL_MS)
        try:
            wake = scheduling.next_wake()
        except OperationalError:
            wake = None
        pause = longest if wake is None else min(max(wake - clock.real_now(), timedelta(milliseconds=5)), longest)
        if not self.stopping:
            time.sleep(pause.total_seconds())
