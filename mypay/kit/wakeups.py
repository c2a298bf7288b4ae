"""Tell the workers to look now, without making anyone wait for the broker.

A wake-up is only a hint: the sweep finds all work anyway. So it is sent from a thread of its own,
at most one of a task in a while, and a broker that is down costs nothing but a log line. Where Redis
carries them, a task that is awake hears its wake-ups itself (`heard`): Celery's own way, through a
queue and a pool, takes longer than a webhook does.
"""

import atexit
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache

import redis
import structlog
from django.db import transaction

from mypay.kit import clock, scheduling
from mypay.settings import environment

log = structlog.get_logger("mypay.wakeups")
_SOON = timedelta(milliseconds=50)
_PAUSE_SECONDS = 0.02
_PUSH_PAUSE_SECONDS = 0.002
_KEPT_SECONDS = 30
_LISTENER = "listener"
_LAST_SECONDS = 2.0
_LEAST_POOL = 3  # in a smaller one a task that listens would keep others waiting
_hearing: set[str] = set()  # tasks that hear their wake-ups themselves
_pending: set[str] = set()
_lock = threading.Lock()
_asked = threading.Event()
_ending = threading.Event()
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
            atexit.register(_finish)
    _asked.set()


def _finish() -> None:
    """Send what was asked for, at most for a moment. A thread cut off in the middle would keep locks that the exit waits for."""
    _ending.set()
    _asked.set()
    if _thread is not None:
        _thread.join(_LAST_SECONDS)


def hears(task: str) -> None:
    """Say that the task, once begun, listens for a while: where Redis is the broker it is told there."""
    _hearing.add(task)


def heard(task: str, seconds: float) -> Iterator[None]:
    """A turn for every wake-up for the task that comes within so many seconds; none where only Celery carries them.

    One task at a time listens, so that the others' places in the pool are free.
    """
    if not _by_redis():
        return
    key, end = _key(task), time.monotonic() + seconds
    try:
        if not _redis().set(_key(task, _LISTENER), 1, nx=True, ex=max(1, round(seconds))):
            return
        while (left := end - time.monotonic()) > 0 and _redis().blpop(key, timeout=left):
            yield
        _redis().delete(_key(task, _LISTENER))
        if _redis().lpop(key):  # it came as we stopped to listen
            yield
    except redis.RedisError as problem:
        log.warning("cannot listen for wake-ups; the sweep will find the work", task=task, error=str(problem))


def _by_redis() -> bool:
    return environment.BROKER_URL.startswith(("redis://", "rediss://")) and environment.JOB_CONCURRENCY >= _LEAST_POOL


@cache
def _redis() -> redis.Redis:
    return redis.Redis.from_url(environment.BROKER_URL, socket_connect_timeout=1, socket_timeout=5)


def _key(task: str, what: str = "wake-up") -> str:
    return f"mypay:{what}:{task}"


def _send_forever() -> None:
    while True:
        _asked.wait()
        _asked.clear()
        with _lock:
            kinds = set(_pending)
            _pending.clear()
        pause = _PUSH_PAUSE_SECONDS
        for task in {kind.task for kind in scheduling.kinds() if kind.name in kinds}:
            try:
                if not (task in _hearing and _by_redis() and _is_heard(task)):
                    _send(task)
                    pause = _PAUSE_SECONDS
            except Exception as problem:
                log.warning("wake-up not sent; the sweep will find the work", task=task, error=str(problem))
        if _ending.wait(pause) and not _pending:
            return


def _is_heard(task: str) -> bool:
    """Tell whoever listens, and whether anybody does. One wake-up is as good as many: who hears it finds all work."""
    key, told = _key(task), _redis().pipeline(transaction=False)
    told.lpush(key, 1)
    told.ltrim(key, 0, 0)
    told.expire(key, _KEPT_SECONDS)
    told.exists(_key(task, _LISTENER))
    return bool(told.execute()[-1])


def _send(task: str) -> None:
    from mypay.celery import app

    app.send_task(task, expires=30)
