"""Ask the gateway whether it accepts an account's credentials."""

from audit.services.record import record
from audit.tags import Tag
from gateways.contract import ErrorCode, FateUnknown, GatewayRefused
from gateways.models import GatewayAccount
from gateways.selectors import connector_of
from mypay.kit import clock, sql

_GONE = "This MyPay has no such gateway"
_NO_ANSWER = "The gateway gave no answer that could be read"
_MAX_ERROR = 200


def check_account(*, account: GatewayAccount) -> str:
    """What is wrong, empty when all is well; kept on the account. A real call, so outside any transaction."""
    error = _error_of(account)[:_MAX_ERROR]
    account.checked_at, account.check_error = clock.real_now(), error

    def effect() -> None:
        account.save(update_fields=["checked_at", "check_error"])
        record(tag=Tag.GATEWAY_ACCOUNT_CHECKED, resource_id=account.pk, details={"error": error})

    sql.in_transaction(effect)
    return error


def _error_of(account: GatewayAccount) -> str:
    try:
        connector_of(account).check()
    except KeyError:
        return _GONE
    except GatewayRefused as no:
        return f"{ErrorCode(no.code).label}. {no.detail}".strip(" .")
    except FateUnknown:
        return _NO_ANSWER
    return ""
