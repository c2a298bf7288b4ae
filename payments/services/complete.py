"""Pay a checkout: once, whoever else tries at the same time (contract section 5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from mypay.kit import clock, sql
from mypay.kit.errors import StaleState
from payments import links, messages
from payments.models import Checkout
from payments.payer import Payer, read_payer
from payments.selectors import get_session
from payments.services.decide import decide
from payments.services.expire import expire, is_over
from payments.services.transition import Attempt, Change, apply
from payments.states import FINAL_CHECKOUT, CheckoutStatus, Method
from sandbox.services.decide import Decision
from sandbox.states import DecidedBy, Outcome


@dataclass(frozen=True, slots=True)
class Answer:
    """What the payer hears, and where the browser goes then."""

    success: bool
    message: str
    return_url: str


def complete_payment(*, checkout_id: str, body: Mapping[str, Any]) -> Answer:
    """Try to pay with what the payer gave; one attempt ends the checkout.

    Of attempts at the same time one counts and the others hear that it is processed. Raises
    NotFound for an unknown id, ValidationError when a wallet's number is missing or malformed.
    """
    checkout = get_session(checkout_id)
    at = clock.now(checkout.merchant)
    if closed := closed_answer(checkout, at):
        return closed
    payer = read_payer(dict(body), checkout.method, at)
    attempt = partial(_pay, checkout, payer, at)
    try:
        # A one-shot is used up in the payment's transaction; with none, the packet is the transaction.
        answer: Answer = sql.in_transaction(attempt) if checkout.merchant.has_scenarios else attempt()
    except StaleState:
        now = get_session(checkout_id)
        return closed_answer(now, at) or already_processed(now)
    return answer


def closed_answer(checkout: Checkout, at: datetime) -> Answer | None:
    """The answer of a checkout that cannot be paid any more, None if it can; one overdue is expired now."""
    if is_over(checkout, at):
        if checkout.status == CheckoutStatus.PENDING:
            expire(checkout, at)
        return Answer(False, messages.HAS_EXPIRED, links.bare_return_url(checkout))
    return already_processed(checkout) if checkout.status in FINAL_CHECKOUT else None


def already_processed(checkout: Checkout) -> Answer:
    """The answer of a checkout that somebody ended before."""
    return Answer(False, messages.ALREADY_PROCESSED, links.bare_return_url(checkout))


def _pay(checkout: Checkout, payer: Payer, at: datetime) -> Answer:
    decision = decide(checkout, payer)
    is_paid = decision.outcome == Outcome.SUCCESS
    status = CheckoutStatus.COMPLETED if is_paid else CheckoutStatus.FAILED
    code = decision.outcome.value.upper()
    after = apply(checkout, Change(status=status, code=code, at=at, attempt=Attempt(payer, decision)))
    return Answer(is_paid, _message(decision, payer, code), links.return_url(after))


def _message(decision: Decision, payer: Payer, code: str) -> str:
    if decision.reason:
        return decision.reason
    is_other_number = decision.decided_by == DecidedBy.DEFAULT and payer.method != Method.CARD
    if is_other_number and decision.outcome == Outcome.FAILED:
        return messages.OTHER_NUMBER_FAILED
    return messages.to_payer(code, payer.method)
