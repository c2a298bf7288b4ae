"""Flows and outcomes: the words in which a rule speaks, the same for every dialect."""

from django.db import models


class Flow(models.TextChoices):
    PAYOUT = "payout", "Payout"
    PAYMENT = "payment", "Payment"
    REFUND = "refund", "Refund"
    DISPUTE = "dispute", "Dispute"


class Outcome(models.TextChoices):
    """What the simulated rail does; each flow maps these to its own states."""

    SUCCESS = "success", "Success"
    RETRY = "retry", "Fails once, then succeeds"
    FAILED = "failed", "Failed"
    PENDING = "pending", "Stays pending"
    ON_HOLD = "on_hold", "On hold"
    IN_REVIEW = "in_review", "In review"
    PENDING_THEN_SUCCESS = "pending_then_success", "Pending, then success"
    PENDING_THEN_FAILED = "pending_then_failed", "Pending, then failed"
    FAILED_THEN_SUCCESS = "failed_then_success", "Failed, then success after all"
    SUCCESS_THEN_REVERSED = "success_then_reversed", "Success, then reversed by the rail"
    SUCCESS_THEN_DISPUTED = "success_then_disputed", "Success, then disputed by the payer"
    TIMEOUT = "timeout", "Timed out"
    REJECTED = "rejected", "Rejected by the payer"
    INVALID_OTP = "invalid_otp", "Wrong OTP"
    INSUFFICIENT_FUNDS = "insufficient_funds", "Not enough money"
    ACCOUNT_DEACTIVATED = "account_deactivated", "Account deactivated"
    NO_RESPONSE = "no_response", "No answer from the wallet"
    INVALID_MPIN = "invalid_mpin", "Wrong MPIN"
    NOT_APPROVED = "not_approved", "Not approved by the payer"
    WON = "won", "Won by the merchant"
    LOST = "lost", "Lost by the merchant"


class Challenge(models.TextChoices):
    """What a payer is asked for beyond the form before the rail decides."""

    NONE = "none", "Nothing"
    OTP = "otp", "A one-time password"
    MPIN = "mpin", "The wallet's MPIN"
    THREE_DS = "three_ds", "3-D Secure"
    PHONE = "phone", "A prompt on the phone"
    TRANSFER = "transfer", "A bank transfer"


class DecidedBy(models.TextChoices):
    """Where a decision came from, in order of precedence."""

    HEADER = "header", "Request header"
    ONE_SHOT = "one_shot", "Queued one-shot"
    RULE = "rule", "Merchant's rule"
    VENDOR = "vendor", "A vendor's test value"
    TABLE = "table", "Built-in table"
    DEFAULT = "default", "Default"


_O = Outcome
OUTCOMES: dict[Flow, tuple[Outcome, ...]] = {
    Flow.PAYOUT: (
        _O.SUCCESS, _O.RETRY, _O.FAILED, _O.PENDING, _O.ON_HOLD, _O.IN_REVIEW, _O.PENDING_THEN_SUCCESS, _O.PENDING_THEN_FAILED,
    ),
    Flow.PAYMENT: (
        _O.SUCCESS, _O.FAILED, _O.TIMEOUT, _O.REJECTED, _O.INVALID_OTP, _O.INSUFFICIENT_FUNDS, _O.ACCOUNT_DEACTIVATED,
        _O.NO_RESPONSE, _O.INVALID_MPIN, _O.NOT_APPROVED, _O.PENDING, _O.PENDING_THEN_SUCCESS, _O.PENDING_THEN_FAILED,
        _O.FAILED_THEN_SUCCESS, _O.SUCCESS_THEN_REVERSED, _O.SUCCESS_THEN_DISPUTED,
    ),
    Flow.REFUND: (_O.SUCCESS, _O.FAILED, _O.PENDING, _O.PENDING_THEN_SUCCESS, _O.PENDING_THEN_FAILED),
    Flow.DISPUTE: (_O.WON, _O.LOST),
}  # fmt: skip
