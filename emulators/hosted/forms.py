"""The forms of the page: the engine's, and of a part where parts are taken."""

from typing import Any

from django import forms

from emulators.hosted.visits import Visit
from mypay.kit.money import to_text
from payments.forms import PayForm, UpiForm, form_class
from payments.states import Method


class AddressForm(UpiForm):
    """UPI with an address: vendors' pages send a request there."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["vpa"].label, self.fields["vpa"].required = "UPI ID", True


class PartForm(forms.Form):
    """How much is paid now; the engine knows how little that may be."""

    def __init__(self, visit: Visit, data: Any = None) -> None:
        order = visit.checkout
        super().__init__(data, auto_id="%s", initial={"amount": to_text(order.owed, order.currency)})
        self.fields["amount"] = forms.CharField(
            label=f"Amount in {order.currency}", max_length=20, widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off"})
        )


def method_of(wanted: Any, visit: Visit) -> Method:
    """The payer's choice, else the first."""
    return Method(wanted) if wanted in visit.methods else next(iter(visit.methods))


def pay_form(method: Method, visit: Visit, *, data: Any = None, fill: str = "") -> PayForm:
    """The method's form, filled in by one of the test values."""
    known = {sample.number for sample in visit.samples(method)}
    kind = AddressForm if method == Method.UPI else form_class(method)
    return kind(data, checkout=visit.checkout, fill=fill if fill in known else "")


def part_form(visit: Visit, *, data: Any = None) -> PartForm | None:
    """Where the payer chooses how much to pay."""
    return None if visit.checkout.part_minimum is None else PartForm(visit, data)
