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


def key_not_found() -> NotFound:
    """404: unknown, revoked or another merchant's."""
    return NotFound("API key not found")


def address_not_allowed() -> ApiError:
    """403: a good key, used from an address that is not on its list."""
    refused = ApiError("This API key may not be used from this address", code="IP_NOT_ALLOWED", status=403, field="X-API-KEY")
    refused.timed = False
    return refused


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


def feature_off() -> Forbidden:
    return Forbidden("This feature is switched off", code="FEATURE_OFF")


def second_factor_missing() -> Forbidden:
    return Forbidden("Set up a second factor in the admin portal first", code="SECOND_FACTOR_REQUIRED")


def staff_help() -> Forbidden:
    return Forbidden("Only an administrator may do this for a member of staff")
