"""Rules, faults and snapshots in the admin portal: to read; merchants write their own."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from mypay.kit.admin import ReadOnlyAdmin
from sandbox.models import Fault, Rule, Snapshot


@admin.register(Rule)
class RuleAdmin(ReadOnlyAdmin):
    list_display = ("merchant", "flow", "outcome", "match", "priority", "uses_left")
    list_filter = ("flow", "outcome")
    list_select_related = ("merchant",)


@admin.register(Fault)
class FaultAdmin(ReadOnlyAdmin):
    list_display = ("merchant", "kind", "number", "match", "per_million", "priority", "uses_left")
    list_filter = ("kind",)
    list_select_related = ("merchant",)


@admin.register(Snapshot)
class SnapshotAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "merchant", "name", "clock", "row_count")
    list_select_related = ("merchant",)
    fields = ("merchant", "name", "clock", "row_count", "created_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Snapshot]:
        return Snapshot.objects.defer("content")
