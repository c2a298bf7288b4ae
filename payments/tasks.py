"""Celery's way to say: look for due work of this app now; each returns how many rows it worked on."""

from celery import shared_task

from mypay.kit import scheduling


@shared_task(name="payments.expire_due")
def expire_due() -> int:
    """Expire overdue checkouts."""
    return scheduling.run_due("checkout")


@shared_task(name="payments.process_due")
def process_due() -> int:
    """Take payments to their next step."""
    return scheduling.run_due("payment")


@shared_task(name="payments.end_refunds")
def end_refunds() -> int:
    """Let refunds arrive, or fail."""
    return scheduling.run_due("refund")


@shared_task(name="payments.decide_disputes")
def decide_disputes() -> int:
    """Decide disputes whose time has come."""
    return scheduling.run_due("dispute")


@shared_task(name="payments.settle_due")
def settle_due() -> int:
    """Settle what is due."""
    return scheduling.run_due("settlement")


@shared_task(name="payments.look_at_orders")
def look_at_orders() -> int:
    """Ask gateways what became of their orders."""
    return scheduling.run_due("gateway_order")


@shared_task(name="payments.apply_inbound")
def apply_inbound() -> int:
    """Apply gateways' callbacks."""
    return scheduling.run_due("inbound")
