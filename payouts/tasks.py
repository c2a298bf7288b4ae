"""Celery's way to say: look for due payouts and batches now."""

from celery import shared_task

from mypay.kit import scheduling


@shared_task(name="payouts.process_due")
def process_due() -> int:
    """Work off due payouts in batches; returns how many steps were made."""
    return scheduling.run_due("payout")


@shared_task(name="payouts.work_batches")
def work_batches() -> int:
    """Pay the next lines of the batches under way; returns how many batches had a turn."""
    return scheduling.run_due("payout_batch")
