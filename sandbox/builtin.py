"""The built-in outcome table, as data (contract section 2): first match wins."""

from collections.abc import Iterator
from typing import Any

from mypay.settings import environment
from sandbox.states import Flow, Outcome

_SUFFIXES = {
    "0001": Outcome.SUCCESS,
    "0002": Outcome.RETRY,
    "0003": Outcome.FAILED,
    "0004": Outcome.PENDING,
    "0005": Outcome.ON_HOLD,
}
_WHOLE_NUMBERS = {
    "1234567890": Outcome.SUCCESS,
    "12345678901": Outcome.SUCCESS,
    "9876543210": Outcome.RETRY,
    "98765432109": Outcome.RETRY,
    "1111111111": Outcome.PENDING,
    "11111111111": Outcome.PENDING,
    "5555555555": Outcome.FAILED,
    "55555555555": Outcome.FAILED,
    "9999999999": Outcome.ON_HOLD,
    "99999999999": Outcome.ON_HOLD,
}


def by_number() -> Iterator[tuple[dict[str, Any], Outcome]]:
    """Rules 2 and 3: what the account number alone decides."""
    for ending, outcome in _SUFFIXES.items():
        yield {"numberEndsWith": ending}, outcome
    if environment.PAYOUT_NUMBER_ALIASES:
        for number, outcome in _WHOLE_NUMBERS.items():
            yield {"number": number}, outcome


def table(flow: Flow) -> Iterator[tuple[dict[str, Any], Outcome]]:
    """The whole table of a flow, in order."""
    if flow == Flow.PAYOUT:
        yield {"minAmount": environment.PAYOUT_REVIEW_AMOUNT}, Outcome.IN_REVIEW
        yield from by_number()
