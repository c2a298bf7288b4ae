"""Payout states and the legal moves between them (contract section 2)."""

from django.db import models


class PayoutStatus(models.TextChoices):
    PENDING = "PENDING", "Pending"
    PROCESSING = "PROCESSING", "Processing"
    SUCCESS = "SUCCESS", "Success"
    FAILED = "FAILED", "Failed"
    RETRY = "RETRY", "Retry"
    IN_REVIEW = "IN_REVIEW", "In review"
    ON_HOLD = "ON_HOLD", "On hold"


class DestinationType(models.TextChoices):
    BANK = "BANK", "Bank"
    WALLET = "WALLET", "Wallet"


class BatchStatus(models.TextChoices):
    """A draft waits for its merchant's word; then its lines are paid one after the other."""

    DRAFT = "DRAFT", "Draft"
    RUNNING = "RUNNING", "Running"
    DONE = "DONE", "Done"
    CANCELLED = "CANCELLED", "Cancelled"


class LineStatus(models.TextChoices):
    """INVALID was wrong from the start, FAILED was refused when its turn came."""

    WAITING = "WAITING", "Waiting"
    CREATED = "CREATED", "Payout created"
    FAILED = "FAILED", "Failed"
    INVALID = "INVALID", "Not valid"
    CANCELLED = "CANCELLED", "Cancelled"


class ApprovalStatus(models.TextChoices):
    """A request to approve a payout above the limit; one that nobody answers in time counts no more."""

    WAITING = "waiting", "Waits for a second person"
    CONFIRMED = "confirmed", "Confirmed"
    REFUSED = "refused", "Refused"


_S = PayoutStatus
IPN_STATUSES = (_S.SUCCESS, _S.FAILED, _S.ON_HOLD, _S.IN_REVIEW)
FINAL = frozenset({_S.SUCCESS, _S.FAILED})
WAITING = (_S.IN_REVIEW, _S.ON_HOLD)  # for staff
MOVES: dict[PayoutStatus, frozenset[PayoutStatus]] = {
    _S.PENDING: frozenset({_S.PROCESSING, _S.SUCCESS, _S.FAILED, _S.IN_REVIEW, _S.ON_HOLD}),
    _S.PROCESSING: frozenset({_S.SUCCESS, _S.FAILED, _S.RETRY, _S.IN_REVIEW, _S.ON_HOLD, _S.PENDING}),
    _S.RETRY: frozenset({_S.PROCESSING, _S.SUCCESS, _S.FAILED, _S.IN_REVIEW, _S.ON_HOLD}),
    _S.IN_REVIEW: frozenset({_S.SUCCESS, _S.FAILED, _S.ON_HOLD}),
    _S.ON_HOLD: frozenset({_S.SUCCESS, _S.FAILED, _S.IN_REVIEW}),
    _S.SUCCESS: frozenset(),
    _S.FAILED: frozenset({_S.PENDING}),
}
