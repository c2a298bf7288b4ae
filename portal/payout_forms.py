"""Forms of payouts, beneficiaries and batches. What a value may be, the services say; here are names, labels and help."""

from typing import Any

from django import forms

from merchants.models import Merchant
from merchants.states import Environment
from mypay.kit import clock
from mypay.kit.ids import random_text
from mypay.kit.money import InvalidAmount, to_minor
from payouts.models import Beneficiary
from payouts.selectors import directory
from payouts.states import DestinationType, PayoutStatus
from payouts.validation import CURRENCY
from portal.acts import OnceForm
from portal.money_forms import SearchInput
from portal.parts import DateInput, FilterForm, choices
from portal.searches import LONGEST_SEARCH
from sandbox.states import OUTCOMES, Flow

_CODE_FIELDS = {DestinationType.BANK.value: "bankCode", DestinationType.WALLET.value: "walletCode"}
_DIGITS = {"inputmode": "numeric", "autocomplete": "off"}
_DECIMAL = {"inputmode": "decimal", "autocomplete": "off"}
_NO_HELP = {"autocomplete": "off"}


class PayoutFilters(FilterForm):
    """Filters of the list."""

    q = forms.CharField(label="Search", max_length=LONGEST_SEARCH, widget=SearchInput(attrs={"placeholder": "Reference or id"}))
    status = forms.ChoiceField(choices=choices("All", PayoutStatus.choices))
    type = forms.ChoiceField(label="Destination", choices=choices("All", DestinationType.choices))
    startDate = forms.DateField(label="From", widget=DateInput)
    endDate = forms.DateField(label="To", widget=DateInput)


class BeneficiaryFilters(FilterForm):
    """Filters of beneficiaries."""

    q = forms.CharField(label="Search", max_length=200, widget=SearchInput(attrs={"placeholder": "Name or account number"}))


def destinations() -> list[tuple[str, list[tuple[str, str]]]]:
    """The directory as choices in two groups."""
    groups = []
    for label, kind in (("Banks", DestinationType.BANK), ("Wallets", DestinationType.WALLET)):
        groups.append((label, [(f"{kind.value}:{row.code}", row.name) for row in directory(kind)]))
    return groups


class _ToAccount(OnceForm):
    """An account at a bank or wallet, as a form asks for it."""

    named = {"bankCode": "destination", "walletCode": "destination", "destType": "destination"}
    destination = forms.ChoiceField(label="Bank or wallet")
    accountNumber = forms.CharField(
        label="Account number",
        max_length=34,
        widget=forms.TextInput(attrs=_DIGITS),
        help_text="9 to 16 digits; a wallet’s is its mobile number.",
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        field = self.fields["destination"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        field.choices = [("", "Choose one"), *destinations()]

    def to(self) -> dict[str, Any]:
        """The destination under the API's names."""
        kind, _, code = str(self.cleaned_data["destination"]).partition(":")
        return {"destType": kind, _CODE_FIELDS[kind]: code, "accountNumber": self.cleaned_data["accountNumber"]}


class BeneficiaryForm(_ToAccount):
    """Somebody to pay again and again."""

    name = forms.CharField(max_length=200, widget=forms.TextInput(attrs=_NO_HELP), help_text="As the bank knows the holder of the account.")
    field_order = ("name", "destination", "accountNumber")

    def body(self) -> dict[str, Any]:
        return {"name": self.cleaned_data["name"], **self.to()}


class PayoutForm(_ToAccount):
    """One payout; `sandbox` merchants may choose its outcome."""

    named = {**_ToAccount.named, "X-Mock-Scenario": "scenario"}
    merchantReference = forms.CharField(
        label="Reference", max_length=255, widget=forms.TextInput(attrs=_NO_HELP), help_text="Yours, and never used before."
    )
    amount = forms.CharField(
        label=f"Amount in {CURRENCY}", max_length=40, widget=forms.TextInput(attrs={"inputmode": "decimal", **_NO_HELP})
    )
    accountTitle = forms.CharField(label="Account title", required=False, max_length=200, widget=forms.TextInput(attrs=_NO_HELP))
    purpose = forms.CharField(required=False, max_length=255, widget=forms.TextInput(attrs=_NO_HELP))
    description = forms.CharField(required=False, max_length=500, widget=forms.TextInput(attrs=_NO_HELP))
    keep = forms.BooleanField(label="Keep as a beneficiary", required=False)
    scenario = forms.ChoiceField(
        label="Outcome", required=False, help_text="Sandbox only. Left open, your scenarios and the account number decide."
    )
    field_order = (
        "destination",
        "accountNumber",
        "accountTitle",
        "keep",
        "amount",
        "merchantReference",
        "purpose",
        "description",
        "scenario",
    )

    def __init__(self, data: Any = None, *, merchant: Merchant, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["merchantReference"].initial = f"PAYOUT-{clock.now(merchant):%Y%m%d}-{random_text(6)}"
        if merchant.environment == Environment.SANDBOX:
            field = self.fields["scenario"]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101
            field.choices = [("", "As it comes"), *((outcome.value, outcome.label) for outcome in OUTCOMES[Flow.PAYOUT])]
        else:
            del self.fields["scenario"]

    def body(self) -> dict[str, Any]:
        """The create body of the API."""
        names = ("merchantReference", "amount", "accountTitle", "purpose", "description")
        given = {name: self.cleaned_data[name] for name in names if self.cleaned_data[name]}
        return {**given, **self.to()}

    @property
    def minor(self) -> int:
        """The amount in minor units; 0 for what is none."""
        try:
            return to_minor(self.cleaned_data["amount"], CURRENCY)
        except InvalidAmount:
            return 0

    def entitle(self, title: str) -> None:
        """Put in the title that the bank told, where none was given."""
        if not self.data.get("accountTitle"):
            self.data = {**dict(self.data.items()), "accountTitle": title}


def of_beneficiary(row: Beneficiary) -> dict[str, Any]:
    """The initial values of a form that is about a beneficiary."""
    return {
        "destination": f"{row.destination_type}:{row.code}",
        "accountNumber": row.account_number,
        "accountTitle": row.name,
        "name": row.name,
    }


class UploadForm(forms.Form):
    """The file of a batch."""

    file = forms.FileField(
        label="CSV file",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
        error_messages={"required": "Choose a file.", "empty": "The file is empty."},
    )
