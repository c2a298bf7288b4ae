"""Answer a dispute, accept it, or have it decided."""

from copy import copy
from datetime import datetime, timedelta
from typing import Any

from audit.services.record import entry
from audit.tags import Tag
from ledger.services import move
from merchants.models import Merchant
from mypay.kit import clock, idempotency, scheduling, sql
from mypay.kit.api import Reply, success
from mypay.kit.errors import InvalidStatus, StaleState, ValidationError
from mypay.kit.jsonbody import free_object
from payments.models import Dispute
from payments.render import dispute_json, with_payment
from payments.selectors import get_dispute
from payments.services import items, sums
from payments.states import DISPUTE_MOVES, OPEN_DISPUTE, DisputeStatus, ItemKind
from sandbox.matching import Facts
from sandbox.services.decide import scripted
from sandbox.states import Flow, Outcome
from webhooks.catalogue import EventType
from webhooks.services.emit import event

REVIEW_TIME = timedelta(days=3)
# Evidence with these words loses the review; any other wins it.
LOSING = "losing_evidence"
_MAX_EVIDENCE = 16_384
_KEPT_BY_BANK = frozenset({DisputeStatus.LOST, DisputeStatus.ACCEPTED})


def submit_evidence(*, merchant: Merchant, dispute_id: str, body: dict[str, Any], claim: idempotency.Claim) -> Reply:
    """Hand in evidence, once; the bank decides three days later.

    Raises NotFound, ValidationError for empty evidence, InvalidStatus when no answer is awaited.
    """

    def change(dispute: Dispute) -> None:
        evidence = read_evidence(body)
        if dispute.status == DisputeStatus.NEEDS_RESPONSE and dispute.respond_by <= claim.now:  # the sweep has not come yet
            raise InvalidStatus("The time to respond is over", field="status")
        due_at = claim.now + REVIEW_TIME
        extra = {"evidence": evidence, "due_at": due_at, "wake_at": clock.wake_at(merchant, due_at)}
        _move(dispute, DisputeStatus.UNDER_REVIEW, claim.now, **extra)

    return _answered(merchant, dispute_id, claim, "Evidence submitted", change)


def accept_dispute(*, merchant: Merchant, dispute_id: str, claim: idempotency.Claim) -> Reply:
    """Give the amount to the payer's bank; raises NotFound, InvalidStatus when it is decided already."""

    def change(dispute: Dispute) -> None:
        close_dispute(dispute, DisputeStatus.ACCEPTED, at=claim.now)

    return _answered(merchant, dispute_id, claim, "Dispute accepted", change)


def _answered(merchant: Merchant, dispute_id: str, claim: idempotency.Claim, message: str, change: Any) -> Reply:
    def effect() -> Reply:
        dispute = get_dispute(merchant, dispute_id)
        try:
            change(dispute)
        except StaleState:
            raise _changed_meanwhile() from None
        reply = success(200, dispute_json(dispute), message)
        sql.transact([claim.record(reply)])
        return reply

    return idempotency.once(claim, lambda: sql.in_transaction(effect))


def decide_dispute(*, merchant: Merchant, dispute_id: str, status: DisputeStatus) -> Dispute:
    """Decide an open dispute now, as the sandbox's user says; raises NotFound, InvalidStatus for one that is decided."""
    dispute = get_dispute(merchant, dispute_id)
    try:
        close_dispute(dispute, status, at=clock.now(merchant))
    except StaleState:
        raise _changed_meanwhile() from None
    return dispute


def _changed_meanwhile() -> InvalidStatus:
    return InvalidStatus("The dispute was changed meanwhile", field="status")


def read_evidence(body: dict[str, Any]) -> dict[str, Any]:
    """`evidence`: an object with at least one text."""
    evidence = body.get("evidence")
    if not isinstance(evidence, dict) or not evidence:
        raise ValidationError("evidence must be an object that is not empty", field="evidence")
    try:
        return free_object(evidence, longest=_MAX_EVIDENCE)
    except ValueError as problem:
        raise ValidationError(f"evidence {problem}", field="evidence") from None


