"""Razorpay's published test values, as the page offers them, and what is known of a card by its number."""

from collections.abc import Mapping
from typing import Any

from gateways.razorpay import wire
from payments import cards
from payments.scenarios import Sample
from payments.states import Method
from sandbox.builtin import Magic
from sandbox.states import Challenge, Outcome

SUCCESS_VPA, FAILURE_VPA = "success@razorpay", "failure@razorpay"
CARDS = {
    "4100280000001007": "Visa",
    "5500670000001002": "Mastercard",
    "6527658900001005": "RuPay",
    "36082800091007": "Diners Club",
    "340256000401007": "American Express",
}
INTERNATIONAL = ("5555555555554444", "5105105105105100", "5104060000000008", "4012888888881881")
# By the reason that a failed payment then gives: Visa, Mastercard.
ERROR_CARDS = {
    "payment_timed_out": ("4100280000090000", "5305620000060000"),
    "insufficient_fund": ("4100280000080001", "5305620000050001"),
    "payment_cancelled": ("4100280000070002", "5305620000040002"),
    "card_declined": ("4100280000060003", "5305620000030003"),
    "card_disabled_for_online_payments": ("4100280000030006", "5305620000000006"),
    "card_number_invalid": ("4100280000010008", "5305620000080008"),
    "gateway_technical_error": ("4100280000020007", "5305620000090007"),
    "authentication_failed": ("4100280000000009", "5305620000070009"),
}


def published() -> dict[str, Magic]:
    """The values as the engine takes them: a card's bank asks first, and fails as the card says.

    The international cards are everybody's sample cards: they pay as any sound card does.
    """
    good = dict.fromkeys(CARDS, Magic(Outcome.SUCCESS, challenge=Challenge.THREE_DS))
    bad = {
        number: Magic(Outcome.FAILED, _code(reason), Challenge.THREE_DS) for reason, numbers in ERROR_CARDS.items() for number in numbers
    }
    upi = {SUCCESS_VPA: Outcome.SUCCESS, FAILURE_VPA: Outcome.FAILED}
    return good | bad | {address: Magic(outcome, challenge=Challenge.NONE) for address, outcome in upi.items()}


def _code(reason: str) -> str:
    """The engine's status code that is called so; the one card that is plainly declined has a code of its own."""
    return wire.CARD_DECLINED if reason == "card_declined" else wire.failure_code(reason).value


def samples(method: Method) -> list[Sample]:
    """What to offer on the page for that method: of a bank or wallet nothing, its page asks."""
    if method == Method.UPI:
        return [Sample(SUCCESS_VPA, "Succeeds", True), Sample(FAILURE_VPA, "Fails", False)]
    if method != Method.CARD:
        return []
    good = [Sample(number, network, True, True) for number, network in [*CARDS.items(), (INTERNATIONAL[0], "International")]]
    bad = [Sample(visa, f"Fails: {reason.replace('_', ' ')}", False, True) for reason, (visa, _) in ERROR_CARDS.items()]
    return [*good, *bad]


def about(method: Method, body: Mapping[str, Any]) -> dict[str, Any]:
    """What Razorpay keeps of how somebody pays; of a card nothing that would tell its number."""
    if method != Method.CARD:
        return {name: body[name] for name in ("bank", "wallet") if body.get(name)}
    number = cards.digits_of(str(body.get("cardNumber", "")))
    network = cards.network_of(number) or "Unknown"
    return {"name": body.get("cardholderName", ""), "network": network, "international": number in INTERNATIONAL}
