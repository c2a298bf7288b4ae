"""Merchants, users, members and keys in the admin portal."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from unfold.admin import ModelAdmin, TabularInline
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from audit.services.record import record
from audit.tags import Tag
from merchants.models import ApiKey, LoginAttempt, Member, Merchant, SystemConfig, User
from mypay.kit.admin import ReadOnlyAdmin
from mypay.kit.outbound import OutboundRefused, check_url

for _hidden in (Group, OutstandingToken, BlacklistedToken):
    admin.site.unregister(_hidden)


class MemberInline(TabularInline):  # type: ignore[misc]
    model = Member
    extra = 0
    autocomplete_fields = ("user",)


class MerchantForm(forms.ModelForm):  # type: ignore[type-arg]
    """A merchant's own data; its URL must be one that we would call."""

    webhook_url = forms.URLField(required=False, max_length=2048, assume_scheme="https")

    class Meta:
        model = Merchant
        fields = ("company_name", "name", "status", "environment", "webhook_url")

    def clean_webhook_url(self) -> str:
        url: str = self.cleaned_data["webhook_url"]
        try:
            if url:
                check_url(url)
        except OutboundRefused as refused:
            raise forms.ValidationError(str(refused)) from None
        return url


@admin.register(Merchant)
class MerchantAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ("vendor_id", "company_name", "name", "email", "environment", "status", "created_at")
    list_filter = ("status", "environment")
    search_fields = ("company_name", "name", "email")
    form = MerchantForm
    readonly_fields = ("uuid", "email", "created_at", "updated_at")  # the address is a login's too: change_email moves both
    inlines = (MemberInline,)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # a merchant comes with balance, keys and owner: `manage.py create_merchant`

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Merchant, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        record(tag=Tag.MERCHANT_CHANGED, resource_id=obj.pk, merchant_id=obj.pk, details={"changed": form.changed_data})


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):  # type: ignore[misc, type-arg]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    ordering = ("email",)
    list_display = ("email", "name", "is_staff", "is_active", "last_login")
    list_filter = ("is_staff", "is_active")
    search_fields = ("email", "name")
    fieldsets = ((None, {"fields": ("email", "password", "name", "is_active", "is_staff", "is_superuser", "last_login")}),)
    add_fieldsets = ((None, {"fields": ("email", "name", "password1", "password2")}),)
    filter_horizontal = ()
    readonly_fields = ("last_login",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # a login that acted stays known; take away `is_active` instead


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    list_display = ("hint", "merchant", "scope", "label", "is_active", "created_at")
    list_filter = ("scope", "is_active")
    list_select_related = ("merchant",)
    search_fields = ("merchant__email", "label")


@admin.register(LoginAttempt)
class LoginAttemptAdmin(ReadOnlyAdmin):
    list_display = ("at", "account", "address")
    search_fields = ("account", "address")
    ordering = ("-id",)


@admin.register(SystemConfig)
class SystemConfigAdmin(ReadOnlyAdmin):
    list_display = ("key", "value", "updated_at")
