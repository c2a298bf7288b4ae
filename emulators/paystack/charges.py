"""Charges: a transaction that is paid by the shop's own page, step by step as the payer is asked."""

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from rest_framework.request import Request

from audit import context
from emulators.paystack import magic, objects, render
from emulators.paystack.errors import Refused
from emulators.paystack.instruments import Instrument, charged_before, read_instrument
from emulators.paystack.magic import Step
from emulators.paystack.reading import read
from emulators.paystack.transactions import Opening
from emulators.views import answer
from gateways.paystack import wire
from mypay.kit.errors import ValidationError
from payments.models import Checkout, Payment
from payments.selectors import newest_payment, waiting_payment
from payments.services.challenge import APPROVE, DECLINE, RIGHT_OTP, RIGHT_PIN, SECRETS
from payments.services.complete import complete_payment
from payments.services.confirm import confirm_payment
from payments.states import PaymentStatus
from sandbox.states import Challenge

_ATTEMPTED, _CHECKED = "Charge attempted", "Reference check successful"
# What the engine asks for, as a charge says it; a bank account's owner is asked for an OTP.
_OF_CHALLENGE = {
    Challenge.OTP: Step.OTP,
    Challenge.MPIN: Step.PIN,
    Challenge.THREE_DS: Step.URL,
    Challenge.PHONE: Step.OFFLINE,
    Challenge.TRANSFER: Step.OFFLINE,
}
_TEXTS: dict[str, str] = {
    Step.PIN: "Please enter the PIN of the card",
    Step.OTP: "Please enter the OTP that was sent to you",
    Step.PHONE: "Please enter the phone number that the bank knows",
    Step.BIRTHDAY: "Please enter your birthday",
    Step.ADDRESS: "Please enter your address",
}
# The member that each step is given by.
_MEMBERS = {Step.PIN: "pin", Step.OTP: "otp", Step.PHONE: "phone", Step.BIRTHDAY: "birthday", Step.ADDRESS: "address"}
_PHONE_DIGITS = 10


class Charges(Opening):
    def create(self, request: Request) -> HttpResponse:
        """Charge what the body names."""
        instrument = read_instrument(self.merchant, self.body, read.email(self.body), read.money(self.body))
        checkout = self.open({}, is_reusable=False)
        return self._told(checkout, _pay(checkout, instrument), instrument)

    def charge_authorization(self, request: Request) -> HttpResponse:
        """Charge a card again that this customer paid with before."""
        instrument = charged_before(self.merchant, self.body, read.email(self.body))
        checkout = self.open({}, is_reusable=False)
        _pay(checkout, instrument)
        checkout.refresh_from_db()
        return self.told(checkout, message=_ATTEMPTED)

    def submit(self, request: Request, step: Step) -> HttpResponse:
        """Give what the charge waits for; a wrong answer may be given again, three times in all."""
        checkout = objects.by_reference(self.merchant, read.text(self.body, "reference", 100, is_required=True))
        given = read.text(self.body, _MEMBERS[step], 200, is_required=True)
        payment = waiting_payment(checkout)
        extra = objects.kept.extras(objects.AUTHORIZATION, [payment.pk])[payment.pk] if payment else {}
        if payment is None or _step(payment, extra) != step:
            raise Refused(f"Charge is not waiting for {_MEMBERS[step]}", "invalid_charge_step", field="reference")
        told = ""
        if not _is_right(step, given, payment, extra):
            told = _answer(payment, is_right=False)
        elif before := extra.get("before"):
            objects.kept.note(self.merchant, objects.AUTHORIZATION, payment.pk, before=before[1:])
        else:
            _answer(payment, is_right=True)
        return self._told(checkout, newest_payment(checkout), told=told)

    def check(self, request: Request, reference: str) -> HttpResponse:
        """What a charge that is pending has become."""
        checkout = objects.by_reference(self.merchant, reference)
        return self._told(checkout, newest_payment(checkout), message=_CHECKED)

    def _told(
        self,
        checkout: Checkout,
        payment: Payment | None,
        instrument: Instrument | None = None,
        *,
        told: str = "",
        message: str = _ATTEMPTED,
    ) -> HttpResponse:
        """The transaction once it is decided; before, what it waits for."""
        if payment is not None and payment.status not in (PaymentStatus.REQUIRES_ACTION, PaymentStatus.PROCESSING):
            checkout.refresh_from_db()
            return self.told(checkout, message=message)
        extra = objects.kept.extras(objects.AUTHORIZATION, [payment.pk])[payment.pk] if payment else {}
        step = _step(payment, extra)
        shown: dict[str, Any] = {"reference": checkout.reference, "status": step, **(instrument.shown if instrument else {})}
        if text := told or _TEXTS.get(step):
            shown["display_text"] = text
        if step in (Step.URL, Step.OFFLINE):
            shown["url"] = f"{render.page(checkout.pk)}/bank" if payment else render.page(checkout.pk)
        return answer(render.envelope(message, shown))


def _pay(checkout: Checkout, instrument: Instrument) -> Payment | None:
    """The attempt, and what Paystack keeps of it, together; None where a gateway carries it, whose page the payer has to open."""
    with transaction.atomic():
        complete_payment(checkout_id=str(checkout.pk), body=instrument.body)
        payment = newest_payment(checkout)
        if payment is None:
            return None
        kept = {**instrument.kept, "before": list(instrument.before), "ip": context.current().ip}
        objects.kept.note(checkout.merchant, objects.AUTHORIZATION, payment.pk, **kept)
    if instrument.is_known and payment.status == PaymentStatus.REQUIRES_ACTION:
        _answer(payment, is_right=True)
        return newest_payment(checkout)
    return payment


def _step(payment: Payment | None, extra: dict[str, Any]) -> str:
    """What is waited for; `pending` for the rail alone. A gateway that carries the payment has a page of its own."""
    if payment is None:
        return Step.URL
    if payment.status == PaymentStatus.PROCESSING:
        return Step.OFFLINE if extra.get("channel") == "mobile_money" else "pending"
    if before := extra.get("before"):
        return Step(before[0])
    if not payment.challenge:
        return Step.URL
    return Step.OTP if extra.get("channel") == "bank" else _OF_CHALLENGE[Challenge(payment.challenge)]


def _is_right(step: Step, given: str, payment: Payment, extra: dict[str, Any]) -> bool:
    """Whether the payer knows it: a test card's PIN is its own, every OTP 123456."""
    match step:
        case Step.PIN:
            card = magic.card_of(str(extra.get("bin")), payment.payer)
            return given == (card.pin if card and card.pin else RIGHT_PIN)
        case Step.OTP:
            return given == RIGHT_OTP
        case Step.PHONE:
            return sum(character.isdigit() for character in given) >= _PHONE_DIGITS
        case Step.BIRTHDAY:
            return _is_date(given)
    return True


def _is_date(text: str) -> bool:
    try:
        return wire.moment(text) is not None
    except ValueError:
        return False


def _answer(payment: Payment, *, is_right: bool) -> str:
    """Tell the engine; what it says of an answer that may be given again, else nothing."""
    has_secret = payment.challenge in SECRETS
    secret = SECRETS[Challenge(payment.challenge)] if has_secret and is_right else ""
    try:
        confirm_payment(checkout_id=str(payment.checkout_id), answer=APPROVE if is_right or has_secret else DECLINE, secret=secret)
    except ValidationError as refused:
        return refused.message
    return ""
