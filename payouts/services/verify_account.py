"""Whether an account could be paid (contract section 1, verify-account)."""

from typing import Any

from mypay.kit import idempotency, sql
from mypay.kit.api import Reply, success
from mypay.kit.errors import ValidationError
from mypay.kit.idempotency import Claim
from payouts.models import DirectoryEntry
from payouts.states import DestinationType
from payouts.validation import CURRENCY, Destination, read_verification
from sandbox.matching import Facts
from sandbox.services.decide import by_number
from sandbox.states import Outcome

_INVALID = {
    Outcome.FAILED: "Account validation failed",
    Outcome.ON_HOLD: "Account is blocked or restricted",
}
_TITLES = {
    Outcome.SUCCESS: "Test User Success",
    Outcome.RETRY: "Test User Retry",
    Outcome.PENDING: "Test User Pending",
}
_INACTIVE = {
    DestinationType.BANK: ("Bank not found or inactive", "bankCode"),
    DestinationType.WALLET: ("Wallet not found or inactive", "walletCode"),
}


def verify_account(*, body: dict[str, Any], claim: Claim) -> Reply:
    """200 with `isValid` and, when valid, the holder's name; refusals as in section 1."""

    def effect() -> Reply:
        reply = success(200, _answer(read_verification(body)))
        sql.transact([claim.record(reply)])
        return reply

    return idempotency.once(claim, effect)


def _answer(destination: Destination) -> dict[str, Any]:
    code = destination.bank_code or destination.wallet_code
    if not DirectoryEntry.objects.filter(kind=destination.type, code=code, is_active=True).exists():
        message, field = _INACTIVE[destination.type]
        raise ValidationError(message, field=field)
    outcome = by_number(Facts(amount=0, currency=CURRENCY, number=destination.account_number))
    if outcome in _INVALID:
        return {"isValid": False, "message": _INVALID[outcome]}
    title = "Test User" if outcome is None else _TITLES[outcome]
    return {"isValid": True, "accountTitle": title, "message": "Account verified successfully"}
