"""Celery's way to say: look for events and deliveries now."""

import time

from celery import shared_task

from mypay.kit import scheduling, wakeups
from webhooks.services import deliver

DISPATCH = "webhooks.dispatch_due"
# Longer than beat's second, so that somebody always listens.
_LISTENS_SECONDS = 1.5


@shared_task(name=DISPATCH)
def dispatch_due() -> int:
    """Turn events into deliveries and deliver them, and hear for a moment whether there are more; returns how many tries were made."""
    made, end = deliver.relay().run(), time.monotonic() + _LISTENS_SECONDS
    while (left := end - time.monotonic()) > 0 and not scheduling.stopping.is_set() and wakeups.heard(DISPATCH, left):
        made += deliver.relay().run()
    return made
