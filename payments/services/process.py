"""Take a payment to its next step: the work that comes due."""

from datetime import datetime
from typing import Any

from mypay.kit import scheduling, sql
from mypay.kit.errors import StaleState
from payments.models import Payment
from payments.services.open_dispute import open_dispute
from payments.services.plan import DISPUTED, Step
from payments.services.transition import Change, may_succeed_late, move
from payments.states import DisputeReason, PaymentStatus


def process_payment(pk: Any, at: datetime | None) -> None:
    """Do the payment's next step if it is due at `at` (None: now on the merchant's clock).

    Harmless on a payment that is not due, rests or was moved by somebody else meanwhile.
    """
    due = scheduling.due(Payment.objects.select_related("merchant", "checkout__merchant"), pk, at)
    if due is None:
        return
    payment, now = due
    first, *rest = [Step.from_json(kept) for kept in payment.plan or []]
    try:
        if first.status == DISPUTED:
            sql.in_transaction(lambda: _dispute(payment, now))
        elif payment.status == PaymentStatus.FAILED and not may_succeed_late(payment, now):
            rest_payment(pk)
        else:
            move(payment, Change(PaymentStatus(first.status), first.code, now, tuple(rest)))
    except StaleState:
        return


def _dispute(payment: Payment, at: datetime) -> None:
    """The payer disputes whatever is left of the payment: as it is now, with refunds kept waiting."""
    held = Payment.objects.select_for_update().get(pk=payment.pk)
    held.merchant, held.checkout = payment.merchant, payment.checkout
    rest_payment(held.pk)
    if held.refundable:
        open_dispute(payment=held, amount=held.refundable, reason=DisputeReason.FRAUDULENT, at=at)


def rest_payment(pk: Any, error: Exception | None = None) -> None:
    """Nothing more happens by itself; a payment whose step keeps failing stays as it is."""
    Payment.objects.filter(pk=pk).update(due_at=None, wake_at=None, plan=None)
