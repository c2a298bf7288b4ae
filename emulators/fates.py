"""What became of a payment or refund in the words of `gateways.contract`: a vendor's `wire` says each of them in its own."""

from gateways.contract import Fate
from payments.models import Payment, Refund
from payments.states import PaymentStatus, RefundStatus

_PAYMENTS = {
    PaymentStatus.REQUIRES_ACTION: Fate.PENDING,
    PaymentStatus.PROCESSING: Fate.PENDING,
    PaymentStatus.AUTHORIZED: Fate.AUTHORIZED,
    PaymentStatus.CAPTURED: Fate.CAPTURED,
    PaymentStatus.FAILED: Fate.FAILED,
    PaymentStatus.VOIDED: Fate.REFUNDED,
    PaymentStatus.REVERSED: Fate.REFUNDED,
}
_REFUNDS = {RefundStatus.PENDING: Fate.PENDING, RefundStatus.SUCCEEDED: Fate.REFUNDED, RefundStatus.FAILED: Fate.FAILED}


def payment_fate(payment: Payment) -> Fate:
    """REFUNDED once all of it was given back."""
    is_returned = payment.captured and payment.refunded >= payment.captured
    return Fate.REFUNDED if is_returned else _PAYMENTS[PaymentStatus(payment.status)]


def given_back(payment: Payment) -> int:
    """Minor units; all of a payment that was let go before it was captured, or taken back by the rail."""
    return payment.amount if payment.status in (PaymentStatus.VOIDED, PaymentStatus.REVERSED) else payment.refunded


def refund_fate(refund: Refund) -> Fate:
    """PENDING, REFUNDED or FAILED."""
    return _REFUNDS[RefundStatus(refund.status)]
