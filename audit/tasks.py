"""Periodic work of the audit trail."""

import structlog
from celery import shared_task

from audit.services.forget_requests import forget_requests as forget
from audit.services.seal import seal

log = structlog.get_logger("mypay.audit")


@shared_task(name="audit.seal_entries")
def seal_entries() -> None:
    """Seal what is unsealed and publish the new head in the log."""
    made = seal()
    if made is not None:
        log.info("audit head", head=str(made), entries=made.entry_count)


@shared_task(name="audit.forget_requests")
def forget_requests() -> int:
    """Delete what of the request log is past its days; returns how many."""
    return forget()
