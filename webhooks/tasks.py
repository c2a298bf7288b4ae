"""Celery's way to say: look for events and deliveries now."""

from celery import shared_task

from mypay.kit import scheduling, wakeups
from webhooks.services import deliver

DISPATCH = "webhooks.dispatch_due"
# Longer than beat's second, so that somebody always listens.
_LISTENS_SECONDS = 1.5


@shared_task(name=DISPATCH)
def dispatch_due() -> int:
    """Turn events into deliveries and deliver them, and hear for a moment whether there are more; returns how many tries were made."""
    made = deliver.relay().run()
    for _ in wakeups.heard(DISPATCH, _LISTENS_SECONDS):
        made += deliver.relay().run()
        if scheduling.stopping.is_set():
            break
    return made
