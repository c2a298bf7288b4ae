"""Periodic housekeeping of the kit."""

from celery import shared_task

from mypay.kit.idempotency import forget_expired


@shared_task(name="kit.forget_expired_keys")
def forget_expired_keys() -> int:
    """Delete idempotency records past their time; returns how many."""
    return forget_expired()
