"""What a decided outcome is called in status codes, and where the words of a merchant's rule belong."""

from payments.states import PROCESSING_CODE, REVERSED_CODE
from sandbox.services.decide import Decision
from sandbox.states import DecidedBy, Outcome

_OWN_CODES = frozenset(
    {
        Outcome.TIMEOUT, Outcome.REJECTED, Outcome.INVALID_OTP, Outcome.INSUFFICIENT_FUNDS, Outcome.ACCOUNT_DEACTIVATED,
        Outcome.NO_RESPONSE, Outcome.INVALID_MPIN, Outcome.NOT_APPROVED,
    }
)  # fmt: skip
_SUCCESS_CODE, _FAILED_CODE = Outcome.SUCCESS.value.upper(), Outcome.FAILED.value.upper()
# The step of each outcome that a rule's reason is about; of any other it is the failure.
_ABOUT = {
    Outcome.SUCCESS: _SUCCESS_CODE,
    Outcome.PENDING_THEN_SUCCESS: _SUCCESS_CODE,
    Outcome.SUCCESS_THEN_DISPUTED: _SUCCESS_CODE,
    Outcome.SUCCESS_THEN_REVERSED: REVERSED_CODE,
    Outcome.PENDING: PROCESSING_CODE,
}


def failure_code(decision: Decision) -> str:
    """The status code of a payment that fails: the rule's, the outcome's own, or FAILED."""
    own = decision.outcome.value.upper() if decision.outcome in _OWN_CODES else _FAILED_CODE
    return decision.code or own


def declined_code(decision: Decision, usual: str) -> str:
    """The status code when the payer declines: of a vendor's test value that fails, the failure's own."""
    is_failure = decision.outcome in _OWN_CODES or decision.outcome == Outcome.FAILED
    return failure_code(decision) if is_failure and decision.decided_by == DecidedBy.VENDOR else usual


def reason_for(decision: Decision, status_code: str) -> str:
    """The words that a rule gave to what came about; empty without any, and for any other step."""
    return decision.reason if status_code == (_ABOUT.get(decision.outcome) or failure_code(decision)) else ""
