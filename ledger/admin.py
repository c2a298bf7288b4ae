"""Balances and transfers in the admin portal: to read, and to check."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from audit.services.record import record
from audit.tags import Tag
from ledger.models import MerchantBalance, Transfer
from ledger.services.check import findings
from merchants.finding import of_merchant
from mypay.kit import sql
from mypay.kit.admin import ReadOnlyAdmin, by_day, by_merchant, can, money
from mypay.kit.ids import is_uuid
from mypay.kit.money import to_text

_SHOWN = 20


@admin.register(MerchantBalance)
class MerchantBalanceAdmin(ReadOnlyAdmin):
    list_display = ("merchant", "available_money", "reserved_money", "pending_money", "disputed_money", "version")
    list_filter = ("currency", by_merchant())
    related = ("merchant",)
    search_fields = ("pk",)
    search_help_text = "A merchant's e-mail address, name or number"
    list_before_template = "admin/check.html"
    available_money, reserved_money = money("available"), money("reserved")
    pending_money, disputed_money = money("pending"), money("disputed")
    amounts = {name: f"{name}_money" for name in ("available", "reserved", "pending", "disputed")}

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        return of_merchant(rows, term)

    def get_urls(self) -> list[URLPattern]:
        check = path("check/", self.admin_site.admin_view(require_POST(self.check_ledger)), name="ledger_check")
        return [check, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        shown = {"check_url": "admin:ledger_check", "check_label": "Check the ledger", "may_check": can(request, "check")}
        response: HttpResponse = super().changelist_view(request, {**shown, **(extra_context or {})})
        return response

    def check_ledger(self, request: HttpRequest) -> HttpResponse:
        """Compares every balance with its transfers and tells what differs."""
        if not can(request, "check"):
            raise PermissionDenied
        with sql.snapshot():
            found = list(findings())
        record(tag=Tag.CHECK_RUN, resource_id="ledger", details={"findings": len(found)})
        for finding in found[:_SHOWN]:
            messages.error(request, finding)
        if not found:
            messages.success(request, "The ledger adds up: every balance is the sum of its transfers.")
        elif len(found) > _SHOWN:
            messages.error(request, f"and {len(found) - _SHOWN} more: manage.py check_ledger tells them all")
        return redirect("admin:ledger_merchantbalance_changelist")


@admin.register(Transfer)
class TransferAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "of", "sequence", "source", "target", "money", "entry_type", "description")
    list_filter = ("entry_type", by_day())
    related = ("balance__merchant",)
    search_fields = ("pk",)
    search_help_text = "The id of a transfer, or of what it is about; a merchant's e-mail address or number"
    ordering = ("-id",)

    amounts = {"amount": "money", "available_after": "left"}

    @admin.display(description="merchant")
    def of(self, row: Transfer) -> str:
        return str(row.balance.merchant)

    @admin.display(description="amount")
    def money(self, row: Transfer) -> str:
        return f"{row.balance.currency} {to_text(row.amount, row.balance.currency)}"

    @admin.display(description="available after")
    def left(self, row: Transfer) -> str:
        return f"{row.balance.currency} {to_text(row.available_after, row.balance.currency)}"

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        if is_uuid(term):
            return rows.filter(subject_id=term) | rows.filter(pk=term)
        return of_merchant(rows, term, "balance__merchant")
