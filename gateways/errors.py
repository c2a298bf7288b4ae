"""Refusals of routing and of the administration of accounts."""

from mypay.kit.errors import ApiError, NotFound, ValidationError


class NoGateway(ApiError):
    """503: none of the merchant's accounts can take the payment now. It names none of them."""

    status = 503
    code = "SERVICE_UNAVAILABLE"

    def __init__(self) -> None:
        super().__init__("This payment cannot be taken at the moment")


def account_not_found() -> NotFound:
    return NotFound("There is no such gateway account", field="account")


def assignment_not_found() -> NotFound:
    return NotFound("The merchant does not use this account", field="account")


def refused(field: str, text: str) -> ValidationError:
    """400 that names the field."""
    return ValidationError(text, field=field)
