"""Celery's way to say: look for interrupted clock advances now."""

from celery import shared_task

from mypay.kit import scheduling


@shared_task(name="sandbox.resume_advances")
def resume_advances() -> int:
    """Finish advances whose runner died; returns how many."""
    return scheduling.run_due("clock_advance")
