"""Forms about people: signing up, the second step, passwords, the team, the company."""

from typing import Any

from django import forms

from merchants.models import Member, Merchant
from merchants.services.change_profile import MIN_PASSWORD
from merchants.services.check_password import MAX_LENGTH
from merchants.services.team import roles_for
from merchants.states import Notice, Role
from merchants.validation import MAX_EMAIL, MAX_NAME
from mypay.kit.errors import ApiError


class ServiceForm(forms.Form):
    """A form whose rules are a service's; `names` are its fields as the service calls them."""

    names: dict[str, str] = {}

    def refuse(self, refused: ApiError) -> None:
        """Show at its field, or above the form, what the service did not take."""
        field = self.names.get(refused.field or "", refused.field)
        self.add_error(field if field in self.fields else None, refused.message)


def _password(label: str, autocomplete: str, **attrs: Any) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete, **attrs})
    return forms.CharField(label=label, max_length=MAX_LENGTH, strip=False, widget=widget)


class _TwoPasswords(ServiceForm):
    """A new password, typed twice."""

    names = {"newPassword": "password", "currentPassword": "current"}

    def clean_again(self) -> str:
        again = str(self.cleaned_data["again"])
        if "password" in self.cleaned_data and again != self.cleaned_data["password"]:
            raise forms.ValidationError("The two passwords differ.")
        return again


class NewPasswordForm(_TwoPasswords):
    """A password for a login whose owner came by mail."""

    password = _password("New password", "new-password", autofocus=True, minlength=MIN_PASSWORD)
    again = _password("The same again", "new-password")


class ChangePasswordForm(_TwoPasswords):
    """The own password, known, and a new one."""

    current = _password("Current password", "current-password")
    password = _password("New password", "new-password", minlength=MIN_PASSWORD)
    again = _password("The same again", "new-password")


class JoinForm(_TwoPasswords):
    """A new login for whoever was invited."""

    name = forms.CharField(
        label="Your name", max_length=MAX_NAME, widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True})
    )
    password = _password("Password", "new-password", minlength=MIN_PASSWORD)
    again = _password("The same again", "new-password")


class RegisterForm(ServiceForm):
    """A company and the name it signs in by."""

    names = {"companyName": "company"}
    company = forms.CharField(
        label="Company", max_length=MAX_NAME, widget=forms.TextInput(attrs={"autocomplete": "organization", "autofocus": True})
    )
    username = forms.CharField(
        label="Username",
        min_length=3,
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "pattern": "[A-Za-z]+"}),
    )


class ForgotForm(ServiceForm):
    email = forms.EmailField(
        label="E-mail address", max_length=MAX_EMAIL, widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True})
    )


class CodeForm(ServiceForm):
    """A code of the authenticator app, or a recovery code."""

    code = forms.CharField(
        label="Code",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "text", "spellcheck": "false", "autofocus": True}),
    )


class InviteForm(ServiceForm):
    """Whom to invite, as what."""

    email = forms.EmailField(label="E-mail address", max_length=MAX_EMAIL, widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(label="Role", initial=Role.VIEWER.value)

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"] = role_field(member)

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class RoleForm(ServiceForm):
    """Another role for a member."""

    role = forms.ChoiceField(label="Role")

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"] = role_field(member)


def role_field(member: Member) -> forms.ChoiceField:
    """The roles that the member may give."""
    return forms.ChoiceField(label="Role", choices=[(role.value, role.label) for role in roles_for(member)], initial=Role.VIEWER.value)


class ProfileForm(ServiceForm):
    """What is known of the merchant."""

    names = {"companyName": "company_name", "webhookUrl": "webhook_url"}
    company_name = forms.CharField(label="Company", max_length=MAX_NAME)
    name = forms.CharField(label="Contact person", max_length=MAX_NAME)
    email = forms.EmailField(label="Contact e-mail address", max_length=MAX_EMAIL)
    webhook_url = forms.CharField(
        label="Webhook URL",
        required=False,
        max_length=2048,
        widget=forms.URLInput(attrs={"placeholder": "https://shop.example/webhook"}),
        help_text="Payouts and payments are told there in the original’s form. Endpoints with more choice are under Webhooks.",
    )

    notices = forms.MultipleChoiceField(label="Mails about", required=False, choices=Notice.choices, widget=forms.CheckboxSelectMultiple)

    def __init__(self, data: Any, *, merchant: Merchant, may_change_email: bool) -> None:
        known: dict[str, Any] = {name: getattr(merchant, name) for name in ("company_name", "name", "email", "webhook_url")}
        known["notices"] = merchant.notices.split()
        super().__init__(data, initial=known)
        email = self.fields["email"]
        email.disabled = not may_change_email
        email.help_text = "The owner signs in with it." if may_change_email else "The owner signs in with it, and only an owner changes it."
