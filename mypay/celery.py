"""Celery carries wake-ups and the periodic sweep; the database stays the truth about due work."""

import os

from celery import Celery
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mypay.settings")

from mypay.settings import environment

app = Celery("mypay")
app.conf.update(
    broker_url=environment.BROKER_URL or "memory://",
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=False,  # the sweep finds what a killed worker left
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    broker_connection_retry_on_startup=True,
    broker_transport_options={"visibility_timeout": 60, "socket_connect_timeout": 1, "socket_timeout": 5},
    task_publish_retry=False,
    task_default_queue="housekeeping",
    task_queues=[Queue(name) for name in ("payouts", "payments", "housekeeping")],
    task_routes={"payouts.*": {"queue": "payouts"}, "payments.*": {"queue": "payments"}},
    timezone="UTC",
)
_sweep_seconds = environment.SWEEP_INTERVAL_MS / 1000
app.conf.beat_schedule = {
    name: {"task": name, "schedule": every, "options": {"expires": max(every * 4, 5)}}
    for name, every in (
        ("payouts.process_due", _sweep_seconds),
        ("payments.expire_due", 5.0),
        ("sandbox.resume_advances", 5.0),
        ("sandbox.remove_expired_children", 5.0),
        ("audit.seal_entries", 5.0),
        ("kit.forget_expired_keys", 3600.0),
    )
}
app.autodiscover_tasks(["payouts", "payments", "sandbox", "audit", "mypay.kit"])
