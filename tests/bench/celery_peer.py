"""The usual way as a peer: one Celery task a delivery, which loads, signs, posts and stores by itself."""

import hashlib
import hmac
import time
from pathlib import Path

import django
import requests
from celery import Celery
from kombu import Queue

from tests.bench.server import worker

QUEUE = "bench-peer"
app = Celery("bench")
app.conf.update(broker_url="redis://127.0.0.1:6379/15", task_ignore_result=True, task_queues=[Queue(QUEUE)], task_default_queue=QUEUE)
_session: requests.Session | None = None


@app.task(name="bench.deliver")
def deliver(delivery_id: str) -> None:
    """One delivery, its attempt stored, its state moved on."""
    global _session
    django.setup()
    from mypay.kit import clock
    from webhooks.models import Attempt, Delivery
    from webhooks.states import DeliveryStatus

    _session = _session or requests.Session()
    row = Delivery.objects.select_related("event", "endpoint").get(pk=delivery_id)
    body = row.event.data.encode()
    headers = {"X-Signature": hmac.new(b"secret", body, hashlib.sha256).hexdigest(), "Content-Type": "application/json"}
    begun = time.monotonic()
    answer = _session.post(row.url, data=body, headers=headers, timeout=10)
    Attempt.objects.create(
        delivery=row, number=1, url=row.url, request_headers=str(headers), request_body=body.decode(), status_code=answer.status_code,
        response_body=answer.text, duration_ms=round((time.monotonic() - begun) * 1000), created_at=clock.real_now(),
    )  # fmt: skip
    row.status, row.tries, row.due_at, row.wake_at = DeliveryStatus.DELIVERED, 1, None, None
    row.save(update_fields=["status", "tries", "due_at", "wake_at"])


def measure(folder: Path, count: int) -> float:
    """Deliveries a second of one worker process; the tasks are queued before the clock starts."""
    from webhooks.models import Delivery
    from webhooks.states import DeliveryStatus

    pending = Delivery.objects.filter(status=DeliveryStatus.PENDING)
    app.control.purge()
    for pk in pending.values_list("pk", flat=True):
        deliver.delay(str(pk))
    with worker(folder, "-m", "celery", "-A", "tests.bench.celery_peer", "worker", "--pool", "solo", "-Q", QUEUE):
        while pending.count() == count:
            time.sleep(0.01)
        begun, left = time.perf_counter(), pending.count()
        while pending.exists():
            time.sleep(0.01)
        return left / (time.perf_counter() - begun)
