"""Razorpay's words, signatures and headers, for whoever speaks to it and whoever speaks as it (contract providers/razorpay).

Pure: no HTTP, no row. Its amounts are the currency's minor units as ours are, its times whole seconds.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from gateways.contract import ErrorCode, Fate
from mypay.kit import crypto

NAME = "razorpay"
PRODUCTION_URL = "https://api.razorpay.com"
CHECKOUT_PATH = "/v1/checkout/embedded"
MAX_RECEIPT = 40

SIGNATURE_HEADER = "X-Razorpay-Signature"
EVENT_ID_HEADER = "x-razorpay-event-id"
REFUND_KEY_HEADER = "X-Refund-Idempotency"
REFUND_KEY = re.compile(r"[A-Za-z0-9_-]{10,255}", re.ASCII)

ORDER, PAYMENT, REFUND, LINK = "order_", "pay_", "rfnd_", "plink_"
ORDER_ID, PAYMENT_ID, REFUND_ID = (re.compile(prefix + "[A-Za-z0-9]{14}", re.ASCII) for prefix in (ORDER, PAYMENT, REFUND))

BAD_REQUEST, GATEWAY_ERROR, SERVER_ERROR = "BAD_REQUEST_ERROR", "GATEWAY_ERROR", "SERVER_ERROR"
UNKNOWN_ID = "The id provided does not exist"
AUTHENTICATION_FAILED = "Authentication failed"
ALREADY_CAPTURED = "This payment has already been captured"


def payment_signature(order_id: str, payment_id: str, key_secret: str) -> str:
    """What the browser brings back of a payment."""
    return _signed(f"{order_id}|{payment_id}", key_secret)


def link_signature(link_id: str, reference: str, status: str, payment_id: str, key_secret: str) -> str:
    """What the browser brings back of a payment link; the reference may be empty."""
    return _signed(f"{link_id}|{reference}|{status}|{payment_id}", key_secret)


def webhook_signature(body: bytes, webhook_secret: str) -> str:
    """Of a webhook's raw body; its secret is its own, not the key's."""
    return crypto.hmac_sha256_hex(webhook_secret, body)


def _signed(message: str, secret: str) -> str:
    return crypto.hmac_sha256_hex(secret, message.encode(errors="replace"))


def seconds(at: datetime) -> int:
    """A time as Razorpay writes it."""
    return int(at.timestamp())


def moment(value: int) -> datetime:
    """A time that Razorpay wrote."""
    return datetime.fromtimestamp(value, UTC)


PAYMENT_FATES = {
    "created": Fate.PENDING,
    "authorized": Fate.AUTHORIZED,
    "captured": Fate.CAPTURED,
    "failed": Fate.FAILED,
    "refunded": Fate.REFUNDED,
}
PAYMENT_STATUSES = {fate: status for status, fate in PAYMENT_FATES.items()}
REFUND_FATES = {"pending": Fate.PENDING, "processed": Fate.REFUNDED, "failed": Fate.FAILED}
REFUND_STATUSES = {fate: status for status, fate in REFUND_FATES.items()}

# How somebody paid, in the engine's words and back. A wallet of the engine's own is a wallet here.
METHODS = {"card": "card", "emi": "card", "upi": "upi", "netbanking": "netbanking", "wallet": "wallet", "paylater": "wallet"}
METHOD_WORDS = {
    "card": "card",
    "upi": "upi",
    "netbanking": "netbanking",
    "bank_transfer": "netbanking",
    "wallet": "wallet",
    "jazzcash": "wallet",
    "easypaisa": "wallet",
    "mpesa": "wallet",
}


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a payment failed, in the five words of an error."""

    reason: str
    description: str
    code: str = BAD_REQUEST
    source: str = "bank"
    step: str = "payment_authorization"


ERROR_WORDS = ("code", "description", "source", "step", "reason")  # in their order


def _of_payer(reason: str, description: str) -> Failure:
    """What the payer did, or did not, when the bank asked."""
    return Failure(reason, description, source="customer", step="payment_authentication")


CARD_DECLINED = "CARD_DECLINED"  # a test card's code, beside the engine's plain FAILED
_DECLINED = Failure("payment_failed", "Your payment was declined by your bank. Try another way to pay.")
_CANCELLED = _of_payer("payment_cancelled", "You cancelled the payment.")
_TIMED_OUT = _of_payer("payment_timed_out", "The payment was not completed in time.")
# By the engine's status code; whatever is not here was declined.
FAILURES: Mapping[str, Failure] = {
    ErrorCode.DECLINED.value: _DECLINED,
    CARD_DECLINED: Failure("card_declined", "Your card was declined by your bank. Try another way to pay."),
    ErrorCode.INSUFFICIENT_FUNDS.value: Failure("insufficient_fund", "Your account does not hold enough money.", source="customer"),
    ErrorCode.NOT_APPROVED.value: _of_payer("authentication_failed", "The payment was not authenticated."),
    ErrorCode.CANCELLED_BY_PAYER.value: _CANCELLED,
    "CANCELLED": _CANCELLED,
    ErrorCode.TIMED_OUT.value: _TIMED_OUT,
    "NO_RESPONSE": _TIMED_OUT,
    ErrorCode.WRONG_SECRET.value: _of_payer("incorrect_otp", "The code is not right."),
    "INVALID_MPIN": _of_payer("incorrect_pin", "The PIN is not right."),
    ErrorCode.INSTRUMENT_DISABLED.value: Failure(
        "card_disabled_for_online_payments", "This card or account is not allowed to pay online.", source="customer"
    ),
    ErrorCode.INVALID_INSTRUMENT.value: Failure("card_number_invalid", "There is no such card or account.", source="customer"),
    ErrorCode.GATEWAY_DOWN.value: Failure("gateway_technical_error", "The bank was not reached.", code=GATEWAY_ERROR, source="gateway"),
}
# By the reason a failed payment gives: those above, and what else Razorpay says.
_CODES = {
    **{failure.reason: ErrorCode(code) for code, failure in FAILURES.items() if code in ErrorCode.values},
    "insufficient_funds": ErrorCode.INSUFFICIENT_FUNDS,
    "payment_declined": ErrorCode.DECLINED,
    "card_declined": ErrorCode.DECLINED,
    "card_expired": ErrorCode.INSTRUMENT_DISABLED,
    "invalid_vpa": ErrorCode.INVALID_INSTRUMENT,
    "bank_technical_error": ErrorCode.GATEWAY_DOWN,
    "server_error": ErrorCode.GATEWAY_DOWN,
    "incorrect_pin": ErrorCode.WRONG_SECRET,
}


def failure_of(status_code: str) -> Failure:
    """What the engine's status code is called here."""
    return FAILURES.get(status_code, _DECLINED)


def failure_code(reason: str | None, error_code: str | None = None) -> ErrorCode:
    """What became of a failed payment in the engine's words, by its reason, else by whose error it was."""
    by_code = ErrorCode.DECLINED if error_code in (None, "", BAD_REQUEST) else ErrorCode.GATEWAY_DOWN
    return _CODES.get(reason or "", by_code)


def refusal_code(http_status: int, description: str) -> ErrorCode:
    """What a 4xx answer to our own request means."""
    if http_status == 401:
        return ErrorCode.BAD_CREDENTIALS
    if http_status == 429:
        return ErrorCode.TOO_MANY
    return ErrorCode.NOT_FOUND if description.strip().rstrip(".") == UNKNOWN_ID else ErrorCode.BAD_REQUEST
