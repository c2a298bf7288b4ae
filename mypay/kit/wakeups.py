"""Tell the workers to look now, without making anyone wait for the broker.

A wake-up is only a hint: the sweep finds all work anyway. So it is sent from a thread of its own,
at most one of a task in a while, and a broker that is down costs nothing but a log line.
"""

import threading
import time
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from mypay.kit import clock, scheduling
from mypay.settings import environment

log = structlog.get_logger("mypay.wakeups")
_SOON = timedelta(milliseconds=50)
_PAUSE_SECONDS = 0.02
_pending: set[str] = set()
_lock = threading.Lock()
_asked = threading.Event()
_thread: threading.Thread | None = None


def wake(kind: str, wake_at: datetime | None) -> None:
    """After commit, have the kind's work looked for if it is due about now."""
    if environment.BROKER_URL and wake_at is not None and wake_at - clock.real_now() < _SOON:
        transaction.on_commit(lambda: _enqueue(kind))


def _enqueue(kind: str) -> None:
    global _thread
    with _lock:
        _pending.add(kind)
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_send_forever, name="wakeups", daemon=True)
            _thread.start()
    _asked.set()


def _send_forever() -> None:
    from mypay.celery import app

    while True:
        _asked.wait()
        _asked.clear()
        with _lock:
            kinds = set(_pending)
            _pending.clear()
        for task in {kind.task for kind in scheduling.kinds() if kind.name in kinds}:
            try:
                app.send_task(task, expires=30)
            except Exception as problem:
                log.warning("wake-up not sent; the sweep will find the work", task=task, error=str(problem))
        time.sleep(_PAUSE_SECONDS)
