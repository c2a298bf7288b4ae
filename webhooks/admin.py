"""Events in the admin portal: to read."""

from django.contrib import admin

from mypay.kit.admin import ReadOnlyAdmin
from webhooks.models import Event


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "type", "merchant", "subject_id")
    list_filter = ("type",)
    list_select_related = ("merchant",)
    search_fields = ("subject_id",)
    ordering = ("-id",)
