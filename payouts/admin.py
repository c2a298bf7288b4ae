"""Payouts and the directory in the admin portal."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from audit.services.record import record
from audit.tags import Tag
from mypay.kit.admin import ReadOnlyAdmin
from mypay.kit.money import to_text
from payouts.models import DirectoryEntry, Payout
from payouts.selectors import forget_codes


@admin.register(Payout)
class PayoutAdmin(ReadOnlyAdmin):
    list_display = ("merchant_reference", "merchant", "money", "destination_type", "account_number", "status", "created_at")
    list_filter = ("status", "destination_type")
    list_select_related = ("merchant",)
    search_fields = ("merchant_reference", "merchant__email")
    ordering = ("-id",)

    @admin.display(description="amount")
    def money(self, payout: Payout) -> str:
        return f"{payout.currency} {to_text(payout.amount, payout.currency)}"


@admin.register(DirectoryEntry)
class DirectoryEntryAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ("code", "name", "kind", "is_active", "accepts_payouts")
    list_filter = ("kind", "is_active")

    def save_model(self, request: HttpRequest, obj: DirectoryEntry, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        record(tag=Tag.ADMIN_CHANGED, resource_id=f"directory {obj.code}", details={"changed": form.changed_data})
        forget_codes()
