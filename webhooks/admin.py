"""Events and where they went, in the admin portal: to read. No page shows a secret."""

from django.contrib import admin

from mypay.kit.admin import ReadOnlyAdmin
from webhooks.models import Attempt, Delivery, Endpoint, Event, TrickRule


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "type", "merchant", "subject_id")
    list_filter = ("type",)
    list_select_related = ("merchant",)
    search_fields = ("subject_id",)
    ordering = ("-id",)


@admin.register(Endpoint)
class EndpointAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "merchant", "url", "dialect", "is_enabled", "disabled_reason", "failing_since")
    list_filter = ("is_enabled", "disabled_reason", "dialect")
    list_select_related = ("merchant",)
    search_fields = ("url", "merchant__email")
    ordering = ("-id",)
    # Own headers may hold a key of the receiver's.
    fields = (
        "merchant", "url", "description", "dialect", "events", "schedule", "per_second", "is_ordered", "is_enabled", "disabled_reason",
        "failing_since", "old_secret_until", "deleted_at", "created_at", "updated_at",
    )  # fmt: skip


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "event", "merchant", "url", "status", "tries", "status_code", "error", "due_at")
    list_filter = ("status", "dialect", "trick")
    list_select_related = ("event", "merchant", "endpoint")
    search_fields = ("=id", "=event__id", "=event__subject_id")
    ordering = ("-id",)


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "delivery", "number", "url", "status_code", "error", "duration_ms")
    list_select_related = ("delivery",)
    search_fields = ("=delivery__id",)
    ordering = ("-id",)


@admin.register(TrickRule)
class TrickRuleAdmin(ReadOnlyAdmin):
    list_display = ("merchant", "trick", "match", "delay_seconds", "uses_left")
    list_filter = ("trick",)
    list_select_related = ("merchant",)
