"""The magic numbers as people see them: GET /test-scenarios and the page (contract section 5)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from payments import messages
from payments.states import WALLETS, CheckoutStatus, Method
from sandbox.builtin import CARD_NUMBERS, CHALLENGES, MPESA_NUMBERS, UPI_ADDRESSES, WALLET_NUMBERS
from sandbox.states import Challenge, Outcome

_WALLET_USAGE = "Use this mobile number with any PIN"
_CARD_USAGE = "Use this card number with any future expiry date and any CVV"
_ABOUT = {
    Method.EASYPAISA: "Easypaisa mobile wallet",
    Method.JAZZCASH: "JazzCash mobile wallet",
    Method.CARD: "Credit and debit cards",
}
# The contract shows three cards, each by a name of its own.
_SHOWN_CARDS = {
    "4242424242424242": ("success", "Payment succeeds"),
    "4000000000000002": ("decline", "Card declined"),
    "4000000000009995": ("insufficient_funds", "Insufficient funds"),
}
_FURTHER_CARDS = {"4000002760003184": "Asks for 3-D Secure", "4000000000000259": "Succeeds, is disputed later"}
_ASKS = {Challenge.OTP: "Asks for an OTP", Challenge.MPIN: "Asks for the MPIN", Challenge.PHONE: "Asks on the phone"}
_OWN_NUMBERS = {Method.UPI: UPI_ADDRESSES, Method.MPESA: MPESA_NUMBERS}


@dataclass(frozen=True, slots=True)
class Sample:
    """A magic number, or a UPI address, and what becomes of a payment with it."""

    number: str
    label: str
    succeeds: bool
    is_card: bool = False

    @property
    def shown(self) -> str:
        """The number as people read it."""
        return spaced(self.number) if self.is_card else self.number


def samples(method: Method) -> list[Sample]:
    """The numbers to offer on the page for that method."""
    if method == Method.CARD:
        shown = [Sample(number, label, CARD_NUMBERS[number] == Outcome.SUCCESS, True) for number, (_, label) in _SHOWN_CARDS.items()]
        return [*shown, *(Sample(number, label, True, True) for number, label in _FURTHER_CARDS.items())]
    if method in WALLETS:
        asked = [Sample(number, _ASKS[challenge], True) for number, challenge in CHALLENGES.items() if challenge in _ASKS]
        return [*_plain(WALLET_NUMBERS, method), *asked]
    return _plain(_OWN_NUMBERS.get(method, {}), method)


def _plain(numbers: dict[str, Outcome], method: Method) -> list[Sample]:
    return [
        Sample(number, messages.to_payer(outcome.value.upper(), method), outcome == Outcome.SUCCESS) for number, outcome in numbers.items()
    ]


def spaced(card_number: str) -> str:
    """A card number in groups of four."""
    return " ".join(card_number[start : start + 4] for start in range(0, len(card_number), 4))


def sample_card(at: datetime) -> dict[str, str]:
    """What goes with a magic card number when the page fills it in."""
    return {"expiryDate": f"12/{(at.year + 3) % 100:02d}", "cvv": "123", "cardholderName": "Test Customer"}


def overview() -> dict[str, Any]:
    """The body of GET /test-scenarios."""
    wallets = [_wallet_json(number, outcome) for number, outcome in WALLET_NUMBERS.items()]
    cards = [_card_json(number) for number in _SHOWN_CARDS]
    offered = dict.fromkeys(WALLETS, wallets) | {Method.CARD: cards}
    by_outcome = {outcome: number for number, outcome in WALLET_NUMBERS.items()}
    by_name = {name: spaced(number) for number, (name, _) in _SHOWN_CARDS.items()}
    return {
        "success": True,
        "message": "Test scenarios for payment simulation",
        "paymentMethods": {
            method.value: {"name": method.label, "description": _ABOUT[method], "scenarios": offered[method]}
            for method in (Method.EASYPAISA, Method.JAZZCASH, Method.CARD)
        },
        "quickReference": {
            "wallet": {
                "success": by_outcome[Outcome.SUCCESS],
                "failed": by_outcome[Outcome.FAILED],
                "timeout": by_outcome[Outcome.TIMEOUT],
            },
            "card": {
                "success": by_name["success"],
                "decline": by_name["decline"],
                "insufficientFunds": by_name["insufficient_funds"],
            },
        },
    }


def _wallet_json(number: str, outcome: Outcome) -> dict[str, Any]:
    code = outcome.value.upper()
    about = {"description": messages.to_payer(code, Method.JAZZCASH), "paymentMethod": "wallet", "usage": _WALLET_USAGE}
    return {"mobileNumber": number, "scenario": outcome.value, **_result(outcome), **about}


def _card_json(number: str) -> dict[str, Any]:
    name, description = _SHOWN_CARDS[number]
    about = {"description": description, "paymentMethod": "card", "usage": _CARD_USAGE}
    return {"cardNumber": spaced(number), "scenario": name, **_result(CARD_NUMBERS[number]), **about}


def _result(outcome: Outcome) -> dict[str, str]:
    status = CheckoutStatus.COMPLETED if outcome == Outcome.SUCCESS else CheckoutStatus.FAILED
    return {"status": status.value, "statusCode": outcome.value.upper()}
