"""Celery's way to say: look for mails and SMS to send now."""

from celery import shared_task

from mypay.kit import scheduling


@shared_task(name="merchants.send_messages")
def send_messages() -> int:
    """Hand the messages that are due to their gateways; returns how many."""
    return scheduling.run_due("message")
