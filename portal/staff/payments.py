"""Checkouts and payments, as staff see them."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from merchants.finding import by_reference, names_merchant, of_merchant
from mypay.kit.admin import ReadOnlyAdmin, by_day, by_merchant, money
from mypay.kit.ids import is_uuid
from payments.models import Checkout, Payment
from portal.staff.payouts import RESEND
from portal.staff.story import story


@admin.register(Checkout)
class CheckoutAdmin(ReadOnlyAdmin):
    list_display = ("reference", "merchant", "money", "method", "status", "status_code", "created_at")
    list_filter = ("status", "method", by_merchant(), by_day())
    related = ("merchant",)
    search_fields = ("pk",)
    search_help_text = "A checkout's id or reference; a merchant's e-mail address or number"
    ordering = ("-id",)
    change_form_outer_after_template = "admin/story.html"
    money = money("amount")
    amounts = {"amount": "money"}
    doings = (RESEND,)

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        if is_uuid(term):
            return rows.filter(pk=term)
        return of_merchant(rows, term) if names_merchant(term) else by_reference(rows, "reference", term)

    def called(self, row: Checkout) -> str:
        return f"{row.reference} of {row.merchant.company_name}"

    def beside(self, request: HttpRequest, row: Checkout) -> dict[str, Any]:
        return {"story": story(row.merchant, row.pk)}


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "merchant", "checkout", "money", "method", "payer", "status", "status_code")
    list_filter = ("status", "method", by_merchant(), by_day())
    related = ("merchant", "checkout")
    search_fields = ("pk",)
    search_help_text = "A payment's id; a merchant's e-mail address or number"
    ordering = ("-id",)
    change_form_outer_after_template = "admin/story.html"
    captured_money, refunded_money, disputed_money = money("captured"), money("refunded"), money("disputed")
    money = money("amount")
    amounts = {"amount": "money", "captured": "captured_money", "refunded": "refunded_money", "disputed": "disputed_money"}
    doings = (RESEND,)

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        return rows.filter(pk=term) | rows.filter(checkout=term) if is_uuid(term) else of_merchant(rows, term)

    def beside(self, request: HttpRequest, row: Payment) -> dict[str, Any]:
        return {"story": story(row.merchant, row.pk)}
