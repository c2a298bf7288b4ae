"""Staff's forms of accounts, assignments and policies: checked as the services check."""

from collections.abc import Callable
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from gateways import validation
from gateways.contract import Spec
from gateways.models import GatewayAccount, GatewayAssignment
from gateways.selectors import account_of
from gateways.states import Mode
from mypay.kit.errors import ApiError

_PREFIX = "credential_"
_KEPT = "Kept as it is when left empty."


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]
    """An account; `account_form` adds one input for each credential of its gateway."""

    spec: Spec

    class Meta:
        model = GatewayAccount
        fields = ("name", "base_url", "priority", "monthly_limit", "is_active")
        labels = {"base_url": "Base URL", "is_active": "On"}
        help_texts = {
            "base_url": "Empty: the gateway's own address.",
            "priority": "The highest goes first.",
            "monthly_limit": "Minor units of what it may carry a month, all merchants together; empty: no limit.",
        }

    webhook_secret = forms.CharField(
        required=False, max_length=validation.MAX_SECRET, help_text="What its callbacks are signed with.",
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip

    def clean_name(self) -> str:
        return str(_checked(validation.checked_name, self.cleaned_data["name"]))

    def clean_base_url(self) -> str:
        return str(_checked(validation.checked_base_url, self.cleaned_data["base_url"]))

    def clean_priority(self) -> int:
        return int(_checked(validation.checked_priority, self.cleaned_data["priority"]))

    def clean_monthly_limit(self) -> Any:
        return _checked(lambda value: validation.checked_limit("monthly_limit", value), self.cleaned_data["monthly_limit"])

    def clean_webhook_secret(self) -> str:
        return str(_checked(lambda value: validation.checked_secret("webhook_secret", value), self.cleaned_data["webhook_secret"]))

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        kept = account_of(self.instance).credentials if self.instance.pk else {}
        try:
            validation.checked_credentials(self.spec, {**kept, **self.credentials(given)})
        except ApiError as refused:
            self.add_error(f"{_PREFIX}{refused.field}", refused.message)
        return given

    def credentials(self, given: dict[str, Any]) -> dict[str, str]:
        """Those that were typed in."""
        return {one.name: given[name] for one in self.spec.credentials if given.get(name := f"{_PREFIX}{one.name}")}


def account_form(spec: Spec, *, is_new: bool) -> type[AccountForm]:
    """The form of an account at that gateway."""
    inputs: dict[str, Any] = {
        f"{_PREFIX}{one.name}": forms.CharField(
            label=one.label,
            required=is_new and one.is_required,
            max_length=validation.MAX_SECRET,
            help_text="" if is_new else _KEPT,
            widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}) if one.is_secret else UnfoldAdminTextInputWidget(),
        )
        for one in spec.credentials
    }
    return type("AccountForm", (AccountForm,), {"spec": spec, **inputs})


class AssignmentForm(forms.ModelForm):  # type: ignore[type-arg]
    """How a merchant uses an account."""

    class Meta:
        model = GatewayAssignment
        fields = ("merchant", "account", "weight", "daily_limit", "is_active")
        labels = {"is_active": "On"}
        help_texts = {"daily_limit": "Minor units a day; empty: no limit.", "weight": "Its part in the weighted mode."}

    def clean_weight(self) -> int:
        return int(_checked(validation.checked_weight, self.cleaned_data["weight"]))

    def clean_daily_limit(self) -> Any:
        return _checked(lambda value: validation.checked_limit("daily_limit", value), self.cleaned_data["daily_limit"])


class ModeForm(forms.Form):
    mode = forms.ChoiceField(choices=Mode.choices, widget=UnfoldAdminSelectWidget)


def _checked(check: Callable[[Any], Any], value: Any) -> Any:
    """What the check makes of the value; its refusal is the form's."""
    try:
        return check(value)
    except ApiError as refused:
        raise forms.ValidationError(refused.message) from None
