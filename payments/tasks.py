"""Celery's way to say: look for overdue checkouts now."""

from celery import shared_task

from mypay.kit import scheduling


@shared_task(name="payments.expire_due")
def expire_due() -> int:
    """Expire overdue checkouts in batches; returns how many."""
    return scheduling.run_due("checkout")
