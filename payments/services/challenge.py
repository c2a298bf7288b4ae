"""What a payer is asked for beyond the form, and what his answer does: OTP, MPIN, 3-D Secure, phone, bank transfer."""

from dataclasses import dataclass
from datetime import datetime

from mypay.kit.errors import ValidationError
from payments.services.plan import Step
from payments.services.transition import Change
from payments.states import ACTION_CODE, Method, PaymentStatus
from sandbox.services.decide import Decision
from sandbox.states import Challenge

RIGHT_OTP, RIGHT_PIN = "123456", "1234"
MAX_TRIES = 3
APPROVE, DECLINE = "approve", "decline"
UNDERPAID_CODE = "UNDERPAID"
_MINUTE_MS = 60_000
_USUAL = {
    Method.MPESA: Challenge.PHONE,
    Method.UPI: Challenge.PHONE,
    Method.BANK_TRANSFER: Challenge.TRANSFER,
    Method.NETBANKING: Challenge.THREE_DS,
    Method.WALLET: Challenge.THREE_DS,
}
# How long each waits, and the status code of a payer who lets it pass.
_PATIENCE = {
    Challenge.OTP: (5, "TIMEOUT"),
    Challenge.MPIN: (5, "TIMEOUT"),
    Challenge.THREE_DS: (10, "TIMEOUT"),
    Challenge.PHONE: (1, "NO_RESPONSE"),
    Challenge.TRANSFER: (15, "TIMEOUT"),
}
# By challenge, the status code of a payer who declines and of one who keeps giving the wrong secret.
_DECLINED = {Challenge.THREE_DS: "NOT_APPROVED", Challenge.PHONE: "REJECTED", Challenge.TRANSFER: UNDERPAID_CODE}
_WRONG = {Challenge.OTP: "INVALID_OTP", Challenge.MPIN: "INVALID_MPIN", Challenge.PHONE: "INVALID_MPIN"}
SECRETS = {Challenge.OTP: RIGHT_OTP, Challenge.MPIN: RIGHT_PIN, Challenge.PHONE: RIGHT_PIN}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer means: passed, failed with a status code, or, with neither, wrong and to be tried again."""

    is_passed: bool = False
    code: str = ""


def asked_for(decision: Decision, method: Method) -> str:
    """What the payer is asked for first, empty for nothing: the decision's challenge, else the method's usual one."""
    challenge = decision.challenge or _USUAL.get(method, "")
    return "" if challenge == Challenge.NONE else str(challenge)


def waiting_change(challenge: str, at: datetime) -> Change:
    """The payment waits for its payer, and fails by itself when he does not answer."""
    minutes, code = _PATIENCE[Challenge(challenge)]
    return Change(PaymentStatus.REQUIRES_ACTION, ACTION_CODE, at, (Step(PaymentStatus.FAILED, code, minutes * _MINUTE_MS),))


def judge(challenge: Challenge, answer: str, secret: str, tries: int) -> Verdict:
    """What the payer's answer means; `tries` were wrong before.

    `answer` is approve or decline; `secret` the OTP, MPIN or PIN, where there is one. Of a bank
    transfer, decline stands for too small an amount. Raises ValidationError for any other answer.
    """
    if answer not in (APPROVE, DECLINE):
        raise ValidationError("answer must be approve or decline", field="answer")
    if answer == DECLINE:
        return Verdict(code=_DECLINED.get(challenge, "REJECTED"))
    if challenge not in SECRETS or secret == SECRETS[challenge]:
        return Verdict(is_passed=True)
    # A phone asks once; a page asks again.
    if challenge == Challenge.PHONE or tries + 1 >= MAX_TRIES:
        return Verdict(code=_WRONG[challenge])
    return Verdict()