def close_dispute(dispute: Dispute, status: DisputeStatus, *, at: datetime) -> None:
    """Decide an open dispute: won, the amount is pending again; lost or accepted, the bank keeps it.

    Raises InvalidStatus for one that is decided, StaleState when somebody else decided it first.
    """
    _move(dispute, status, at, closed_at=at)


def _move(dispute: Dispute, status: DisputeStatus, at: datetime, **extra: Any) -> None:
    if status not in DISPUTE_MOVES[DisputeStatus(dispute.status)]:
        raise InvalidStatus(f"A dispute cannot go from {dispute.status} to {status}", field="status")
    values = {"status": status.value, "updated_at": at, "due_at": None, "wake_at": None, "attempts": 0, **extra}
    guarded = sql.update(
        Dispute, {"id": dispute.pk, "revision": dispute.revision}, {**values, "revision": dispute.revision + 1}, refuse=sql.stale
    )
    before = dispute.status
    for name, value in values.items():
        setattr(dispute, name, value)
    is_closed = status not in OPEN_DISPUTE
    type = EventType.DISPUTE_CLOSED if is_closed else EventType.DISPUTE_ANSWERED
    sql.transact([guarded, *told(dispute, type, Tag.DISPUTE_MOVED, {"from": before, "to": status.value}), *_money(dispute, status, at)])


def _money(dispute: Dispute, status: DisputeStatus, at: datetime) -> list[sql.Statement]:
    payment = dispute.payment
    if status == DisputeStatus.WON:
        back = items.brought(payment=payment, kind=ItemKind.DISPUTE_WON, subject_id=dispute.pk, amount=dispute.amount, at=at)
        return [sums.add("disputed", payment, -dispute.amount, refuse=sql.stale), *back]
    if status in _KEPT_BY_BANK:
        lost = move.dispute_lost(
            merchant_id=dispute.merchant_id,
            currency=dispute.currency,
            amount=dispute.amount,
            description=f"Dispute lost: {payment.checkout.reference}"[:300],
            at=at,
            subject_id=dispute.pk,
        )
        return move.statements(lost)
    return []


def process_dispute(pk: Any, at: datetime | None) -> None:
    """Due work: nobody answered in time, or the bank has reviewed the evidence."""
    due = scheduling.due(Dispute.objects.select_related("merchant", "payment__merchant", "payment__checkout"), pk, at)
    if due is None:
        return
    dispute, now = due

    def effect() -> None:
        # A copy each time: a deadlock's victim is run again from the status it began with.
        close_dispute(copy(dispute), _decided(dispute), at=now)

    try:
        sql.in_transaction(effect)
    except StaleState:
        return


def _decided(dispute: Dispute) -> DisputeStatus:
    """Without evidence lost; else what a one-shot or rule says, then the evidence's own words, then won."""
    if dispute.status == DisputeStatus.NEEDS_RESPONSE:
        return DisputeStatus.LOST
    payment = dispute.payment
    facts = Facts(
        amount=dispute.amount,
        currency=dispute.currency,
        number=payment.payer,
        method=str(payment.method),
        metadata=payment.checkout.metadata or {},
    )
    asked = scripted(merchant=dispute.merchant, flow=Flow.DISPUTE, facts=facts)
    if asked is not None:
        return DisputeStatus.WON if asked.outcome == Outcome.WON else DisputeStatus.LOST
    return DisputeStatus.LOST if LOSING in str(dispute.evidence) else DisputeStatus.WON


def rest_dispute(pk: Any, error: Exception) -> None:
    """A decision that keeps failing to be written is left alone: the dispute stays open."""
    Dispute.objects.filter(pk=pk).update(due_at=None, wake_at=None)


def told(dispute: Dispute, type: EventType, tag: Tag, details: dict[str, str]) -> list[sql.Statement]:
    """The event and the audit entry of what happened to a dispute."""
    about = {"paymentId": str(dispute.payment_id), **details}
    seen = with_payment(dispute_json(dispute), dispute.payment)
    return [
        event(merchant_id=dispute.merchant_id, type=type, subject_id=dispute.pk, data=seen, at=dispute.updated_at),
        entry(tag=tag, resource_id=dispute.pk, merchant_id=dispute.merchant_id, details=about, at=dispute.updated_at),
    ]
