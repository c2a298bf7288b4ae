"""End a refund: it arrived at the payer, or its amount is the merchant's again."""

from datetime import datetime

from audit.services.record import entry
from audit.tags import Tag
from mypay.kit import sql
from mypay.kit.errors import InvalidStatus
from payments.models import Refund
from payments.render import refund_json, with_payment
from payments.services import items, sums
from payments.states import REFUND_MOVES, ItemKind, RefundStatus
from webhooks.catalogue import EventType
from webhooks.services.emit import event

NOT_ARRIVED = "The payer's bank refused the refund"
_EVENTS = {RefundStatus.SUCCEEDED: EventType.REFUND_SUCCEEDED, RefundStatus.FAILED: EventType.REFUND_FAILED}


def end_refund(refund: Refund, status: RefundStatus, *, reason: str = "", at: datetime) -> None:
    """The refund succeeded, or failed and its amount is the merchant's again.

    Raises InvalidStatus for one that has ended and StaleState when somebody else ended it first.
    """
    if status not in REFUND_MOVES[RefundStatus(refund.status)]:
        raise InvalidStatus(f"A refund cannot go from {refund.status} to {status}", field="status")
    values = {
        "status": status.value,
        "failure_reason": reason,
        "updated_at": at,
        "plan": None,
        "due_at": None,
        "wake_at": None,
        "attempts": 0,
    }
    guarded = sql.update(
        Refund, {"id": refund.pk, "revision": refund.revision}, {**values, "revision": refund.revision + 1}, refuse=sql.stale
    )
    before = refund.status
    for name, value in values.items():
        setattr(refund, name, value)
    payment = refund.payment
    counted: list[sql.Statement] = []
    back: list[sql.Statement] = []
    if status == RefundStatus.FAILED:
        counted = [sums.add("refunded", payment, -refund.amount, refuse=sql.stale)]
        back = items.brought(payment=payment, kind=ItemKind.REFUND_FAILURE, subject_id=refund.pk, amount=refund.amount, at=at)
    details = {"from": str(before), "to": status.value, **({"reason": reason} if reason else {})}

    def effect() -> None:
        sql.transact([guarded, *counted])
        sums.refresh(payment)
        sql.transact([*told(refund, _EVENTS[status], Tag.REFUND_MOVED, details), *back])

    sql.in_transaction(effect)


def told(refund: Refund, type: EventType, tag: Tag, details: dict[str, str]) -> list[sql.Statement]:
    """Its event and its audit entry."""
    about = {"paymentId": str(refund.payment_id), **details}
    seen = with_payment(refund_json(refund), refund.payment)
    return [
        event(merchant_id=refund.merchant_id, type=type, subject_id=refund.pk, data=seen, at=refund.updated_at),
        entry(tag=tag, resource_id=refund.pk, merchant_id=refund.merchant_id, details=about, at=refund.updated_at),
    ]
