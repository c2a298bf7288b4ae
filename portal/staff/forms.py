"""Forms of the admin portal's own pages."""

from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminEmailInputWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldAdminURLInputWidget,
)

from merchants.models import User
from merchants.services.check_password import check_password
from merchants.validation import checked_webhook_url
from mypay.kit.errors import ApiError
from mypay.kit.money import EXPONENTS

_CODE = {"autocomplete": "one-time-code", "inputmode": "text", "autofocus": True}


class CodeForm(forms.Form):
    """A code of the app, or a recovery code."""

    code = forms.CharField(
        max_length=20,
        help_text="Six digits from your authenticator app, or a recovery code.",
        widget=UnfoldAdminTextInputWidget(attrs=_CODE),
    )


class PasswordForm(forms.Form):
    """The signed-in user's password again."""

    password = forms.CharField(
        label="Your password",
        max_length=4096,
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        try:
            is_right = check_password(user=self.user, account=self.user.email, password=password)
        except ApiError as refused:
            raise forms.ValidationError(refused.message) from None
        if not is_right:
            raise forms.ValidationError("The password is wrong.")
        return password


class EnrolForm(PasswordForm):
    """The first code of a new app."""

    code = forms.CharField(label="Code of the app", max_length=20, widget=UnfoldAdminTextInputWidget(attrs=_CODE))


class NewMerchantForm(forms.Form):
    """What a new merchant is opened with."""

    company_name = forms.CharField(max_length=255, widget=UnfoldAdminTextInputWidget)
    name = forms.CharField(label="Contact's name", max_length=255, widget=UnfoldAdminTextInputWidget)
    email = forms.EmailField(label="E-mail address", max_length=254, widget=UnfoldAdminEmailInputWidget)
    webhook_url = forms.URLField(
        label="Webhook URL", required=False, max_length=2048, assume_scheme="https", widget=UnfoldAdminURLInputWidget
    )

    def clean_webhook_url(self) -> str:
        try:
            return checked_webhook_url(self.cleaned_data["webhook_url"])
        except ApiError as refused:
            raise forms.ValidationError(refused.message) from None


class EmailForm(forms.Form):
    email = forms.EmailField(label="New e-mail address", max_length=254, widget=UnfoldAdminEmailInputWidget)


class TopUpForm(forms.Form):
    currency = forms.ChoiceField(choices=[(code, code) for code in EXPONENTS], widget=UnfoldAdminSelectWidget)
    amount = forms.DecimalField(help_text="In major units, as 1500 or 1500.50.", widget=UnfoldAdminDecimalFieldWidget)
