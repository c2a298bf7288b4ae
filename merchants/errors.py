"""Refusals about logins and merchants (contract sections 6 and 7)."""

from mypay.kit.errors import ApiError, NotFound, ValidationError


class Unauthorized(ApiError):
    """401: no token, not a valid one, or a wrong password."""

    status = 401
    code = "UNAUTHORIZED"
    timed = False


class Forbidden(ApiError):
    """403: known, but not allowed to."""

    status = 403
    code = "FORBIDDEN"


class TooManyAttempts(ApiError):
    """429: too many wrong passwords for this account or from this address."""

    status = 429
    code = "TOO_MANY_ATTEMPTS"


def wrong_login() -> Unauthorized:
    return Unauthorized("Invalid email or password")


def account_not_active() -> Forbidden:
    return Forbidden("Account is not active")


def role_too_low() -> Forbidden:
    return Forbidden("Your role does not allow this")


def bad_token() -> Unauthorized:
    return Unauthorized("Unauthorized - Invalid or expired token", field="Authorization")


def merchant_not_found() -> NotFound:
    return NotFound("Merchant not found")


def staff_login() -> ValidationError:
    return ValidationError("This login belongs to staff and cannot be changed here")
