"""The payment page's forms, one a kind of method; the names are the contract's (section 5). No secret is ever shown again."""

import re
from typing import Any

from django import forms

from mypay.kit import clock
from payments import cards
from payments.models import Checkout
from payments.payer import BANKS, UPI_ADDRESS, WALLET_NAMES
from payments.scenarios import sample_card, spaced
from payments.states import Method
from sandbox.builtin import is_magic

_MOBILE = re.compile(r"\+?[0-9]{10,13}", re.ASCII)
_PIN = re.compile(r"[0-9]{4,6}", re.ASCII)


class UnechoedInput(forms.PasswordInput):
    """A visible input whose value does not come back when the form is refused."""

    input_type = "text"


def _numeric(autocomplete: str, placeholder: str) -> dict[str, str]:
    return {"inputmode": "numeric", "autocomplete": autocomplete, "placeholder": placeholder}


def _check_mobile(value: str) -> None:
    if not _MOBILE.fullmatch(cards.digits_of(value)):
        raise forms.ValidationError("Enter a mobile number, like 03001234567.")


def _check_upi(value: str) -> None:
    if not UPI_ADDRESS.fullmatch(value.strip().lower()):
        raise forms.ValidationError("Enter a UPI ID, like name@bank.")


def _check_pin(value: str) -> None:
    if not _PIN.fullmatch(value):
        raise forms.ValidationError("The PIN has 4 to 6 digits.")


def _check_card(value: str) -> None:
    """A magic number passes whatever its check digit."""
    number = cards.digits_of(value)
    if not is_magic(number) and not cards.is_valid_number(number):
        raise forms.ValidationError("This is not a card number. Check its digits.")


def _check_expiry(value: str) -> None:
    if not cards.is_valid_expiry(value):
        raise forms.ValidationError("Enter month and year, like 09/28.")


def _check_cvv(value: str) -> None:
    if not cards.is_valid_cvv(value):
        raise forms.ValidationError("The CVV has 3 or 4 digits.")


class PayForm(forms.Form):
    """What all forms share: the checkout, for its clock, and how a magic number fills them."""

    def __init__(self, data: Any = None, *, checkout: Checkout, fill: str = "") -> None:
        super().__init__(data, auto_id="%s", initial=self.filled(fill, checkout) if fill else None)
        self.checkout = checkout
        for field in self.fields.values():
            if fill and isinstance(field.widget, forms.PasswordInput):
                field.widget.render_value = True

    @staticmethod
    def filled(fill: str, checkout: Checkout) -> dict[str, str]:
        """The values that go with a magic number."""
        raise NotImplementedError


class WalletForm(PayForm):
    """JazzCash and Easypaisa."""

    mobileNumber = forms.CharField(
        label="Mobile number",
        max_length=20,
        validators=[_check_mobile],
        widget=forms.TextInput(_numeric("tel-national", "03001234567")),
    )
    pin = forms.CharField(label="PIN", max_length=6, validators=[_check_pin], widget=forms.PasswordInput(_numeric("off", "4 to 6 digits")))

    @staticmethod
    def filled(fill: str, checkout: Checkout) -> dict[str, str]:
        return {"mobileNumber": fill, "pin": "1234"}


class PhoneForm(PayForm):
    """M-Pesa: the PIN is asked for on the phone."""

    mobileNumber = forms.CharField(
        label="M-Pesa number",
        max_length=20,
        validators=[_check_mobile],
        widget=forms.TextInput(_numeric("tel", "0712345678")),
    )

    @staticmethod
    def filled(fill: str, checkout: Checkout) -> dict[str, str]:
        return {"mobileNumber": fill}


class UpiForm(PayForm):
    """UPI: an address to send the request to, or none, and a code to scan follows."""

    vpa = forms.CharField(
        label="UPI ID (leave empty to scan a code)",
        max_length=100,
        required=False,
        validators=[_check_upi],
        widget=forms.TextInput({"autocomplete": "off", "placeholder": "name@bank", "inputmode": "email"}),
    )

    @staticmethod
    def filled(fill: str, checkout: Checkout) -> dict[str, str]:
        return {"vpa": fill}


class TransferForm(PayForm):
    """Bank transfer: nothing to fill in, the account to send it to follows."""

    @staticmethod
    def filled(fill: str, checkout: Checkout) -> dict[str, str]:
        return {}


class BankForm(PayForm):
    """Netbanking: the bank's own page follows."""

    bank = forms.ChoiceField(label="Bank", choices=list(BANKS.items()))

    @staticmethod
    def filled(fill: str, checkout: Checkout) -> dict[str, str]:
        return {"bank": fill}


class NamedWalletForm(PayForm):
    """A wallet by its name: its own page follows."""

    wallet = forms.ChoiceField(label="Wallet", choices=list(WALLET_NAMES.items()))

    @staticmethod
    def filled(fill: str, checkout: Checkout) -> dict[str, str]:
        return {"wallet": fill}


class CardForm(PayForm):
    """Cards."""

    cardNumber = forms.CharField(
        label="Card number",
        max_length=30,
        validators=[_check_card],
        widget=UnechoedInput(_numeric("cc-number", "0000 0000 0000 0000")),
    )
    expiryDate = forms.CharField(
        label="Expires", max_length=7, validators=[_check_expiry], widget=forms.TextInput(_numeric("cc-exp", "MM/YY"))
    )
    cvv = forms.CharField(label="CVV", max_length=4, validators=[_check_cvv], widget=forms.PasswordInput(_numeric("cc-csc", "123")))
    cardholderName = forms.CharField(label="Name on card", max_length=100, widget=forms.TextInput({"autocomplete": "cc-name"}))

    @staticmethod
    def filled(fill: str, checkout: Checkout) -> dict[str, str]:
        return {"cardNumber": spaced(fill), **sample_card(clock.now(checkout.merchant))}

    def clean(self) -> dict[str, Any]:
        """An expired card is told at once, instead of ending the checkout declined."""
        expiry = self.cleaned_data.get("expiryDate", "")
        if expiry and not cards.is_in_date(expiry, clock.now(self.checkout.merchant)):
            self.add_error("expiryDate", "This card has expired.")
        return self.cleaned_data


_FORMS: dict[Method, type[PayForm]] = {
    Method.CARD: CardForm,
    Method.MPESA: PhoneForm,
    Method.UPI: UpiForm,
    Method.BANK_TRANSFER: TransferForm,
    Method.NETBANKING: BankForm,
    Method.WALLET: NamedWalletForm,
}


def form_class(method: Method) -> type[PayForm]:
    """The form of a method."""
    return _FORMS.get(method, WalletForm)
