"""People, keys, settings and flags in the admin portal; merchants themselves are in `portal.staff`."""

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from unfold.forms import AdminPasswordChangeForm

from audit.services.record import record
from audit.tags import Tag
from merchants.finding import of_merchant
from merchants.forms import ConfigForm, StaffForm, UserForm
from merchants.models import ApiKey, Flag, LoginAttempt, Member, Message, SystemConfig, User
from merchants.selectors import system_config
from merchants.services.change_config import change_config
from merchants.services.change_flag import change_flag
from merchants.services.help_user import end_sessions, new_password, reset_second_factor, unlock_user
from merchants.states import FlagKey
from mypay.kit.admin import Doing, Given, ReadOnlyAdmin, StaffAdmin, by_day, by_merchant, can
from mypay.kit.errors import ApiError

for _hidden in (Group, OutstandingToken, BlacklistedToken):
    admin.site.unregister(_hidden)


def _unlock(request: HttpRequest, user: User, given: Given) -> str:
    count = unlock_user(user=user, staff=cast(User, request.user))
    return f"{count} wrong attempts forgotten: it may sign in again."


def _end_sessions(request: HttpRequest, user: User, given: Given) -> str:
    end_sessions(user=user, staff=cast(User, request.user))
    return "All sessions and tokens have ended."


def _reset_second_factor(request: HttpRequest, user: User, given: Given) -> str:
    reset_second_factor(user=user, staff=cast(User, request.user))
    return "The second factor is gone and all sessions have ended."


def _new_password(request: HttpRequest, user: User, given: Given) -> str:
    return f"{user.email}\n{new_password(user=user, staff=cast(User, request.user))}"


_HELP = (
    Doing("unlock", "Unlock", "help_people", _unlock, "Forgets the wrong passwords and codes, so that it may try again at once."),
    Doing("end_sessions", "End sessions", "help_people", _end_sessions, "Signs the login out everywhere, tokens of the APIs too."),
    Doing(
        "reset_second_factor", "Reset second factor", "help_people", _reset_second_factor,
        "Forgets the authenticator app and the recovery codes: the password alone then signs in. Be sure who asks.", is_grave=True,
    ),
    Doing(
        "new_password", "Set new password", "users", _new_password,
        "A new password, shown once; the old one and all sessions end.", is_grave=True, in_bulk=False, shows_once=True,
    ),
)  # fmt: skip


@admin.register(User)
class UserAdmin(DjangoUserAdmin, StaffAdmin):  # type: ignore[misc, type-arg]
    """Staff and merchants' people. Administrators make staff; a login that acted stays known, so none is deleted."""

    form = UserForm
    add_form = StaffForm
    change_password_form = AdminPasswordChangeForm
    ordering = ("-id",)
    list_display = ("email", "name", "is_staff", "role", "is_active", "last_login")
    list_filter = ("is_staff", "staff_role", "is_active")
    search_fields = ("email",)
    search_help_text = "An e-mail address, from its start"
    fieldsets = ((None, {"fields": ("email", "name", "is_active", "is_staff", "staff_role", "is_superuser", "last_login")}),)
    add_fieldsets = ((None, {"fields": ("email", "name", "staff_role", "password1", "password2")}),)
    filter_horizontal = ()
    readonly_fields = ("last_login",)
    add_act = change_act = "users"
    doings = _HELP

    @admin.display(description="staff role")
    def role(self, user: User) -> str:
        return user.acts_as

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        return rows.filter(email__startswith=term.lower())

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.staff = request.user  # type: ignore[attr-defined]
        return form

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        changed = [name for name in form.changed_data if "password" not in name]
        details = {"changed": changed, "role": obj.acts_as, "active": obj.is_active}
        record(tag=Tag.STAFF_CHANGED if change else Tag.USER_CREATED, resource_id=obj.pk, details=details)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        response: HttpResponse = super().user_change_password(request, id, form_url)
        if request.method == "POST" and response.status_code == 302:
            record(tag=Tag.USER_PASSWORD_CHANGED, resource_id=id, details={"by": "staff"})
        return response


@admin.register(Member)
class MemberAdmin(ReadOnlyAdmin):
    list_display = ("user", "merchant", "role")
    list_filter = ("role", by_merchant())
    related = ("user", "merchant")
    search_fields = ("pk",)
    search_help_text = "A merchant's e-mail address, name or number"
    ordering = ("-id",)

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        return of_merchant(rows, term)


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    list_display = ("hint", "merchant", "scope", "label", "is_active", "expires_at", "created_at")
    list_filter = ("scope", "is_active", by_merchant())
    related = ("merchant",)
    search_fields = ("pk",)
    search_help_text = "A merchant's e-mail address, name or number"
    ordering = ("-id",)
    exclude = ("sha256",)

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        return of_merchant(rows, term)


@admin.register(LoginAttempt)
class LoginAttemptAdmin(ReadOnlyAdmin):
    list_display = ("at", "account", "address")
    list_filter = (by_day("at"),)
    search_fields = ("pk",)
    search_help_text = "An account's e-mail address, or an IP address"
    ordering = ("-id",)

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        return rows.filter(account=term.lower()) | rows.filter(address=term)


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    """Mail and SMS; their text may hold a link that signs in, so it is for who works on sign-ins."""

    list_display = ("sent_at", "kind", "to", "subject", "error")
    list_filter = ("kind",)
    search_fields = ("pk",)
    search_help_text = "An address, or the name of an inbox"
    ordering = ("-id",)
    look_act = "users"

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        return rows.filter(box=term)


@admin.register(SystemConfig)
class SystemConfigAdmin(StaffAdmin):
    """One page with all settings, checked and in force within seconds."""

    change_act = "settings"

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        may = can(request, "settings")
        if request.method == "POST" and not may:
            raise PermissionDenied
        form = ConfigForm(request.POST if request.method == "POST" else None, initial={k.value: v for k, v in system_config().items()})
        if request.method == "POST" and form.is_valid():
            try:
                change_config(values=form.cleaned_data)
            except ApiError as refused:
                form.add_error(refused.field if refused.field in form.fields else None, refused.message)
            else:
                messages.success(request, "Saved. The settings are in force everywhere within seconds.")
                return redirect(request.path)
        if not may:
            for field in form.fields.values():
                field.disabled = True
        shown = {**self.admin_site.each_context(request), "title": "System settings", "opts": self.opts, "form": form, "may_change": may}
        return TemplateResponse(request, "admin/settings.html", shown, status=400 if form.errors else 200)


@admin.register(Flag)
class FlagAdmin(StaffAdmin):
    list_display = ("label", "key", "is_enabled", "updated_at")
    ordering = ("key",)
    fields = ("key", "is_enabled", "merchants", "updated_at")
    readonly_fields = ("key", "updated_at")
    autocomplete_fields = ("merchants",)
    change_act = "settings"

    @admin.display(description="feature")
    def label(self, flag: Flag) -> str:
        return str(flag.get_key_display())

    def save_model(self, request: HttpRequest, obj: Flag, form: Any, change: bool) -> None:
        change_flag(key=FlagKey(obj.key), is_enabled=obj.is_enabled, merchants=form.cleaned_data["merchants"])
