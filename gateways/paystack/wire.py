"""Paystack's words and signature (contract providers/paystack).

Pure: no HTTP, no row. Its amounts are the currency's minor units as ours are, its times ISO 8601 with milliseconds.
"""

import hmac
import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from gateways.contract import ErrorCode, Fate
from mypay.kit.clock import iso as iso

NAME = "paystack"
PRODUCTION_URL = "https://api.paystack.co"
CURRENCIES = ("NGN", "KES", "USD")  # those of Paystack's that the engine has, too

SIGNATURE_HEADER = "x-paystack-signature"
CHARGE_SUCCESS = "charge.success"

CUSTOMER, AUTHORIZATION, RECIPIENT, TRANSFER = "CUS_", "AUTH_", "RCP_", "TRF_"
REFERENCE = re.compile(r"[A-Za-z0-9.=-]{1,100}", re.ASCII)
TRANSFER_REFERENCE = re.compile(r"[a-z0-9_-]{16,50}", re.ASCII)
PAGE = re.compile(r"https?://[^\s]{1,490}")  # where a payer is sent
DIGITS = re.compile(r"[0-9]{1,18}", re.ASCII)

API_ERROR, VALIDATION_ERROR, PROCESSOR_ERROR = "api_error", "validation_error", "processor_error"
INVALID_KEY = "Invalid key"
DUPLICATE_REFERENCE = "Duplicate Transaction Reference"
NO_TRANSACTION = "Transaction reference not found"
FULLY_REVERSED = "Transaction has been fully reversed"


def signature(body: bytes, secret_key: str) -> str:
    """Of a webhook's raw body: the secret key of the API signs it, there is no other secret."""
    return hmac.digest(secret_key.encode(errors="replace"), body, "sha512").hex()


def moment(text: str) -> datetime:
    """A time that Paystack wrote, `2024-08-22T09:15:02.000Z`; raises ValueError."""
    return datetime.fromisoformat(text)


ABANDONED, ONGOING, SUCCESS, REVERSED, FAILED = "abandoned", "ongoing", "success", "reversed", "failed"
TRANSACTION_FATES = {
    ONGOING: Fate.PENDING,
    ABANDONED: Fate.PENDING,
    "pending": Fate.PENDING,
    "processing": Fate.PENDING,
    "queued": Fate.PENDING,
    SUCCESS: Fate.CAPTURED,
    FAILED: Fate.FAILED,
    REVERSED: Fate.REFUNDED,
}
# Nobody captures at Paystack: a promise is a payment that goes on.
TRANSACTION_STATUSES = {
    Fate.PENDING: ONGOING,
    Fate.AUTHORIZED: ONGOING,
    Fate.CAPTURED: SUCCESS,
    Fate.FAILED: FAILED,
    Fate.REFUNDED: REVERSED,
}
NEEDS_ATTENTION = "needs-attention"
# A refund that needs attention goes on once the payer's account is given.
REFUND_FATES = {
    "pending": Fate.PENDING,
    "processing": Fate.PENDING,
    NEEDS_ATTENTION: Fate.PENDING,
    "processed": Fate.REFUNDED,
    "failed": Fate.FAILED,
}
REFUND_TAKES = timedelta(days=10)  # until which it says a payer has his money
REFUND_STATUSES = {Fate.PENDING: "pending", Fate.REFUNDED: "processed", Fate.FAILED: "failed"}
REFUND_EVENTS = frozenset(f"refund.{status}" for status in REFUND_FATES)

# How somebody paid, in the engine's words and back. A bank is asked for a transfer; whatever phone pays is mobile money.
METHODS = {
    "card": "card",
    "bank": "bank_transfer",
    "bank_transfer": "bank_transfer",
    "ussd": "bank_transfer",
    "mobile_money": "mpesa",
}
CHANNELS = {
    "card": "card",
    "bank_transfer": "bank_transfer",
    "netbanking": "bank",
    "mpesa": "mobile_money",
    "wallet": "mobile_money",
    "jazzcash": "mobile_money",
    "easypaisa": "mobile_money",
    "upi": "qr",
}

APPROVED = "Successful"
_DECLINED = "Declined"
NO_TOKEN = "TOKEN_NOT_GENERATED"  # a test card's code, beside the engine's
_TIMED_OUT = "The transaction was not completed in time"
_CANCELLED = "The transaction was cancelled by the customer"
# What `gateway_response` says of a failure, by the engine's status code; whatever is not here was declined.
FAILURES: Mapping[str, str] = {
    ErrorCode.DECLINED.value: _DECLINED,
    ErrorCode.INSUFFICIENT_FUNDS.value: "Insufficient Funds",
    ErrorCode.NOT_APPROVED.value: "The customer did not authorize the transaction",
    ErrorCode.CANCELLED_BY_PAYER.value: _CANCELLED,
    "CANCELLED": _CANCELLED,
    ErrorCode.TIMED_OUT.value: _TIMED_OUT,
    "NO_RESPONSE": _TIMED_OUT,
    ErrorCode.WRONG_SECRET.value: "Incorrect OTP",
    "INVALID_MPIN": "Incorrect PIN",
    ErrorCode.INSTRUMENT_DISABLED.value: "Restricted Card",
    ErrorCode.INVALID_INSTRUMENT.value: "Invalid Card Number",
    ErrorCode.GATEWAY_DOWN.value: "Issuer or Switch Inoperative",
    NO_TOKEN: "Token Not Generated. Customer Not Registered on Token Platform",
}
_CODES = {
    **{words.lower(): ErrorCode(code) for code, words in FAILURES.items() if code in ErrorCode.values},
    "incorrect pin": ErrorCode.WRONG_SECRET,
    "not sufficient funds": ErrorCode.INSUFFICIENT_FUNDS,
    "expired card": ErrorCode.INSTRUMENT_DISABLED,
    "system malfunction": ErrorCode.GATEWAY_DOWN,
}


def failure_words(status_code: str) -> str:
    """What the engine's status code is called in `gateway_response`."""
    return FAILURES.get(status_code, _DECLINED)


def failure_code(gateway_response: str | None) -> ErrorCode:
    """What became of a failed transaction in the engine's words; whatever is not known was declined."""
    return _CODES.get((gateway_response or "").strip().rstrip(".").lower(), ErrorCode.DECLINED)


def refusal_code(http_status: int, message: str, code: str | None = None) -> ErrorCode:
    """What a 4xx answer to our own request means."""
    if http_status == 401:
        return ErrorCode.BAD_CREDENTIALS
    if http_status == 429:
        return ErrorCode.TOO_MANY
    is_unknown = http_status == 404 or code == "transaction_not_found" or "not found" in message.lower()
    return ErrorCode.NOT_FOUND if is_unknown else ErrorCode.BAD_REQUEST
