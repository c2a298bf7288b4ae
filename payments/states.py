"""States of checkouts and payments, and the legal moves between them (contract sections 4 and 5)."""

from django.db import models


class CheckoutStatus(models.TextChoices):
    """A request to collect: what the original calls a transaction. AUTHORIZED is ours, for manual capture."""

    PENDING = "pending", "Pending"
    AUTHORIZED = "authorized", "Authorised"
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
    REVERSED = "reversed", "Reversed by the rail"


class Method(models.TextChoices):
    """How a payer pays. The contract knows the first three."""

    JAZZCASH = "jazzcash", "JazzCash"
    EASYPAISA = "easypaisa", "Easypaisa"
    CARD = "card", "Card Payment"
    BANK_TRANSFER = "bank_transfer", "Bank transfer"
    UPI = "upi", "UPI"
    MPESA = "mpesa", "M-Pesa"
    NETBANKING = "netbanking", "Netbanking"
    WALLET = "wallet", "Wallet"


class CaptureMode(models.TextChoices):
    AUTOMATIC = "automatic", "At once"
    MANUAL = "manual", "By the merchant, later"


class RefundStatus(models.TextChoices):
    PENDING = "pending", "Pending"
    SUCCEEDED = "succeeded", "Succeeded"
    FAILED = "failed", "Failed"


class DisputeStatus(models.TextChoices):
    NEEDS_RESPONSE = "needs_response", "Needs a response"
    UNDER_REVIEW = "under_review", "Under review"
    WON = "won", "Won"
    LOST = "lost", "Lost"
    ACCEPTED = "accepted", "Accepted"


class DisputeReason(models.TextChoices):
    FRAUDULENT = "fraudulent", "The cardholder did not pay"
    NOT_RECEIVED = "product_not_received", "Goods never came"
    NOT_AS_DESCRIBED = "product_unacceptable", "Goods are not as described"
    DUPLICATE = "duplicate", "Paid twice"
    NO_CREDIT = "credit_not_processed", "A promised refund never came"
    UNRECOGNIZED = "unrecognized", "The payer does not know the payment"
    GENERAL = "general", "Another reason"


class ItemKind(models.TextChoices):
    """What moved the pending bucket, and so is a line of a statement."""

    PAYMENT = "payment", "Payment"
    REFUND = "refund", "Refund"
    REFUND_FAILURE = "refund_failure", "Refund failed"
    DISPUTE = "dispute", "Dispute"
    DISPUTE_WON = "dispute_won", "Dispute won"
    REVERSAL = "reversal", "Reversal"
    FUNDING = "funding", "Taken from the balance"


class BreakKind(models.TextChoices):
    """What a statement can be made to get wrong."""

    MISSING_LINE = "missing_line", "A line is missing"
    DOUBLE_LINE = "double_line", "A line is there twice"
    WRONG_AMOUNT = "wrong_amount", "A line has another amount"
    WRONG_FEE = "wrong_fee", "A line has another fee"
    LATE_LINE = "late_line", "A line comes with the next statement"


WALLETS = (Method.JAZZCASH, Method.EASYPAISA)
_P = PaymentStatus
PAID = frozenset({_P.AUTHORIZED, _P.CAPTURED})
PAYMENT_MOVES: dict[PaymentStatus, frozenset[PaymentStatus]] = {
    _P.REQUIRES_ACTION: frozenset({_P.PROCESSING, _P.AUTHORIZED, _P.CAPTURED, _P.FAILED}),
    _P.PROCESSING: frozenset({_P.AUTHORIZED, _P.CAPTURED, _P.FAILED}),
    _P.AUTHORIZED: frozenset({_P.CAPTURED, _P.VOIDED}),
    _P.CAPTURED: frozenset({_P.REVERSED}),
    _P.FAILED: frozenset({_P.AUTHORIZED, _P.CAPTURED}),  # late success, by scenario only
    _P.VOIDED: frozenset(),
    _P.REVERSED: frozenset(),
}
_C = CheckoutStatus
# What becomes of a checkout when its payment gets there.
CHECKOUT_OF = {
    _P.REQUIRES_ACTION: _C.PENDING,
    _P.PROCESSING: _C.PENDING,
    _P.AUTHORIZED: _C.AUTHORIZED,
    _P.CAPTURED: _C.COMPLETED,
    _P.FAILED: _C.FAILED,
    _P.VOIDED: _C.CANCELLED,
    _P.REVERSED: _C.FAILED,
}
CLOSED_CHECKOUT = frozenset(_C) - {_C.PENDING}
_R = RefundStatus
REFUND_MOVES: dict[RefundStatus, frozenset[RefundStatus]] = {
    _R.PENDING: frozenset({_R.SUCCEEDED, _R.FAILED}),
    _R.SUCCEEDED: frozenset(),
    _R.FAILED: frozenset(),
}
_D = DisputeStatus
OPEN_DISPUTE = frozenset({_D.NEEDS_RESPONSE, _D.UNDER_REVIEW})
DISPUTE_MOVES: dict[DisputeStatus, frozenset[DisputeStatus]] = {
    _D.NEEDS_RESPONSE: frozenset({_D.UNDER_REVIEW, _D.WON, _D.LOST, _D.ACCEPTED}),
    _D.UNDER_REVIEW: frozenset({_D.WON, _D.LOST, _D.ACCEPTED}),
    _D.WON: frozenset(),
    _D.LOST: frozenset(),
    _D.ACCEPTED: frozenset(),
}
# How long an authorisation waits for its capture, unless a checkout's terms say otherwise.
AUTHORIZATION_DAYS = 7
# Status codes that no payer's rail gives: the payer's cancel, the clock's end, the merchant's void and the rail's change of mind.
CANCELLED_CODE = "CANCELLED"
EXPIRED_CODE = "EXPIRED"
VOIDED_CODE = "VOIDED"
AUTHORIZATION_EXPIRED_CODE = "AUTHORIZATION_EXPIRED"
REVERSED_CODE = "REVERSED"
PROCESSING_CODE = "PROCESSING"
ACTION_CODE = "ACTION_REQUIRED"
AUTHORIZED_CODE = "AUTHORIZED"
