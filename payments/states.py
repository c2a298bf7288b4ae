"""States of checkouts and payments, and the legal moves between them (contract sections 4 and 5)."""

from django.db import models


class CheckoutStatus(models.TextChoices):
    """A request to collect: what the original calls a transaction."""

    PENDING = "pending", "Pending"
    COMPLETED = "completed", "Completed"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


class PaymentStatus(models.TextChoices):
    """One attempt to pay a checkout."""

    REQUIRES_ACTION = "requires_action", "Waits for the payer"
    PROCESSING = "processing", "The rail is deciding"
    AUTHORIZED = "authorized", "Authorised"
    CAPTURED = "captured", "Captured"
    FAILED = "failed", "Failed"
    VOIDED = "voided", "Voided"


class Method(models.TextChoices):
    """How a payer pays."""

    JAZZCASH = "jazzcash", "JazzCash"
    EASYPAISA = "easypaisa", "Easypaisa"
    CARD = "card", "Card Payment"


class CaptureMode(models.TextChoices):
    AUTOMATIC = "automatic", "At once"
    MANUAL = "manual", "By the merchant, later"


WALLETS = (Method.JAZZCASH, Method.EASYPAISA)
_P = PaymentStatus
PAYMENT_MOVES: dict[PaymentStatus, frozenset[PaymentStatus]] = {
    _P.REQUIRES_ACTION: frozenset({_P.PROCESSING, _P.AUTHORIZED, _P.CAPTURED, _P.FAILED}),
    _P.PROCESSING: frozenset({_P.REQUIRES_ACTION, _P.AUTHORIZED, _P.CAPTURED, _P.FAILED}),
    _P.AUTHORIZED: frozenset({_P.CAPTURED, _P.VOIDED, _P.FAILED}),
    _P.CAPTURED: frozenset(),
    _P.FAILED: frozenset({_P.CAPTURED}),  # late success after failure, by scenario only
    _P.VOIDED: frozenset(),
}
_C = CheckoutStatus
FINAL_CHECKOUT = frozenset({_C.COMPLETED, _C.FAILED, _C.CANCELLED})
CHECKOUT_MOVES: dict[CheckoutStatus, frozenset[CheckoutStatus]] = {
    _C.PENDING: FINAL_CHECKOUT,
    _C.COMPLETED: frozenset(),
    _C.FAILED: frozenset(),
    _C.CANCELLED: frozenset(),
}
# Status codes that no rail gives: the payer's cancel and the clock's end (contract sections 4 and 5).
CANCELLED_CODE = "CANCELLED"
EXPIRED_CODE = "EXPIRED"
