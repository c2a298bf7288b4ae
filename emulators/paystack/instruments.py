"""What a charge is paid with: a card, one that was charged before, a bank account, a phone, a USSD code or a transfer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from emulators import ids
from emulators.paystack import magic, objects
from emulators.paystack.errors import InvalidParams, Refused
from emulators.paystack.magic import Step
from emulators.paystack.reading import read
from gateways.paystack import wire
from merchants.models import Merchant
from payments import cards
from payments.models import Payment
from payments.states import Method
from payments.validation import currencies_of

_KENYA = ("mpesa", "mpesa_offline", "mptill")
_USSD = ("737", "919", "822", "966")
_TOKEN_BANK = "50211"  # Kuda: a phone and a token, where others want a birthday and an OTP
_ANY_CVV = "000"
_OTHER_EMAIL = "Email does not match Authorization code. Authorization may be inactive or belong to a different email. Please confirm."


@dataclass(frozen=True)
class Instrument:
    """`body` is what the engine is paid with, `kept` what Paystack keeps of it, `before` what it asks for ahead of the engine."""

    method: Method
    body: Mapping[str, Any]
    kept: Mapping[str, Any]
    before: tuple[Step, ...] = ()
    shown: Mapping[str, Any] = field(default_factory=dict)
    is_known: bool = False  # charged before: nothing is asked for any more


def read_instrument(merchant: Merchant, body: Mapping[str, Any], email: str, currency: str) -> Instrument:
    """The one that the body names; raises InvalidParams naming the member, Refused for an authorisation that is not the customer's."""
    if body.get("authorization_code"):
        return charged_before(merchant, body, email)
    name = next((name for name in (*_READERS, *_ELSEWHERE) if body.get(name)), "")
    if not name:
        raise InvalidParams(f"Charge needs one of authorization_code, {', '.join(_READERS)}", "card", code="missing_params")
    made = _READERS[name](body) if name in _READERS else None
    if made is None or currency not in currencies_of(made.method):
        raise InvalidParams(f"{name} is not available in {currency}", name, code="channel_not_available")
    return made


def charged_before(merchant: Merchant, body: Mapping[str, Any], email: str) -> Instrument:
    """The card behind `authorization_code`; raises InvalidParams, or Refused where it is not this customer's."""
    code = read.text(body, "authorization_code", 40, is_required=True)
    paid = Payment.objects.select_related("checkout").filter(merchant=merchant, method=Method.CARD, captured__gt=0)
    payment = ids.find(paid, wire.AUTHORIZATION, code)
    about = objects.kept.extras(objects.AUTHORIZATION, [payment.pk])[payment.pk] if payment else {}
    if payment is None or not about.get("bin") or (payment.checkout.user_data or {}).get("email") != email:
        raise Refused(_OTHER_EMAIL, "invalid_authorization", field="authorization_code")
    number, expiry = magic.number_of(about["bin"], payment.payer), f"{about['exp_month']}/{about['exp_year']}"
    card = {"paymentMethod": Method.CARD.value, "cardNumber": number, "expiryDate": expiry, "cvv": _ANY_CVV}
    kept: dict[str, Any] = {name: about[name] for name in ("bin", "exp_month", "exp_year", "brand", "name") if name in about}
    return Instrument(Method.CARD, card, {"channel": "card", **kept}, is_known=True)


def _card(body: Mapping[str, Any]) -> Instrument:
    given = read.member(body, "card")
    number = cards.digits_of(read.text(given, "number", 30, is_required=True))
    parts = {name: read.text(given, name, 4, is_required=True) for name in ("cvv", "expiry_month", "expiry_year")}
    expiry = f"{parts['expiry_month'].zfill(2)}/{parts['expiry_year']}"
    card = {"paymentMethod": Method.CARD.value, "cardNumber": number, "expiryDate": expiry, "cvv": parts["cvv"]}
    known = magic.card_of(number[:6], cards.last_four(number))
    before = known.steps[:-1] if known else ()
    if known and Step.PIN in before and body.get("pin") == known.pin:
        before = before[1:]
    return Instrument(Method.CARD, card, {"channel": "card", **magic.about(Method.CARD, card)}, before)


def _bank(body: Mapping[str, Any]) -> Instrument:
    given = read.member(body, "bank")
    code = read.text(given, "code", 10, is_required=True)
    number = read.text(given, "account_number", 20) or read.text(given, "phone", 20, is_required=True)
    before = () if code == _TOKEN_BANK or body.get("birthday") else (Step.BIRTHDAY,)
    return _transfer("bank", {"bank_code": code, "last4": number[-4:]}, before=before)


def _mobile_money(body: Mapping[str, Any]) -> Instrument:
    given = read.member(body, "mobile_money")
    provider = read.text(given, "provider", 20, is_required=True)
    if provider not in _KENYA:
        raise InvalidParams(f"Provider must be one of {', '.join(_KENYA)}", "mobile_money.provider")
    phone = read.phone(given, "account" if provider == "mptill" else "phone")
    text = "Please complete the authorisation process by entering your PIN on your mobile phone"
    offline = {"account_number": "4084000", "account_reference": phone[-9:]} if provider == "mpesa_offline" else {}
    return Instrument(
        Method.MPESA,
        {"paymentMethod": Method.MPESA.value, "mobileNumber": phone},
        {"channel": "mobile_money", "bank": provider.upper()},
        shown={"display_text": text, **offline},
    )


def _ussd(body: Mapping[str, Any]) -> Instrument:
    kind = read.text(read.member(body, "ussd"), "type", 5, is_required=True)
    if kind not in _USSD:
        raise InvalidParams(f"Type must be one of {', '.join(_USSD)}", "ussd.type")
    code = f"*{kind}*000*4081#"
    return _transfer("ussd", {}, shown={"display_text": f"Please dial {code} on your phone to complete the payment", "ussd_code": code})


def _bank_transfer(body: Mapping[str, Any]) -> Instrument:
    account = {"account_number": "9930000902", "account_name": "PAYSTACK CHECKOUT", "bank": {"name": "Test Bank", "slug": "test-bank"}}
    return _transfer("bank_transfer", {}, shown={"display_text": "Please make a transfer to the account specified", **account})


def _transfer(
    channel: str, kept: Mapping[str, Any], *, before: tuple[Step, ...] = (), shown: Mapping[str, Any] | None = None
) -> Instrument:
    body = {"paymentMethod": Method.BANK_TRANSFER.value}
    return Instrument(Method.BANK_TRANSFER, body, {"channel": channel, **kept}, before, shown or {})


_READERS: Mapping[str, Callable[[Mapping[str, Any]], Instrument]] = {
    "card": _card,
    "bank": _bank,
    "mobile_money": _mobile_money,
    "ussd": _ussd,
    "bank_transfer": _bank_transfer,
}
_ELSEWHERE = ("qr", "eft")  # of rand alone, which is not taken here
