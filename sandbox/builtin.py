"""The built-in outcome tables, as data (contract sections 2 and 5): first match wins."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mypay.settings import environment
from sandbox.states import Challenge, Flow, Outcome

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
# Payers' numbers; 0302… is the contract's, not a slip.
WALLET_NUMBERS = {
    "03030000000": Outcome.SUCCESS,
    "03021111111": Outcome.FAILED,
    "03032222222": Outcome.TIMEOUT,
    "03033333333": Outcome.REJECTED,
    "03034444444": Outcome.INVALID_OTP,
    "03035555555": Outcome.INSUFFICIENT_FUNDS,
    "03036666666": Outcome.ACCOUNT_DEACTIVATED,
    "03037777777": Outcome.NO_RESPONSE,
    "03038888888": Outcome.INVALID_MPIN,
    "03039999999": Outcome.NOT_APPROVED,
}
CARD_NUMBERS = {
    "4242424242424242": Outcome.SUCCESS,
    "4111111111111111": Outcome.SUCCESS,
    "4000000000000002": Outcome.FAILED,
    "4000000000009995": Outcome.FAILED,
    "4000000000000005": Outcome.FAILED,
    "4000000000000259": Outcome.SUCCESS_THEN_DISPUTED,
    "4000002760003184": Outcome.SUCCESS,
}
UPI_ADDRESSES = {"success@mypay": Outcome.SUCCESS, "failed@mypay": Outcome.FAILED}
MPESA_NUMBERS = {"254708374149": Outcome.SUCCESS}
_OWN_PAYERS = WALLET_NUMBERS | CARD_NUMBERS | UPI_ADDRESSES | MPESA_NUMBERS
MAX_CODE = 24
# Payers' numbers that are asked for more than the form.
CHALLENGES = {
    "03031000001": Challenge.OTP,
    "03031000002": Challenge.MPIN,
    "03031000003": Challenge.PHONE,
    "4000002760003184": Challenge.THREE_DS,
}


@dataclass(frozen=True, slots=True)
class Magic:
    """What a vendor's published test value does; `code` is the status code of its failure, empty for the outcome's own."""

    outcome: Outcome
    code: str = ""
    challenge: str = ""


_published: dict[str, Magic] = {}


def publish(numbers: Mapping[str, Magic]) -> None:
    """Make a vendor's test values known: payers' card numbers, addresses or names. Dialects call this when they are ready.

    Raises ValueError for a value that means something else already: no dialect changes another's.
    """
    for number, magic in numbers.items():
        if _published.get(number, magic) != magic or _OWN_PAYERS.get(number, magic.outcome) != magic.outcome:
            raise ValueError(f"{number} is a test value with another meaning already")
        if len(magic.code) > MAX_CODE:
            raise ValueError(f"{magic.code} is longer than {MAX_CODE} characters")
    _published.update(numbers)


def published(number: str) -> Magic | None:
    """What a vendor says of the payer's number."""
    return _published.get(number)


def is_magic(number: str) -> bool:
    """Whether a table here or a vendor says what becomes of the payer's number."""
    return number in _OWN_PAYERS or number in CHALLENGES or number in _published


def known_cards() -> list[str]:
    """The card numbers that a payment page takes whatever their check digit."""
    return [*CARD_NUMBERS, *(number for number in _published if number.isdigit())]


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
    if flow == Flow.PAYMENT:
        for number, outcome in _OWN_PAYERS.items():
            yield {"number": number}, outcome
        for number in CHALLENGES:
            yield {"number": number}, Outcome.SUCCESS
