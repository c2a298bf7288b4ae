"""The audit trail and the request log in the admin portal: to read."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from audit.models import ApiRequest, AuditEntry, AuditSeal
from audit.services.record import record
from audit.services.verify import findings, head
from audit.tags import Tag
from mypay.kit.admin import DayFilter, ReadOnlyAdmin, can

_SHOWN = 20


class ActorFilter(admin.SimpleListFilter):
    """By kind of actor; one actor is asked for in the search, as `admin 3`."""

    title = "who"
    parameter_name = "who"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("admin", "Staff"),
            ("user", "Merchants' people"),
            ("merchant", "API keys"),
            ("system", "The system"),
            ("visitor", "Visitors"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        return queryset.filter(actor_type=self.value()) if self.value() else queryset


class WrittenFilter(DayFilter):
    """By the day an entry was written, in real time, to within the seconds between two seals: these know it."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        first, last = self.day("from"), self.day("to")
        if first is not None:
            start = _first_since(first)
            queryset = queryset.filter(seal__isnull=True) if start is None else queryset.filter(pk__gte=start)
        if last is not None and (end := _first_since(last + timedelta(days=1))) is not None:
            queryset = queryset.filter(pk__lt=end)
        return queryset


def _first_since(moment: datetime) -> int | None:
    """The first entry of the first seal from then on."""
    seal = AuditSeal.objects.filter(sealed_at__gte=moment).order_by("sealed_at").first()
    return AuditEntry.objects.filter(seal=seal).order_by("pk").values_list("pk", flat=True).first() if seal else None


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "action", "resource_id", "merchant_id", "actor_type", "actor_id", "ip_address", "is_sealed")
    list_filter = (ActorFilter, "action", ("at", WrittenFilter))
    search_fields = ("pk",)
    search_help_text = "An object's id, an actor as in admin 3, or merchant 12"
    ordering = ("-id",)
    list_before_template = "admin/check.html"

    @admin.display(boolean=True, description="sealed")
    def is_sealed(self, entry: AuditEntry) -> bool:
        return entry.seal_id is not None

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        kind, _, number = term.partition(" ")
        if kind in ("admin", "user") and number:
            return rows.filter(actor_type=kind, actor_id=number.strip())
        return rows.filter(resource_id=number.strip() if kind == "merchant" and number else term)

    def get_urls(self) -> list[URLPattern]:
        check = path("check/", self.admin_site.admin_view(require_POST(self.check_chain)), name="audit_check")
        return [check, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        shown = {"check_url": "admin:audit_check", "check_label": "Check the chain", "may_check": can(request, "check"), "head": head()}
        response: HttpResponse = super().changelist_view(request, {**shown, **(extra_context or {})})
        return response

    def check_chain(self, request: HttpRequest) -> HttpResponse:
        """Reads the whole trail and tells what is wrong with it."""
        if not can(request, "check"):
            raise PermissionDenied
        found = list(findings())
        record(tag=Tag.CHECK_RUN, resource_id="audit", details={"findings": len(found)})
        for finding in found[:_SHOWN]:
            messages.error(request, finding)
        if not found:
            messages.success(request, f"The audit chain is whole; its head is {head() or 'not there yet'}.")
        elif len(found) > _SHOWN:
            messages.error(request, f"and {len(found) - _SHOWN} more: manage.py check_audit tells them all")
        return redirect("admin:audit_auditentry_changelist")


@admin.register(AuditSeal)
class AuditSealAdmin(ReadOnlyAdmin):
    list_display = ("number", "sealed_at", "entry_count", "digest")
    search_fields = ("pk",)
    ordering = ("-number",)


@admin.register(ApiRequest)
class ApiRequestAdmin(ReadOnlyAdmin):
    list_display = ("at", "merchant_id", "method", "path", "status", "error_code", "duration_ms", "ip")
    list_filter = (("at", DayFilter),)
    search_fields = ("pk",)
    search_help_text = "A request's id, or merchant 12"
    ordering = ("-id",)

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        kind, _, number = term.partition(" ")
        if kind == "merchant" and number.strip().isdecimal() and number.isascii():
            return rows.filter(merchant_id=int(number.strip()[:18]))
        return super().find(rows, term)
