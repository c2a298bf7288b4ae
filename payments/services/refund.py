"""Give money back: at once from the merchant's side, later at the payer's."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from audit.tags import Tag
from gateways.selectors import carrying
from merchants.models import Merchant
from mypay.kit import clock, idempotency, scheduling, sql
from mypay.kit.api import Reply, success
from mypay.kit.errors import InvalidStatus, StaleState, ValidationError
from mypay.kit.ids import uuid7
from mypay.kit.money import to_text
from mypay.settings import environment
from payments.models import Payment, Refund
from payments.render import refund_json
from payments.selectors import get_payment, get_refund
from payments.services import items, sums
from payments.services.end_refund import NOT_ARRIVED, end_refund, told
from payments.services.gateway.orders import AFTER_A_FAULT
from payments.services.gateway.refund import AT_GATEWAY, carry_refund
from payments.states import ItemKind, PaymentStatus, RefundStatus
from payments.validation import read_amount, read_metadata, read_text
from sandbox.matching import Facts
from sandbox.services.decide import Decision, scripted
from sandbox.states import DecidedBy, Flow, Outcome
from webhooks.catalogue import EventType

_ENDS = {
    Outcome.SUCCESS: RefundStatus.SUCCEEDED,
    Outcome.PENDING_THEN_SUCCESS: RefundStatus.SUCCEEDED,
    Outcome.FAILED: RefundStatus.FAILED,
    Outcome.PENDING_THEN_FAILED: RefundStatus.FAILED,
}


def created_reply(refund: Refund) -> Reply:
    """The core dialect's answer to a new refund."""
    return success(201, refund_json(refund), "Refund created")


def create_refund(
    *,
    merchant: Merchant,
    payment_id: str,
    body: dict[str, Any],
    claim: idempotency.Claim,
    scenario: str = "",
    usual: Outcome = Outcome.SUCCESS,
    reply: Callable[[Refund], Reply] = created_reply,
    beside: Callable[[Refund], list[sql.Statement]] = sql.nothing,
) -> Reply:
    """Refund a captured payment: all that is left of it, or `amount`; the refund is pending at first.

    The amount leaves the pending bucket, or the balance where that holds less. Of a payment that a gateway
    carries, the gateway decides it: no scenario does. `usual` is what becomes of it where the merchant's scenarios
    say nothing, by a vendor's test value. `reply` tells of the refund in a dialect's words, `beside` writes a
    dialect's rows with it. Raises NotFound, ValidationError for an amount above what is left, InvalidStatus for a
    payment that is not captured, InsufficientBalance.
    """

    def effect() -> Reply:
        payment = get_payment(merchant, payment_id)
        if payment.status != PaymentStatus.CAPTURED:
            raise InvalidStatus(f"Only a captured payment can be refunded; this one is {payment.status}", field="status")
        refund = _new_refund(payment, body, claim.now)
        refund.plan = AT_GATEWAY if carrying(payment.pk) else _plan(_decide(payment, refund, scenario, usual))
        if refund.plan:
            refund.due_at = claim.now + timedelta(milliseconds=refund.plan[2])
            refund.wake_at = clock.wake_at(merchant, refund.due_at)
        made = reply(refund)
        sql.transact([
            claim.record(made),
            sums.add("refunded", payment, refund.amount, refuse=_above_captured),
            sql.insert(refund),
            *beside(refund),
        ])  # fmt: skip
        sums.refresh(payment)
        sql.transact(told(refund, EventType.REFUND_CREATED, Tag.REFUND_CREATED, {"amount": to_text(refund.amount, refund.currency)}))
        sql.transact(items.taken(payment=payment, kind=ItemKind.REFUND, subject_id=refund.pk, amount=refund.amount, at=claim.now))
        return made

    return idempotency.once(claim, lambda: sql.in_transaction(effect))


def _above_captured() -> Exception:
    return ValidationError("amount is more than what is left of the payment", code="REFUND_EXCEEDS_PAYMENT", field="amount")


def _new_refund(payment: Payment, body: dict[str, Any], at: datetime) -> Refund:
    if payment.refundable == 0:
        raise _above_captured()
    return Refund(
        id=uuid7(),
        merchant=payment.merchant,
        payment=payment,
        amount=read_amount(body, payment.currency, default=payment.refundable),
        currency=payment.currency,
        reason=read_text(body, "reason", 255),
        metadata=read_metadata(body),
        status=RefundStatus.PENDING.value,
        created_at=at,
        updated_at=at,
    )


def _decide(payment: Payment, refund: Refund, scenario: str, usual: Outcome) -> Decision:
    facts = Facts(
        amount=refund.amount,
        currency=refund.currency,
        number=payment.payer,
        method=str(payment.method),
        metadata=refund.metadata or {},
    )
    asked = scripted(merchant=payment.merchant, flow=Flow.REFUND, facts=facts, header=scenario)
    return asked or Decision(usual, DecidedBy.DEFAULT)


def _plan(decision: Decision) -> list[Any] | None:
    """The status to come, its reason and after how many milliseconds; None when it stays pending."""
    end = _ENDS.get(decision.outcome)
    if end is None:
        return None
    usual = environment.PAYMENT_LATER_MS if decision.outcome.value.startswith("pending") else environment.REFUND_PROCESSING_MS
    reason = (decision.reason or NOT_ARRIVED) if end == RefundStatus.FAILED else ""
    return [end.value, reason, decision.after_ms(usual)]


def decide_refund(*, merchant: Merchant, refund_id: str, status: RefundStatus, reason: str = "") -> Refund:
    """End a pending refund now, as the sandbox's user says; raises NotFound, InvalidStatus for one that has ended."""
    refund = get_refund(merchant, refund_id)
    if refund.plan == AT_GATEWAY:
        raise InvalidStatus("The payment's gateway decides this refund", field="status")
    words = (reason or NOT_ARRIVED) if status == RefundStatus.FAILED else ""
    try:
        end_refund(refund, status, reason=words, at=clock.now(merchant))
    except StaleState:
        raise InvalidStatus("The refund was ended meanwhile", field="status") from None
    return refund


def process_refund(pk: Any, at: datetime | None) -> None:
    """Due work: the refund's outcome, if it is due at `at` (None: now on the merchant's clock)."""
    due = scheduling.due(Refund.objects.select_related("merchant", "payment__merchant", "payment__checkout"), pk, at)
    if due is None or not due[0].plan:
        return
    refund, now = due
    if refund.plan == AT_GATEWAY:
        carry_refund(refund, now, is_under_way=at is not None)
        return
    try:
        end_refund(refund, RefundStatus(refund.plan[0]), reason=refund.plan[1], at=now)
    except StaleState:
        return


def rest_refund(pk: Any, error: Exception) -> None:
    """An outcome that keeps failing to be written is left alone: the refund stays pending. A gateway's is asked for again."""
    refund = Refund.objects.select_related("merchant").filter(pk=pk).first()
    if refund is not None and refund.plan == AT_GATEWAY and refund.due_at is not None:
        due_at = clock.now(refund.merchant) + AFTER_A_FAULT
        Refund.objects.filter(pk=pk).update(due_at=due_at, wake_at=clock.wake_at(refund.merchant, due_at), attempts=0)
        return
    Refund.objects.filter(pk=pk).update(due_at=None, wake_at=None, plan=None)
