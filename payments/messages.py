"""What each status code says, to the payer and to the merchant's webhook (contract section 5)."""

from payments.states import (
    AUTHORIZATION_EXPIRED_CODE,
    AUTHORIZED_CODE,
    CANCELLED_CODE,
    EXPIRED_CODE,
    REVERSED_CODE,
    VOIDED_CODE,
    CheckoutStatus,
    Method,
)

SUCCESS_CODE, FAILED_CODE = "SUCCESS", "FAILED"
_TO_PAYER = {
    SUCCESS_CODE: "Payment successful",
    FAILED_CODE: "Transaction failed",
    "TIMEOUT": "Transaction timed-out",
    "REJECTED": "Customer rejected transaction",
    "INVALID_OTP": "Customer entered invalid OTP",
    "INSUFFICIENT_FUNDS": "Insufficient credit",
    "ACCOUNT_DEACTIVATED": "Account deactivated",
    "NO_RESPONSE": "No response from wallet partner",
    "INVALID_MPIN": "Customer entered invalid MPIN",
    "NOT_APPROVED": "Customer didn't approve",
    "INVALID_INSTRUMENT": "Payment details are not valid",
    "GATEWAY_ERROR": "The bank could not be reached",
}
_CARD_TO_PAYER = {SUCCESS_CODE: "Payment completed successfully", FAILED_CODE: "Card payment declined"}
_TO_WEBHOOK = {
    SUCCESS_CODE: "Payment completed successfully",
    FAILED_CODE: "Transaction failed",
    "TIMEOUT": "Transaction timed out",
    "REJECTED": "Customer rejected the transaction",
    "INVALID_OTP": "Invalid OTP entered",
    "INSUFFICIENT_FUNDS": "Insufficient funds in wallet",
    "ACCOUNT_DEACTIVATED": "Wallet account is deactivated",
    "NO_RESPONSE": "No response from wallet partner",
    "INVALID_MPIN": "Invalid MPIN entered",
    "NOT_APPROVED": "Customer did not approve the transaction",
    "INVALID_INSTRUMENT": "Payment details were not valid",
    "GATEWAY_ERROR": "The bank or network could not be reached",
    CANCELLED_CODE: "Payment cancelled by the customer",
    EXPIRED_CODE: "Payment session has expired",
    AUTHORIZED_CODE: "Payment authorized",
    VOIDED_CODE: "Authorization voided by the merchant",
    AUTHORIZATION_EXPIRED_CODE: "Authorization expired before its capture",
    REVERSED_CODE: "Payment reversed by the payment partner",
}
_ENDED_LATER = (VOIDED_CODE, AUTHORIZATION_EXPIRED_CODE, REVERSED_CODE)
OTHER_NUMBER_FAILED = "Payment failed"
ALREADY_PROCESSED = "Payment already processed"
HAS_EXPIRED = "Payment session has expired"
CANCELLED = "Payment cancelled"
ACTION_REQUIRED = "Confirm the payment to go on"
IN_PROGRESS = "Payment is being processed"
_UNKNOWN = "Transaction processing failed"
_PENDING = "Transaction is pending"


def to_payer(code: str, method: Method) -> str:
    """The message of a complete reply."""
    return (_CARD_TO_PAYER.get(code) if method == Method.CARD else None) or _TO_PAYER.get(code, _UNKNOWN)


def to_webhook(status: str, code: str) -> str:
    """The message of a webhook."""
    return _PENDING if status == CheckoutStatus.PENDING else _TO_WEBHOOK.get(code, _UNKNOWN)


def to_result(code: str, method: str) -> str:
    """What the result page says."""
    own = {CANCELLED_CODE: CANCELLED, EXPIRED_CODE: HAS_EXPIRED, AUTHORIZED_CODE: _TO_PAYER[SUCCESS_CODE]}
    ended = _TO_WEBHOOK[code] if code in _ENDED_LATER else ""
    return own.get(code) or ended or to_payer(code, Method(method or Method.JAZZCASH))
