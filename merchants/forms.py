"""Forms of people and settings in the admin portal."""

from typing import Any, ClassVar

from django import forms
from unfold.forms import UserCreationForm
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from merchants.models import User
from merchants.states import ConfigKey, StaffRole

_HELP = {
    ConfigKey.WEBHOOK_RETRY_ATTEMPTS: "Of the original's webhooks: 1 to 20.",
    ConfigKey.WEBHOOK_RETRY_DELAY: "Of the original's webhooks.",
    ConfigKey.CHECKOUT_EXPIRY_MINUTES: "For checkouts made from now on.",
    ConfigKey.MAINTENANCE_MODE: "The APIs then answer 503 with Retry-After; this portal stays open.",
    ConfigKey.APPROVAL_LIMITS: "In major units by currency, as in PKR 50000, USD 300; off: one person is enough.",
}


class ConfigForm(forms.Form):
    """All system settings; what each may be is checked by the service."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for key in ConfigKey:
            self.fields[key.value] = forms.CharField(
                label=key.label, max_length=200, help_text=_HELP.get(key, ""), widget=UnfoldAdminTextInputWidget
            )
        choices = [("false", "Off"), ("true", "On")]
        self.fields[ConfigKey.MAINTENANCE_MODE.value].widget = UnfoldAdminSelectWidget(choices=choices)


class UserForm(forms.ModelForm):  # type: ignore[type-arg]
    """A login: no member of staff takes away what they act by."""

    staff: ClassVar[User]

    class Meta:
        model = User
        fields = ("email", "name", "is_active", "is_staff", "staff_role", "is_superuser")

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).strip().lower()

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        is_head = given.get("is_superuser") or given.get("staff_role") == StaffRole.ADMINISTRATOR
        if self.instance.pk == self.staff.pk and not (is_head and given.get("is_active") and given.get("is_staff")):
            raise forms.ValidationError("You cannot take away your own role: another administrator can.")
        return given


class StaffForm(UserCreationForm):  # type: ignore[misc]
    """A new member of staff."""

    staff_role = forms.ChoiceField(choices=StaffRole.choices)

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).strip().lower()
        if User.objects.filter(email=email).exists():
            raise forms.ValidationError("Another login has this e-mail address.")
        return email

    def save(self, commit: bool = True) -> User:
        self.instance.is_staff = True
        self.instance.staff_role = self.cleaned_data["staff_role"]
        made: User = super().save(commit)
        return made
