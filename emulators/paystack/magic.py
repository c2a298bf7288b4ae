"""Paystack's published test values: cards and what their banks ask for, phones and bank accounts."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gateways.contract import ErrorCode
from gateways.paystack import wire
from payments import cards
from payments.scenarios import Sample
from payments.services.challenge import RIGHT_OTP, RIGHT_PIN
from payments.states import Method
from sandbox.builtin import Magic, known_cards
from sandbox.states import Challenge, Outcome


class Step(StrEnum):
    """What a charge waits for."""

    PIN = "send_pin"
    OTP = "send_otp"
    PHONE = "send_phone"
    BIRTHDAY = "send_birthday"
    ADDRESS = "send_address"
    URL = "open_url"
    OFFLINE = "pay_offline"


@dataclass(frozen=True, slots=True)
class Card:
    """A test card: what is asked for, in order, of which the engine asks the last; its PIN, the status code of its failure,
    and what becomes of its refunds.
    """

    number: str
    label: str
    steps: tuple[Step, ...] = ()
    pin: str = ""
    code: str = ""
    refund: Outcome = Outcome.SUCCESS


CARDS = (
    Card("4084084084084081", "Succeeds"),
    Card("507850785078507812", "Asks for the PIN 1111", (Step.PIN,), "1111"),
    Card("5060666666666666666", "Asks for the PIN 1234, then an OTP", (Step.PIN, Step.OTP), "1234"),
    Card("507850785078507804", "Asks for the PIN 0000, a phone, an OTP", (Step.PIN, Step.PHONE, Step.OTP), "0000"),
    Card("5192602720584796", "Asks on the bank’s page", (Step.URL,)),
    Card("4084080000005408", "Declined", code=ErrorCode.DECLINED.value),
    Card("507850785078507853", "Fails: token not generated", (Step.PIN,), "0000", wire.NO_TOKEN),
    Card("4084080000670037", "Fails: insufficient funds", code=ErrorCode.INSUFFICIENT_FUNDS.value),
    Card("4084080000671803", "Succeeds, its refund fails", refund=Outcome.FAILED),
    Card("4084080000671902", "Succeeds, its refund needs attention", refund=Outcome.PENDING),
)
_BY_ENDS = {(card.number[:6], card.number[-4:]): card for card in CARDS}
_CHALLENGES = {Step.PIN: Challenge.MPIN, Step.OTP: Challenge.OTP, Step.URL: Challenge.THREE_DS}
PHONE = "254710000000"
# Bank accounts, given for a refund that needs attention: one does not get it, the other needs attention again.
FAILING_ACCOUNT, STUCK_ACCOUNT = "1012204936", "1012204935"
PASSWORDS = "|".join(dict.fromkeys([RIGHT_OTP, RIGHT_PIN, *(card.pin for card in CARDS if card.pin)]))
_VERVE = ("5060", "5061", "5078", "6500")
_FILLER = "00000"


def published() -> dict[str, Magic]:
    """The values as the engine takes them; a phone is asked by itself and then pays."""
    phones = {PHONE: Magic(Outcome.PENDING_THEN_SUCCESS, challenge=Challenge.NONE)}
    return {card.number: _magic(card) for card in CARDS} | phones


def _magic(card: Card) -> Magic:
    challenge = _CHALLENGES[card.steps[-1]] if card.steps else Challenge.NONE
    return Magic(Outcome.FAILED if card.code else Outcome.SUCCESS, card.code, challenge)


def samples(method: Method) -> list[Sample]:
    """What to offer on the page for that method."""
    if method == Method.MPESA:
        return [Sample(PHONE, "Succeeds", True)]
    return [Sample(card.number, card.label, not card.code, True) for card in CARDS] if method == Method.CARD else []


def card_of(bin: str, last4: str) -> Card | None:
    """The test card with those ends."""
    return _BY_ENDS.get((bin, last4))


def number_of(bin: str, last4: str) -> str:
    """A card that is charged again: the test card with those ends, else a sound number that has them."""
    known = next((number for number in known_cards() if number.startswith(bin) and number.endswith(last4)), "")
    return known or next(number for digit in range(10) if cards.is_valid_number(number := f"{bin}{_FILLER}{digit}{last4}"))


def about(method: Method, body: Mapping[str, Any]) -> dict[str, Any]:
    """What Paystack keeps of how somebody pays; of a card its first six digits beside the last four that the engine keeps."""
    if method != Method.CARD:
        return {}
    number = cards.digits_of(str(body.get("cardNumber", "")))
    month, _, year = str(body.get("expiryDate", "")).partition("/")
    brand = "verve" if number.startswith(_VERVE) else cards.network_of(number).lower()
    return {"bin": number[:6], "exp_month": month, "exp_year": f"20{year[-2:]}", "brand": brand, "name": body.get("cardholderName", "")}
