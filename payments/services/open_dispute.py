"""A payer's bank asks for a payment's amount: it is withheld until the dispute is decided."""

from datetime import datetime, timedelta

from audit.tags import Tag
from merchants.services.send_message import notify
from merchants.states import Notice
from mypay.kit import clock, sql
from mypay.kit.errors import InvalidStatus, ValidationError
from mypay.kit.ids import uuid7
from mypay.kit.money import to_text
from payments.models import Dispute, Payment
from payments.services import items, sums
from payments.services.dispute import told
from payments.states import DisputeReason, DisputeStatus, ItemKind, PaymentStatus
from webhooks.catalogue import EventType

RESPONSE_TIME = timedelta(days=7)


def open_dispute(
    *, payment: Payment, amount: int, reason: DisputeReason, at: datetime, respond_within: timedelta = RESPONSE_TIME
) -> Dispute:
    """A dispute over `amount` minor units of a captured payment, which needs a response in time.

    The amount is taken whatever the merchant has: beyond what is pending the available balance may
    fall below zero. Raises InvalidStatus, and ValidationError for more than what is left of the payment.
    """
    if payment.status != PaymentStatus.CAPTURED:
        raise InvalidStatus(f"Only a captured payment can be disputed; this one is {payment.status}", field="status")
    if not 0 < amount <= payment.refundable:
        raise _above_captured()
    dispute = Dispute(
        id=uuid7(),
        merchant=payment.merchant,
        payment=payment,
        amount=amount,
        currency=payment.currency,
        reason=reason.value,
        status=DisputeStatus.NEEDS_RESPONSE.value,
        respond_by=at + respond_within,
        due_at=at + respond_within,
        wake_at=clock.wake_at(payment.merchant, at + respond_within),
        created_at=at,
        updated_at=at,
    )

    def effect() -> None:
        counted = sums.add("disputed", payment, amount, refuse=_above_captured)
        about = {"reason": reason.value, "amount": to_text(amount, payment.currency)}
        sql.transact([counted, sql.insert(dispute)])
        sums.refresh(payment)
        sql.transact(told(dispute, EventType.DISPUTE_OPENED, Tag.DISPUTE_OPENED, about))
        sql.transact(items.taken(payment=payment, kind=ItemKind.DISPUTE, subject_id=dispute.pk, amount=amount, at=at, is_forced=True))
        asked = {"money": f"{payment.currency} {to_text(amount, payment.currency)}", "payment": payment.pk, "until": dispute.respond_by}
        notify(merchant=payment.merchant, notice=Notice.DISPUTE_OPENED, told=asked)

    sql.in_transaction(effect)
    return dispute


def _above_captured() -> Exception:
    return ValidationError("amount is more than what is left of the payment", code="DISPUTE_EXCEEDS_PAYMENT", field="amount")
