"""Who pays and with what: read from a complete body; secrets are looked at and dropped here."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mypay.kit.errors import ValidationError
from payments import cards
from payments.states import Method

_MOBILE = re.compile(r"\+?[0-9]{4,15}", re.ASCII)
UPI_ADDRESS = re.compile(r"[a-z0-9._\-]{2,64}@[a-z0-9]{2,32}", re.ASCII)
# What the payment page offers; programs may name any other bank or wallet of that form.
BANKS = {"SBIN": "State Bank of India", "HDFC": "HDFC Bank", "ICIC": "ICICI Bank", "UTIB": "Axis Bank", "KKBK": "Kotak Mahindra Bank"}
WALLET_NAMES = {"amazonpay": "Amazon Pay", "mobikwik": "MobiKwik", "airtelmoney": "Airtel Money", "freecharge": "Freecharge"}
_BANK = re.compile(r"[A-Z0-9_]{2,20}", re.ASCII)
_WALLET_NAME = re.compile(r"[a-z0-9_]{2,30}", re.ASCII)
_METHOD_NAMES = ("paymentMethod", "payment_method")


@dataclass(frozen=True, slots=True)
class Payer:
    """`number` decides the outcome and is not kept; `kept` is: a mobile number, a UPI address, a card's last four,
    a bank's code or a wallet's name.

    `is_sound` tells, of a card, that number, expiry date and CVV are those of a working card.
    """

    method: Method
    number: str
    kept: str
    is_sound: bool = True


def read_payer(body: dict[str, Any], method: str, at: datetime) -> Payer:
    """The payer of a checkout of that method, or of the one the body implies when it has none.

    Raises ValidationError when a number, bank or wallet is missing or cannot be one. A bad card is no
    fault of the request: it is declined (contract section 5).
    """
    chosen = Method(method) if method else _implied(body)
    match chosen:
        case Method.CARD:
            return _card(body, at)
        case Method.UPI:
            return _upi(body)
        case Method.NETBANKING:
            return _named(chosen, "bank", _text(body, "bank").upper(), _BANK, "a bank's code, like HDFC")
        case Method.WALLET:
            return _named(chosen, "wallet", _text(body, "wallet").lower(), _WALLET_NAME, "a wallet's name, like mobikwik")
        case Method.BANK_TRANSFER:  # who sends it shows when it arrives
            return Payer(chosen, "", "")
        case _:
            return _wallet(body, chosen)


def _implied(body: dict[str, Any]) -> Method:
    given = next((body[name] for name in _METHOD_NAMES if body.get(name)), "")
    if given:
        name = given.strip().lower() if isinstance(given, str) else ""
        if name not in Method.values:
            raise ValidationError(f"paymentMethod must be one of {', '.join(Method.values)}", field="paymentMethod")
        return Method(name)
    return Method.CARD if "cardNumber" in body else Method.JAZZCASH


def _wallet(body: dict[str, Any], method: Method) -> Payer:
    number = cards.digits_of(_text(body, "mobileNumber"))
    if not number:
        raise ValidationError("mobileNumber is required", field="mobileNumber")
    if not _MOBILE.fullmatch(number):
        raise ValidationError("mobileNumber must be a mobile number, like 03001234567", field="mobileNumber")
    return Payer(method, number, number)


def _upi(body: dict[str, Any]) -> Payer:
    """A UPI address, or nobody yet: a QR code may be scanned by anyone."""
    address = _text(body, "vpa").lower()
    if address and not UPI_ADDRESS.fullmatch(address):
        raise ValidationError("vpa must be a UPI address, like name@bank", field="vpa")
    return Payer(Method.UPI, address, address)


def _named(method: Method, member: str, name: str, form: re.Pattern[str], like: str) -> Payer:
    """The bank or wallet of the payer's choice, where he then says yes or no."""
    if not name:
        raise ValidationError(f"{member} is required", field=member)
    if not form.fullmatch(name):
        raise ValidationError(f"{member} must be {like}", field=member)
    return Payer(method, name, name)


def _card(body: dict[str, Any], at: datetime) -> Payer:
    number = cards.digits_of(_text(body, "cardNumber"))
    is_sound = cards.is_valid_number(number) and cards.is_in_date(_text(body, "expiryDate"), at) and cards.is_valid_cvv(_text(body, "cvv"))
    return Payer(Method.CARD, number, cards.last_four(number), is_sound)


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > 100:
        raise ValidationError(f"{name} must be text of at most 100 characters", field=name)
    return value.strip()
