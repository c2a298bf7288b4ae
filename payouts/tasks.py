"""Celery's way to say: look for due payouts now."""

from celery import shared_task

from mypay.kit import scheduling


@shared_task(name="payouts.process_due")
def process_due() -> int:
    """Work off due payouts in batches; returns how many steps were made."""
    return scheduling.run_due("payout")
