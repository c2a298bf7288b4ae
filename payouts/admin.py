"""The directory, beneficiaries and batches in the admin portal; payouts themselves are in `portal.staff`."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from audit.services.record import record
from audit.tags import Tag
from merchants.finding import of_merchant
from mypay.kit.admin import ReadOnlyAdmin, StaffAdmin, by_day, by_merchant, money
from mypay.kit.ids import is_uuid
from payouts.models import Beneficiary, DirectoryEntry, PayoutBatch
from payouts.selectors import forget_codes


@admin.register(DirectoryEntry)
class DirectoryEntryAdmin(StaffAdmin):
    list_display = ("code", "name", "kind", "is_active", "accepts_payouts")
    list_filter = ("kind", "is_active")
    search_fields = ("pk",)
    search_help_text = "A code, or part of a name"
    add_act = change_act = "settings"

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        return rows.filter(code=term.upper()) | rows.filter(name__icontains=term)

    def save_model(self, request: HttpRequest, obj: DirectoryEntry, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        record(tag=Tag.ADMIN_CHANGED, resource_id=f"directory {obj.code}", details={"changed": form.changed_data})
        forget_codes()


class _OfMerchant(ReadOnlyAdmin):
    related = ("merchant",)
    search_fields = ("pk",)
    search_help_text = "An id; a merchant's e-mail address, name or number"
    ordering = ("-id",)

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        return super().find(rows, term) if is_uuid(term) else of_merchant(rows, term)


@admin.register(Beneficiary)
class BeneficiaryAdmin(_OfMerchant):
    list_display = ("created_at", "merchant", "name", "destination_type", "code", "account_number", "removed_at")
    list_filter = ("destination_type", by_merchant())


@admin.register(PayoutBatch)
class PayoutBatchAdmin(_OfMerchant):
    list_display = ("created_at", "merchant", "name", "status", "money", "line_count", "invalid_count", "created_count", "failed_count")
    list_filter = ("status", by_merchant(), by_day())
    money = money("amount")
    amounts = {"amount": "money"}
