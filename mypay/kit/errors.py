"""Errors are classes with a stable code and an HTTP status; each dialect shapes them its way."""


class ApiError(Exception):
    """A refusal that a client may read.

    `field` names the input at fault and `detail` says more than the contract's fixed message may;
    both travel as headers, so that the wire body stays the contract's. `timed` tells whether the
    core dialect adds `timestamp` (contract section 1: not on auth and idempotency errors).
    """

    status = 400
    code = "VALIDATION_ERROR"
    timed = True

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        status: int | None = None,
        field: str = "",
        detail: str = "",
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.status = status or self.status
        self.field = field
        self.detail = detail
        self.retry_after = retry_after

    @property
    def headers(self) -> dict[str, str]:
        """Header lines that go with the refusal."""
        named = {
            "X-MyPay-Error-Field": self.field,
            "X-MyPay-Error-Detail": self.detail,
            "Retry-After": "" if self.retry_after is None else str(self.retry_after),
        }
        return {name: _printable(value) for name, value in named.items() if value}


def _printable(text: str) -> str:
    """What a header can carry of a text that may be the client's own."""
    return "".join(character if " " <= character <= "~" else "?" for character in text[:200])


class ValidationError(ApiError):
    """400: the request itself is wrong."""


class MalformedBody(ValidationError):
    """400: the body cannot be read as what it says it is."""


class UnsupportedMediaType(ApiError):
    """415: a body that is neither JSON nor a form."""

    status = 415
    code = "UNSUPPORTED_MEDIA_TYPE"


class AuthenticationError(ApiError):
    """401: no key, or not a valid one."""

    status = 401
    code = "INVALID_API_KEY"
    timed = False


class NotFound(ApiError):
    """404: unknown, or another merchant's: the same answer."""

    status = 404
    code = "NOT_FOUND"


class IdempotencyError(ApiError):
    """400 or 409: the idempotency key is absent, malformed, in use or used for something else."""

    code = "MISSING_IDEMPOTENCY_KEY"
    timed = False


class InvalidStatus(ApiError):
    """400: the object is not in a state that allows this."""

    code = "INVALID_STATUS"


class InsufficientBalance(ApiError):
    """400: the available bucket holds less than the amount."""

    code = "INSUFFICIENT_BALANCE"


class DuplicateReference(ApiError):
    """409: this merchant has used the reference before."""

    status = 409
    code = "DUPLICATE_REFERENCE"


class BalanceConflict(ApiError):
    """409: the balance stayed locked by others for too long; the client may try again."""

    status = 409
    code = "BALANCE_CONFLICT"


class StaleState(Exception):
    """Somebody else moved the row first; the caller has nothing left to do."""
