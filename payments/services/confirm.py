"""Take the payer's answer to what he was asked for, and let the payment go on."""

from mypay.kit import clock
from mypay.kit.errors import StaleState, ValidationError
from payments.models import Payment
from payments.outcomes import declined_code
from payments.selectors import get_session, waiting_payment
from payments.services.challenge import DECLINE, MAX_TRIES, judge
from payments.services.complete import Answer, answer_of, closed_answer, taken_answer
from payments.services.plan import plan
from payments.services.transition import Change, move, save_answer
from payments.states import PaymentStatus
from sandbox.services.decide import Decision
from sandbox.states import Challenge


def confirm_payment(*, checkout_id: str, answer: str, secret: str = "") -> Answer:
    """Go on with a payment that waits for its payer: `answer` and `secret` as in `challenge.judge`.

    A passed challenge leads to the outcome that was decided before. Raises NotFound for an unknown
    id, ValidationError for a wrong secret that may be tried again; both answers of an ended payment
    are as those of `complete_payment`.
    """
    checkout = get_session(checkout_id)
    at = clock.now(checkout.merchant)
    payment = waiting_payment(checkout)
    if payment is None or not payment.challenge:  # without one it waits for its gateway
        return closed_answer(checkout, at) or _not_begun()
    verdict = judge(Challenge(payment.challenge), answer, secret, payment.tries)
    decision = Decision.from_json(payment.checkout.scenario or {})
    try:
        if verdict.is_passed:
            first, *rest = plan(decision, payment.checkout.capture_mode, payment.checkout.authorization_days)
            return answer_of(move(payment, Change(PaymentStatus(first.status), first.code, at, tuple(rest))), decision)
        if verdict.code:
            code = declined_code(decision, verdict.code) if answer == DECLINE else verdict.code
            return answer_of(move(payment, Change(PaymentStatus.FAILED, code, at)), decision)
        save_answer(payment, payment.tries + 1, at)
    except StaleState:
        now = get_session(checkout_id)
        return closed_answer(now, at) or taken_answer(now)
    raise _wrong(payment)


def _wrong(payment: Payment) -> ValidationError:
    left = MAX_TRIES - payment.tries - 1
    return ValidationError(f"That is not right; {left} more {'try' if left == 1 else 'tries'}", field="secret")


def _not_begun() -> Answer:
    raise ValidationError("Nobody has begun to pay this checkout", field="checkoutId")
