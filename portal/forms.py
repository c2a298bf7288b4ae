"""The portal's forms."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from unfold.forms import AuthenticationForm as UnfoldAuthenticationForm

from audit.services.record import record
from audit.tags import Tag
from merchants.errors import TooManyAttempts
from merchants.models import Member, User
from merchants.services.check_password import check_password
from merchants.services.sign_in import sign_in
from mypay.kit.errors import ApiError
from portal.services.register import address
from portal.sessions import BACKEND

_WRONG = "The e-mail address or the password is wrong."
_TOO_MANY = "Too many wrong passwords. Please try again in a few minutes."


class _Throttled:
    """Signing in by the one service that slows guessing down; `wait` is in seconds, if one must wait.

    Mixed into Django's sign-in form, whose check it takes the place of.
    """

    wait: int | None = None
    staff_only = False
    cleaned_data: dict[str, Any]
    user_cache: User | None

    def clean(self) -> dict[str, Any]:
        """The user of the given address and password becomes `get_user()`."""
        email, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if email and password:
            try:
                user = sign_in(email=email, password=password, staff_only=self.staff_only)
            except TooManyAttempts as refused:
                self.wait = refused.retry_after
                raise forms.ValidationError(_TOO_MANY) from None
            except ApiError:
                raise forms.ValidationError(_WRONG, code="invalid_login") from None
            user.backend = BACKEND
            self.user_cache = user
        return self.cleaned_data


class SignInForm(_Throttled, AuthenticationForm):
    """E-mail address, or username, and password; one message for whatever is wrong, so that it names no user."""

    username = forms.CharField(
        label="E-mail address or username",
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "autofocus": True}),
    )
    error_messages = {"invalid_login": _WRONG, "inactive": _WRONG}

    def clean_username(self) -> str:
        """Addresses are kept in small letters; a username has one (contract section 10)."""
        return address(str(self.cleaned_data["username"])).lower()


class StaffSignInForm(_Throttled, UnfoldAuthenticationForm):  # type: ignore[misc]
    """The admin portal's sign-in: staff only, by the same service."""

    staff_only = True


class ConfirmPasswordForm(forms.Form):
    """The signed-in user's password again, before something is shown or done that needs it."""

    password = forms.CharField(
        max_length=4096, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True})
    )

    wait: int | None = None

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member

    def clean_password(self) -> str:
        """Refuses any password but the user's, and for a while any after too many."""
        password, user = str(self.cleaned_data["password"]), self.member.user
        try:
            is_right = check_password(user=user, account=user.email, password=password)
        except TooManyAttempts as refused:
            self.wait = refused.retry_after
            raise forms.ValidationError(_TOO_MANY) from None
        if not is_right:
            details = {"for": "confirmation"}
            record(tag=Tag.USER_LOGIN_FAILED, resource_id=user.pk, merchant_id=self.member.merchant_id, details=details)
            raise forms.ValidationError("The password is wrong.")
        return password
