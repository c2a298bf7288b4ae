"""Rules, faults, child sandboxes and snapshots in the admin portal."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from merchants.finding import of_merchant
from mypay.kit.admin import ReadOnlyAdmin, StaffAdmin, by_merchant
from sandbox.forms import RuleForm
from sandbox.models import Child, Fault, Rule, Snapshot
from sandbox.services.faults import remove_faults
from sandbox.services.rules import add_rule, remove_rules
from sandbox.states import Flow, Outcome


class _OfMerchant(StaffAdmin):
    related = ("merchant",)
    search_fields = ("pk",)
    search_help_text = "A merchant's e-mail address, name or number"

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        return of_merchant(rows, term)


@admin.register(Rule)
class RuleAdmin(_OfMerchant):
    """Scenarios: staff add and take away what merchants' developers may too."""

    list_display = ("merchant", "flow", "outcome", "match", "priority", "uses_left")
    list_filter = ("flow", "outcome", by_merchant())
    ordering = ("-id",)
    form = RuleForm
    autocomplete_fields = ("merchant",)
    add_act = delete_act = "scenarios"

    def save_model(self, request: HttpRequest, obj: Rule, form: Any, change: bool) -> None:
        made = add_rule(
            merchant=obj.merchant, flow=Flow(obj.flow), outcome=Outcome(obj.outcome), match=obj.match or {}, reason=obj.reason,
            delay_ms=obj.delay_ms, priority=obj.priority, uses=obj.uses_left, code=obj.code, challenge=obj.challenge,
        )  # fmt: skip
        obj.pk = made.pk

    def delete_model(self, request: HttpRequest, obj: Rule) -> None:
        remove_rules(merchant=obj.merchant, rule_id=obj.pk)


@admin.register(Fault)
class FaultAdmin(_OfMerchant):
    list_display = ("merchant", "kind", "number", "match", "per_million", "priority", "uses_left")
    list_filter = ("kind", by_merchant())
    ordering = ("-id",)
    delete_act = "scenarios"

    def delete_model(self, request: HttpRequest, obj: Fault) -> None:
        remove_faults(merchant=obj.merchant, fault_id=obj.pk)


@admin.register(Child)
class ChildAdmin(_OfMerchant, ReadOnlyAdmin):
    list_display = ("merchant", "parent", "created_at", "due_at")
    related = ("merchant__parent",)
    ordering = ("-id",)

    @admin.display(description="parent")
    def parent(self, row: Child) -> str:
        return str(row.merchant.parent)


@admin.register(Snapshot)
class SnapshotAdmin(_OfMerchant, ReadOnlyAdmin):
    list_display = ("created_at", "merchant", "name", "clock", "row_count")
    list_filter = (by_merchant(),)
    fields = ("merchant", "name", "clock", "row_count", "created_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Snapshot]:
        return Snapshot.objects.defer("content")
