"""Razorpay's refusals: one envelope, three codes, HTTP 400 for nearly everything."""

from typing import Any

from gateways.razorpay import wire
from mypay.kit.api import Reply
from mypay.kit.errors import ApiError, NotFound, ValidationError

NO_SUCH_URL = "The requested URL was not found on the server."
_FAULT = "We are facing some trouble completing your request at the moment. Please try again shortly."
_WORDS = {401: wire.AUTHENTICATION_FAILED, 429: "Request failed. Please try again after some time."}
_BY_CODE = {
    "NOT_FOUND": wire.UNKNOWN_ID,
    "IDEMPOTENCY_KEY_CONFLICT": "Different request with the same idempotency key has already been processed.",
    "INSUFFICIENT_BALANCE": "Your account does not have enough balance to carry out this operation.",
}
_STILL_RUNNING = "Request with the same idempotency key is still being processed. Please try again after some time."
_INPUT = "input_validation_failed"


class BadRequest(ApiError):
    """400: the request is refused; `reason` is the vendor's word for why."""

    code = wire.BAD_REQUEST

    def __init__(self, message: str, *, field: str = "", status: int = 400, reason: str = _INPUT) -> None:
        super().__init__(message, field=field, status=status)
        self.reason = reason


def error_reply(refused: ApiError) -> Reply:
    """`{"error":{…}}` of any refusal of the engine's or ours."""
    status = 400 if isinstance(refused, NotFound) else refused.status
    return Reply.of(status, {"error": _error(refused, status)}, refused.headers)


def _error(refused: ApiError, status: int) -> dict[str, Any]:
    if status == 401:
        return {"code": wire.BAD_REQUEST, "description": _WORDS[401]}
    if status >= 500:
        return _envelope(wire.SERVER_ERROR, _FAULT, "internal", "server_error")
    words = _STILL_RUNNING if status == 409 and refused.retry_after else _WORDS.get(status) or _BY_CODE.get(refused.code, refused.message)
    named = isinstance(refused, BadRequest | ValidationError) and refused.field
    reason = getattr(refused, "reason", _INPUT)
    return _envelope(wire.BAD_REQUEST, words, "business", reason) | ({"field": refused.field} if named else {})


def _envelope(code: str, description: str, source: str, reason: str) -> dict[str, Any]:
    return {"code": code, "description": description, "source": source, "step": "payment_initiation", "reason": reason, "metadata": {}}
