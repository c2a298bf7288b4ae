"""Tell the workers to look now, without making anyone wait for the broker.

A wake-up is only a hint: the sweep finds all work anyway. So it is sent from a thread of its own,
at most one of a kind in a while, and a broker that is down costs nothing but a log line.
"""

import queue
import threading
import time
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from mypay.kit import clock, scheduling
from mypay.settings import environment

log = structlog.get_logger("mypay.wakeups")
_SOON = timedelta(milliseconds=50)
_PAUSE_SECONDS = 0.05
_waiting: queue.Queue[str] = queue.Queue(maxsize=64)
_pending: set[str] = set()
_lock = threading.Lock()
_thread: threading.Thread | None = None


def wake(kind: str, wake_at: datetime | None) -> None:
    """After commit, have the kind's work looked for if it is due about now."""
    if environment.BROKER_URL and wake_at is not None and wake_at - clock.real_now() < _SOON:
        transaction.on_commit(lambda: _enqueue(kind))


def _enqueue(kind: str) -> None:
    global _thread
    with _lock:
        if kind in _pending:
            return
        _pending.add(kind)
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_send_forever, name="wakeups", daemon=True)
            _thread.start()
    _waiting.put_nowait(kind)


def _send_forever() -> None:
    from mypay.celery import app

    while True:
        kind = _waiting.get()
        with _lock:
            _pending.discard(kind)
        try:
            task = next(known.task for known in scheduling.kinds() if known.name == kind)
            app.send_task(task, expires=30)
        except Exception as problem:
            log.warning("wake-up not sent; the sweep will find the work", kind=kind, error=str(problem))
        time.sleep(_PAUSE_SECONDS)
