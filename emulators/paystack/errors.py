"""Paystack's refusals: one envelope, HTTP 400 for nearly everything."""

from typing import Any

from gateways.paystack import wire
from mypay.kit.api import Reply
from mypay.kit.errors import ApiError, ValidationError

_FAULT = "We could not complete your request. Please try again shortly."
_WORDS = {401: wire.INVALID_KEY, 429: "Too many requests. Please try again after some time."}
# By the engine's code: Paystack's message and its code.
_BY_CODE = {
    "DUPLICATE_REFERENCE": (wire.DUPLICATE_REFERENCE, "duplicate_reference"),
    "INSUFFICIENT_BALANCE": ("Your balance is not enough to fulfil this request", "insufficient_balance"),
}
_CHECK, _RETRY = "Check the value that is named, then try again", "Try again after some time"


class Refused(ApiError):
    """400 unless said otherwise. `code` is Paystack's word, `type` one of its three, `next_step` what to do about it."""

    def __init__(
        self, message: str, code: str, *, field: str = "", status: int = 400, type: str = wire.API_ERROR, next_step: str = _CHECK
    ) -> None:
        super().__init__(message, code=code, field=field, status=status)
        self.type, self.next_step = type, next_step


class InvalidParams(Refused):
    """400: a member is missing or cannot be read."""

    def __init__(self, message: str, field: str, *, code: str = "invalid_params") -> None:
        super().__init__(message, code, field=field, type=wire.VALIDATION_ERROR)


def not_found(what: str) -> Refused:
    """404: unknown, or somebody else's."""
    return Refused(f"{what} not found", f"{what.lower().replace(' ', '_')}_not_found", status=404)


def error_reply(refused: ApiError) -> Reply:
    """`{"status":false,…}` of any refusal of the engine's or ours."""
    status = 400 if refused.code in _BY_CODE else refused.status
    return Reply.of(status, _error(refused, status), refused.headers)


def _error(refused: ApiError, status: int) -> dict[str, Any]:
    if status == 401:
        return {"status": False, "message": _WORDS[401]}
    if isinstance(refused, Refused):
        return _envelope(refused.message, refused.next_step, refused.type, refused.code)
    message, code = _BY_CODE.get(refused.code, (refused.message, "unknown"))
    if status >= 500 or status == 429:
        return _envelope(_WORDS.get(status, _FAULT), _RETRY, wire.API_ERROR, code)
    return _envelope(message, _CHECK, wire.VALIDATION_ERROR if isinstance(refused, ValidationError) else wire.API_ERROR, code)


def _envelope(message: str, next_step: str, type: str, code: str) -> dict[str, Any]:
    return {"status": False, "message": message, "meta": {"nextStep": next_step}, "type": type, "code": code}
