"""Events and where they went, in the admin portal: to read, and to send again. No page shows a secret."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from merchants.finding import of_merchant
from mypay.kit.admin import Doing, Given, ReadOnlyAdmin, by_day, by_merchant
from mypay.kit.ids import is_uuid
from webhooks.models import Attempt, Delivery, Endpoint, Event, TrickRule
from webhooks.services.resend import resend


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "type", "merchant", "subject_id")
    list_filter = ("type", by_merchant(), by_day())
    related = ("merchant",)
    search_fields = ("pk",)
    search_help_text = "An event's id, or the id of what it is about"
    ordering = ("-id",)

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        return rows.filter(pk=term) | rows.filter(subject_id=term) if is_uuid(term) else rows.none()


@admin.register(Endpoint)
class EndpointAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "merchant", "url", "dialect", "is_enabled", "disabled_reason", "failing_since")
    list_filter = ("is_enabled", "disabled_reason", "dialect", by_merchant())
    related = ("merchant",)
    search_fields = ("pk",)
    search_help_text = "An endpoint's id; a merchant's e-mail address, name or number"
    ordering = ("-id",)
    # Own headers may hold a key of the receiver's.
    fields = (
        "merchant", "url", "description", "dialect", "events", "schedule", "per_second", "is_ordered", "is_enabled", "disabled_reason",
        "failing_since", "old_secret_until", "deleted_at", "created_at", "updated_at",
    )  # fmt: skip

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        return super().find(rows, term) if is_uuid(term) else of_merchant(rows, term)


def _resend(request: HttpRequest, delivery: Delivery, given: Given) -> str:
    resend(delivery=delivery)
    return "On its way again."


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "event", "name", "merchant", "url", "status", "tries", "status_code", "error", "due_at")
    list_filter = ("status", "dialect", "trick", by_merchant(), by_day())
    related = ("event", "merchant")
    search_fields = ("pk",)
    search_help_text = "The id of a delivery, of its event, or of what the event is about"
    ordering = ("-id",)
    doings = (Doing("resend", "Send again", "resend", _resend, "Sends it now, with a whole schedule of tries before it."),)

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        if not is_uuid(term):
            return rows.none()
        return rows.filter(pk=term) | rows.filter(
            event__in=[term, *Event.objects.filter(subject_id=term).values_list("pk", flat=True)[:100]]
        )


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "delivery_id", "number", "url", "status_code", "error", "duration_ms")
    search_fields = ("pk",)
    search_help_text = "The id of an attempt or of its delivery"
    ordering = ("-id",)
    # What was sent may carry the receiver's own key.
    exclude = ("request_headers",)

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        return rows.filter(pk=term) | rows.filter(delivery=term) if is_uuid(term) else rows.none()


@admin.register(TrickRule)
class TrickRuleAdmin(ReadOnlyAdmin):
    list_display = ("merchant", "trick", "match", "delay_seconds", "uses_left")
    list_filter = ("trick", by_merchant())
    related = ("merchant",)
    ordering = ("-id",)
