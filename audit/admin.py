"""The audit trail in the admin portal."""

from django.contrib import admin

from audit.models import AuditEntry, AuditSeal
from mypay.kit.admin import ReadOnlyAdmin


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("id", "at", "action", "resource_id", "merchant_id", "actor_type", "actor_id", "ip_address", "seal_id")
    list_filter = ("action", "actor_type")
    search_fields = ("resource_id", "request_id", "actor_id")
    ordering = ("-id",)


@admin.register(AuditSeal)
class AuditSealAdmin(ReadOnlyAdmin):
    list_display = ("number", "sealed_at", "entry_count", "digest")
    ordering = ("-number",)
