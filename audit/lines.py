"""The contract's audit lines that are not requests: who came in, and what happened to money (section 11)."""

from typing import Any

import structlog

from audit import context

_log = structlog.get_logger("mypay.audit")


def authenticated(*, success: bool, api_key_hash: str, reason: str) -> None:
    """AUDIT-AUTH: a key was shown; `reason` is SUCCESS or the refusal's code."""
    ip = context.current().ip
    told = {"success": success, "api_key_hash": api_key_hash, "reason": reason, "ip_address": ip}
    _log.info("AUDIT-AUTH", log_type="AUTHENTICATION", **told)


def transaction(transaction_type: str, data: dict[str, Any]) -> None:
    """AUDIT-TRANSACTION: PAYOUT_CREATED, PAYOUT_SUCCESS, PAYOUT_FAILED or BALANCE_CHANGE, after its commit."""
    _log.info("AUDIT-TRANSACTION", log_type="TRANSACTION", transaction_type=transaction_type, data=data)
