"""The portal's forms."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm

from merchants.models import User

_WRONG = "The e-mail address or the password is wrong."


class SignInForm(AuthenticationForm):
    """E-mail address and password; one message for whatever is wrong, so that it names no user."""

    username = forms.EmailField(
        label="E-mail address", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True})
    )
    error_messages = {"invalid_login": _WRONG, "inactive": _WRONG}

    def clean_username(self) -> str:
        """Addresses are kept in small letters."""
        return str(self.cleaned_data["username"]).lower()


class ConfirmPasswordForm(forms.Form):
    """The signed-in user's password again, before something is shown or done that needs it."""

    password = forms.CharField(
        max_length=4096, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True})
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        """Refuses any password but the user's."""
        password = str(self.cleaned_data["password"])
        if not self.user.check_password(password):
            raise forms.ValidationError("The password is wrong.")
        return password
