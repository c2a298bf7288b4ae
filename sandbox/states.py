"""Flows and outcomes: the words in which a rule speaks, the same for every dialect."""

from django.db import models


class Flow(models.TextChoices):
    PAYOUT = "payout", "Payout"
    PAYMENT = "payment", "Payment"


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
    TIMEOUT = "timeout", "Timed out"
    REJECTED = "rejected", "Rejected by the payer"
    INVALID_OTP = "invalid_otp", "Wrong OTP"
    INSUFFICIENT_FUNDS = "insufficient_funds", "Not enough money"
    ACCOUNT_DEACTIVATED = "account_deactivated", "Account deactivated"
    NO_RESPONSE = "no_response", "No answer from the wallet"
    INVALID_MPIN = "invalid_mpin", "Wrong MPIN"
    NOT_APPROVED = "not_approved", "Not approved by the payer"


class DecidedBy(models.TextChoices):
    """Where a decision came from, in order of precedence."""

    HEADER = "header", "Request header"
    ONE_SHOT = "one_shot", "Queued one-shot"
    RULE = "rule", "Merchant's rule"
    TABLE = "table", "Built-in table"
    DEFAULT = "default", "Default"


_O = Outcome
OUTCOMES: dict[Flow, tuple[Outcome, ...]] = {
    Flow.PAYOUT: (
        _O.SUCCESS, _O.RETRY, _O.FAILED, _O.PENDING, _O.ON_HOLD, _O.IN_REVIEW, _O.PENDING_THEN_SUCCESS, _O.PENDING_THEN_FAILED,
    ),
    Flow.PAYMENT: (
        _O.SUCCESS, _O.FAILED, _O.TIMEOUT, _O.REJECTED, _O.INVALID_OTP, _O.INSUFFICIENT_FUNDS, _O.ACCOUNT_DEACTIVATED,
        _O.NO_RESPONSE, _O.INVALID_MPIN, _O.NOT_APPROVED,
    ),
}  # fmt: skip
