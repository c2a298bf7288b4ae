"""Celery's way to say: look for events and deliveries now."""

from celery import shared_task

from webhooks.services import deliver


@shared_task(name="webhooks.dispatch_due")
def dispatch_due() -> int:
    """Turn events into deliveries and deliver them; returns how many tries were made."""
    return deliver.relay().run()
