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


_S = PayoutStatus
IPN_STATUSES = (_S.SUCCESS, _S.FAILED, _S.ON_HOLD, _S.IN_REVIEW)
FINAL = frozenset({_S.SUCCESS, _S.FAILED})
MOVES: dict[PayoutStatus, frozenset[PayoutStatus]] = {
    _S.PENDING: frozenset({_S.PROCESSING, _S.SUCCESS, _S.FAILED, _S.IN_REVIEW, _S.ON_HOLD}),
    _S.PROCESSING: frozenset({_S.SUCCESS, _S.FAILED, _S.RETRY, _S.IN_REVIEW, _S.ON_HOLD, _S.PENDING}),
    _S.RETRY: frozenset({_S.PROCESSING, _S.SUCCESS, _S.FAILED, _S.IN_REVIEW, _S.ON_HOLD}),
    _S.IN_REVIEW: frozenset({_S.SUCCESS, _S.FAILED, _S.ON_HOLD}),
    _S.ON_HOLD: frozenset({_S.SUCCESS, _S.FAILED, _S.IN_REVIEW}),
    _S.SUCCESS: frozenset(),
    _S.FAILED: frozenset({_S.PENDING}),
}
