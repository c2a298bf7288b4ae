"""Pay a checkout: once, whoever else tries at the same time (contract section 5)."""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from gateways.selectors import is_routed
from merchants.services.send_message import send_sms
from mypay.kit import clock, sql
from mypay.kit.errors import StaleState, ValidationError
from mypay.kit.money import to_text
from payments import links, messages
from payments.models import Checkout, Payment
from payments.outcomes import reason_for
from payments.payer import Payer, read_payer
from payments.selectors import get_session
from payments.services.challenge import RIGHT_OTP, asked_for, waiting_change
from payments.services.decide import decide
from payments.services.expire import expire, is_over
from payments.services.gateway.begin import STAYS, way_to_pay
from payments.services.items import make_ready
from payments.services.plan import plan
from payments.services.transition import Attempt, Change, open_attempt
from payments.states import CLOSED_CHECKOUT, PAID, WALLETS, CheckoutStatus, Method, PaymentStatus
from payments.validation import read_amount
from sandbox.services.decide import Decision
from sandbox.states import Challenge, DecidedBy, Outcome


@dataclass(frozen=True, slots=True)
class Answer:
    """What the payer hears, and where the browser goes then."""

    success: bool
    message: str
    return_url: str


def complete_payment(*, checkout_id: str, body: Mapping[str, Any]) -> Answer:
    """Try to pay with what the payer gave; one attempt decides the checkout.

    Of attempts at the same time one counts and the others hear that it is processed. A payer who is
    asked for more hears where, as does one whom a gateway takes over. `amount` of the body is a part,
    where the checkout's terms let it be paid in parts. Raises NotFound for an unknown id,
    ValidationError when a wallet's number is missing or malformed, or the part too small or more than
    is owed, NoGateway.
    """
    checkout = get_session(checkout_id)
    at = clock.now(checkout.merchant)
    if closed := closed_answer(checkout, at):
        return closed
    if is_routed(checkout.merchant) and way_to_pay(checkout=checkout) != STAYS:
        return Answer(False, messages.ACTION_REQUIRED, links.page_url(checkout))
    payer = read_payer(dict(body), checkout.method, at)
    attempt = partial(_pay, checkout, payer, _part(checkout, body), at)
    if checkout.merchant.has_scenarios:
        make_ready(checkout.merchant, checkout.currency)
    try:
        # A one-shot is used up in the payment's transaction; with none, the packet is the transaction.
        answer: Answer = sql.in_transaction(attempt) if checkout.merchant.has_scenarios else attempt()
    except StaleState:
        now = get_session(checkout_id)
        return closed_answer(now, at) or taken_answer(now)
    return answer


def closed_answer(checkout: Checkout, at: datetime) -> Answer | None:
    """The answer of a checkout that cannot be paid any more, None if it can; one overdue is expired now."""
    if is_over(checkout, at):
        if checkout.status == CheckoutStatus.PENDING:
            expire(checkout, at)
        return Answer(False, messages.HAS_EXPIRED, links.bare_return_url(checkout))
    if checkout.status in CLOSED_CHECKOUT:
        return already_processed(checkout)
    if checkout.attempt_id is not None:
        return Answer(False, messages.IN_PROGRESS, links.waiting_url(checkout))
    return None


def already_processed(checkout: Checkout) -> Answer:
    """The answer of a checkout that somebody ended before."""
    return Answer(False, messages.ALREADY_PROCESSED, links.bare_return_url(checkout))


def taken_answer(checkout: Checkout) -> Answer:
    """The answer to an attempt that came second; a checkout left open meanwhile leads back to its page."""
    if checkout.status == CheckoutStatus.PENDING:
        return Answer(False, messages.IN_PROGRESS, links.waiting_url(checkout))
    return already_processed(checkout)


def _part(checkout: Checkout, body: Mapping[str, Any]) -> int:
    """Minor units of this attempt: what is owed, or less where parts are allowed; raises ValidationError."""
    if checkout.part_minimum is None:
        return checkout.owed
    amount = read_amount(dict(body), checkout.currency, default=checkout.owed, most=checkout.owed)
    least = min(checkout.part_minimum, checkout.owed)
    if amount < least:
        raise ValidationError(f"amount must be at least {to_text(least, checkout.currency)}", field="amount")
    return amount


def _pay(checkout: Checkout, payer: Payer, amount: int, at: datetime) -> Answer:
    checkout = copy(checkout)  # a deadlock's victim is run again with the checkout as it was
    decision = decide(checkout, payer, amount)
    if challenge := asked_for(decision, payer.method):
        payment = open_attempt(checkout, Attempt(payer, decision, amount, challenge), waiting_change(challenge, at))
        if challenge == Challenge.OTP and payer.method in WALLETS:
            _send_code(checkout, payer, amount)
    else:
        first, *rest = plan(decision, checkout.capture_mode, checkout.authorization_days)
        change = Change(PaymentStatus(first.status), first.code, at, tuple(rest))
        payment = open_attempt(checkout, Attempt(payer, decision, amount), change)
    return answer_of(payment, decision)


def _send_code(checkout: Checkout, payer: Payer, amount: int) -> None:
    """The payer's handset gets the code; without a gateway the merchant's inbox does."""
    asked = f"{checkout.currency} {to_text(amount, checkout.currency)} to {checkout.merchant.company_name}"
    send_sms(to=payer.kept, text=f"{RIGHT_OTP} is your code to pay {asked}. Tell it to nobody.", merchant=checkout.merchant)


def answer_of(payment: Payment, decision: Decision) -> Answer:
    """What the payer hears of his payment as it now is, and where his browser goes."""
    checkout, status = payment.checkout, PaymentStatus(payment.status)
    if status == PaymentStatus.REQUIRES_ACTION:
        return Answer(False, messages.ACTION_REQUIRED, links.waiting_url(checkout))
    if status == PaymentStatus.PROCESSING:
        return Answer(False, messages.IN_PROGRESS, links.waiting_url(checkout))
    is_paid = status in PAID
    if not is_paid and checkout.status == CheckoutStatus.PENDING:  # open to another try
        return Answer(False, _message(decision, payment, is_paid), links.page_url(checkout))
    return Answer(is_paid, _message(decision, payment, is_paid), links.return_url(checkout))


def _message(decision: Decision, payment: Payment, is_paid: bool) -> str:
    method = Method(payment.method)
    if reason := reason_for(decision, payment.status_code):
        return reason
    if is_paid:
        return messages.to_payer(messages.SUCCESS_CODE, method)
    is_other_number = decision.decided_by == DecidedBy.DEFAULT and method != Method.CARD
    if is_other_number and decision.outcome == Outcome.FAILED:
        return messages.OTHER_NUMBER_FAILED
    return messages.to_payer(payment.status_code, method)
