"""Forms of the money rooms: the lists' filters, and what is done with payments and disputes."""

from typing import Any

from django import forms

from mypay.kit.money import to_text
from payments.models import Payment
from payments.states import CheckoutStatus, DisputeReason, DisputeStatus, Method, PaymentStatus, RefundStatus
from payments.validation import CURRENCIES
from portal.acts import OnceForm
from portal.parts import DateInput, FilterForm, choices
from portal.searches import LONGEST_SEARCH

_CURRENCIES = choices("All", ((code, code) for code in CURRENCIES))


class SearchInput(forms.TextInput):
    """The browser's search field."""

    input_type = "search"


def _search(placeholder: str) -> forms.CharField:
    return forms.CharField(label="Search", max_length=LONGEST_SEARCH, widget=SearchInput(attrs={"placeholder": placeholder}))


class _Days(FilterForm):
    startDate = forms.DateField(label="From", widget=DateInput())
    endDate = forms.DateField(label="To", widget=DateInput())


class PaymentFilters(_Days):
    q = _search("Reference, id or payer")
    status = forms.ChoiceField(choices=choices("All", PaymentStatus.choices))
    method = forms.ChoiceField(choices=choices("All", Method.choices))
    currency = forms.ChoiceField(choices=_CURRENCIES)
    field_order = ["q", "status", "method", "currency"]


class CheckoutFilters(_Days):
    q = _search("Reference or id")
    status = forms.ChoiceField(choices=choices("All", CheckoutStatus.choices))
    method = forms.ChoiceField(choices=choices("All", Method.choices))
    currency = forms.ChoiceField(choices=_CURRENCIES)
    field_order = ["q", "status", "method", "currency"]


class RefundFilters(_Days):
    q = _search("Reference, id or payer")
    status = forms.ChoiceField(choices=choices("All", RefundStatus.choices))
    currency = forms.ChoiceField(choices=_CURRENCIES)
    field_order = ["q", "status", "currency"]


class DisputeFilters(_Days):
    q = _search("Reference, id or payer")
    status = forms.ChoiceField(choices=choices("All", DisputeStatus.choices))
    reason = forms.ChoiceField(choices=choices("All", DisputeReason.choices))
    currency = forms.ChoiceField(choices=_CURRENCIES)
    field_order = ["q", "status", "reason", "currency"]


class AmountForm(OnceForm):
    """All of it, or a part."""

    amount = forms.CharField(required=False, max_length=40, widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))

    def __init__(self, data: Any = None, *, most: int, currency: str, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        field = self.fields["amount"]
        field.label = f"Amount in {currency}"
        field.help_text = f"At most {to_text(most, currency)}; empty for all of it."

    def body(self) -> dict[str, Any]:
        """What the API would be sent."""
        return {name: value for name, value in self.cleaned_data.items() if name != "key" and value}


class CaptureForm(AmountForm):
    """Collect an authorised amount."""

    @classmethod
    def of(cls, payment: Payment, data: Any = None) -> "CaptureForm":
        return cls(data, most=payment.amount, currency=payment.currency, prefix="capture")


class RefundForm(AmountForm):
    """Give back what is left, or a part."""

    reason = forms.CharField(required=False, max_length=255, help_text="Kept with the refund; empty for none.")

    @classmethod
    def of(cls, payment: Payment, data: Any = None) -> "RefundForm":
        return cls(data, most=payment.refundable, currency=payment.currency, prefix="refund")


class VoidForm(OnceForm):
    """Give the authorisation up."""

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, prefix="void")


class AcceptForm(OnceForm):
    """Let the payer's bank keep the amount."""

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, prefix="accept")


class EvidenceForm(OnceForm):
    """What the bank is shown: the fields that most banks ask for, and any text."""

    named = {"evidence": "text"}
    text = forms.CharField(
        label="What happened",
        required=False,
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="In your words. In the sandbox the text losing_evidence loses; anything else wins, unless a rule says otherwise.",
    )
    customerName = forms.CharField(label="Customer’s name", required=False, max_length=200)
    customerEmail = forms.CharField(label="Customer’s e-mail address", required=False, max_length=254)
    trackingNumber = forms.CharField(label="Tracking number", required=False, max_length=100)
    deliveredOn = forms.DateField(label="Delivered on", required=False, widget=DateInput())

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, prefix="evidence")

    def body(self) -> dict[str, Any]:
        """What the API would be sent."""
        given = {name: str(value) for name, value in self.cleaned_data.items() if name != "key" and value}
        return {"evidence": given}
