"""Collect an authorised amount, or give it up."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from gateways.selectors import carrying
from merchants.models import Merchant
from mypay.kit import idempotency, sql
from mypay.kit.api import Reply, success
from mypay.kit.errors import InvalidStatus, StaleState
from payments.models import Payment
from payments.render import payment_json
from payments.selectors import get_payment
from payments.services import items
from payments.services.gateway.capture import cannot_void, capture_at_gateway
from payments.services.plan import after_capture
from payments.services.transition import Change, move
from payments.states import VOIDED_CODE, PaymentStatus
from payments.validation import read_amount
from sandbox.services.decide import Decision
from sandbox.states import Outcome


def captured_reply(payment: Payment) -> Reply:
    """The core dialect's answer to a capture."""
    return success(200, payment_json(payment), "Payment captured")


def voided_reply(payment: Payment) -> Reply:
    """The core dialect's answer to a void."""
    return success(200, payment_json(payment), "Payment voided")


def capture_payment(
    *,
    merchant: Merchant,
    payment_id: str,
    body: dict[str, Any],
    claim: idempotency.Claim,
    reply: Callable[[Payment], Reply] = captured_reply,
    beside: Callable[[Payment], list[sql.Statement]] = sql.nothing,
) -> Reply:
    """Capture all of an authorised payment, or `amount` of it: once, the rest is given up.

    `reply` tells of the captured payment in a dialect's words, `beside` writes a dialect's rows with
    it. Raises NotFound, ValidationError for an amount above the authorised one, InvalidStatus when
    the payment is not authorised (any more).
    """

    def effect() -> Reply:
        payment = _authorized(merchant, payment_id, claim.now)
        amount = read_amount(body, payment.currency, default=payment.amount, most=payment.amount)
        if order := carrying(payment.pk):
            return _recorded(capture_at_gateway(order, amount), claim, reply, beside)
        items.make_ready(merchant, payment.currency)
        decision = Decision.from_json(payment.checkout.scenario or {})
        change = Change(PaymentStatus.CAPTURED, Outcome.SUCCESS.value.upper(), claim.now, tuple(after_capture(decision)), amount=amount)
        return _moved(payment, change, claim, reply, beside)

    return idempotency.once(claim, effect)


def void_payment(
    *,
    merchant: Merchant,
    payment_id: str,
    claim: idempotency.Claim,
    reply: Callable[[Payment], Reply] = voided_reply,
    beside: Callable[[Payment], list[sql.Statement]] = sql.nothing,
) -> Reply:
    """Give an authorisation up; raises NotFound, and InvalidStatus when there is none (any more).

    `reply` and `beside` as of a capture.
    """

    def effect() -> Reply:
        payment = _authorized(merchant, payment_id, claim.now)
        if carrying(payment.pk):
            raise cannot_void()
        return _moved(payment, Change(PaymentStatus.VOIDED, VOIDED_CODE, claim.now), claim, reply, beside)

    return idempotency.once(claim, effect)


def _authorized(merchant: Merchant, payment_id: str, at: datetime) -> Payment:
    payment = get_payment(merchant, payment_id)
    if payment.status != PaymentStatus.AUTHORIZED:
        raise _not_authorized(payment.status)
    if payment.due_at is not None and payment.due_at <= at:  # the sweep has not come yet
        raise InvalidStatus("The authorization has expired", field="status")
    return payment


def _not_authorized(status: str) -> InvalidStatus:
    return InvalidStatus(f"Only an authorized payment can be captured or voided; this one is {status}", field="status")


def _moved(
    payment: Payment,
    change: Change,
    claim: idempotency.Claim,
    reply: Callable[[Payment], Reply],
    beside: Callable[[Payment], list[sql.Statement]],
) -> Reply:
    def effect() -> Reply:
        try:
            after = move(payment, change)
        except StaleState:
            payment.refresh_from_db(fields=["status"])
            raise _not_authorized(payment.status) from None
        return _recorded(after, claim, reply, beside)

    answer: Reply = sql.in_transaction(effect)
    return answer


def _recorded(
    payment: Payment,
    claim: idempotency.Claim,
    reply: Callable[[Payment], Reply],
    beside: Callable[[Payment], list[sql.Statement]],
) -> Reply:
    made = reply(payment)
    sql.transact([claim.record(made), *beside(payment)])
    return made
