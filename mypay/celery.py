"""Celery carries wake-ups and the periodic sweep; the database stays the truth about due work."""

import os

from celery import Celery
from kombu import Exchange, Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mypay.settings")

from mypay.settings import environment

app = Celery("mypay")
app.conf.update(
    broker_url=environment.BROKER_URL or "memory://",
    task_ignore_result=True,
    worker_concurrency=environment.JOB_CONCURRENCY,
    # A task is a hint: lost with its worker or broker, the next one finds the work. So nothing is
    # held back to be told twice, and a lost connection leaves nothing to sort out.
    task_acks_late=False,
    worker_prefetch_multiplier=1,
    worker_enable_prefetch_count_reduction=False,
    worker_hijack_root_logger=False,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,  # for ever: a broker may be away for longer than any count
    broker_transport_options={"visibility_timeout": 60, "socket_connect_timeout": 1, "socket_timeout": 5},
    task_publish_retry=False,
    task_default_queue="housekeeping",
    task_queues=[Queue(name, Exchange(name), routing_key=name) for name in ("payouts", "payments", "webhooks", "housekeeping")],
    task_routes={"payouts.*": {"queue": "payouts"}, "payments.*": {"queue": "payments"}, "webhooks.*": {"queue": "webhooks"}},
    timezone="UTC",
)
_sweep_seconds = environment.SWEEP_INTERVAL_MS / 1000
app.conf.beat_schedule = {
    name: {"task": name, "schedule": every, "options": {"expires": max(every * 4, 5)}}
    for name, every in (
        ("payouts.process_due", _sweep_seconds),
        ("payouts.work_batches", 1.0),
        ("payments.expire_due", 5.0),
        ("payments.process_due", _sweep_seconds),
        ("payments.end_refunds", _sweep_seconds),
        ("payments.decide_disputes", 5.0),
        ("payments.settle_due", 5.0),
        ("payments.look_at_orders", 5.0),
        ("payments.apply_inbound", _sweep_seconds),
        ("webhooks.dispatch_due", 1.0),
        ("sandbox.resume_advances", 5.0),
        ("sandbox.remove_expired_children", 5.0),
        ("merchants.send_messages", 5.0),
        ("audit.seal_entries", 5.0),
        ("kit.forget_expired_keys", 3600.0),
        ("audit.forget_requests", 3600.0),
    )
}
app.autodiscover_tasks(["payouts", "payments", "webhooks", "sandbox", "merchants", "audit", "mypay.kit"])
