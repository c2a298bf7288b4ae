"""Celery's way to say: look for interrupted clock advances and ended child sandboxes now."""

from celery import shared_task

from mypay.kit import scheduling


@shared_task(name="sandbox.resume_advances")
def resume_advances() -> int:
    """Finish advances whose runner died; returns how many."""
    return scheduling.run_due("clock_advance")


@shared_task(name="sandbox.remove_expired_children")
def remove_expired_children() -> int:
    """Remove child sandboxes whose time is up; returns how many."""
    return scheduling.run_due("child_sandbox")
