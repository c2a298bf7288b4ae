"""What went through gateways, in the admin portal: to read. Headers of callbacks may hold signatures and are not shown."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet

from gateways.models import GatewayOrder, GatewayRefund, GatewayUsage, InboundEvent, RoutingNote
from merchants.finding import of_merchant
from mypay.kit.admin import ReadOnlyAdmin, by_day, by_merchant, money
from mypay.kit.ids import is_uuid

_MOST_SHOWN = 4_000


@admin.register(GatewayOrder)
class GatewayOrderAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "merchant", "account", "money", "status", "is_paid", "order_id", "paid_by", "latency_ms", "looks")
    list_filter = ("status", "is_paid", "account", by_merchant(), by_day())
    related = ("merchant", "account")
    search_fields = ("pk",)
    search_help_text = "An id, of the order, its payment or checkout"
    ordering = ("-id",)
    money = money("amount")
    amounts = {"amount": "money"}

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        return rows.filter(pk=term) | rows.filter(payment_id=term) | rows.filter(checkout_id=term) if is_uuid(term) else rows.none()


@admin.register(GatewayRefund)
class GatewayRefundAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "merchant", "order_id", "refund_id")
    list_filter = (by_merchant(), by_day())
    related = ("merchant",)
    search_fields = ("pk",)
    search_help_text = "The id of a refund"
    ordering = ("-id",)


@admin.register(InboundEvent)
class InboundEventAdmin(ReadOnlyAdmin):
    list_display = ("received_at", "gateway", "account", "kind", "status", "error", "merchant", "order_id", "applied_at")
    list_filter = ("status", "gateway", "account", by_merchant(), by_day("received_at"))
    related = ("merchant", "account")
    search_fields = ("pk",)
    search_help_text = "An event's id; a merchant's e-mail address, name or number"
    ordering = ("-id",)
    fields = ("received_at", "gateway", "account", "merchant", "key", "kind", "order_id", "status", "error", "applied_at", "raw")
    readonly_fields = ("raw",)

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        return super().find(rows, term) if is_uuid(term) else of_merchant(rows, term)

    @admin.display(description="body")
    def raw(self, row: InboundEvent) -> str:
        return bytes(row.body)[:_MOST_SHOWN].decode(errors="replace")


@admin.register(RoutingNote)
class RoutingNoteAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "merchant", "subject_id", "happening", "account", "text")
    list_filter = ("happening", by_merchant(), by_day())
    related = ("merchant", "account")
    search_fields = ("pk",)
    search_help_text = "The id of a checkout"
    ordering = ("-id",)

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        return rows.filter(subject_id=term) if is_uuid(term) else rows.none()


@admin.register(GatewayUsage)
class GatewayUsageAdmin(ReadOnlyAdmin):
    list_display = ("day", "merchant", "account", "reserved", "paid", "forgiven")
    list_filter = ("account", by_merchant())
    related = ("merchant", "account")
    search_fields = ("pk",)
    search_help_text = "A merchant's e-mail address, name or number"
    ordering = ("-id",)

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        return of_merchant(rows, term)
