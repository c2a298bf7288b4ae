"""Checkouts, payments, refunds, disputes and settlements in the admin portal: to read."""

from typing import Any

from django.contrib import admin

from mypay.kit.admin import ReadOnlyAdmin
from mypay.kit.money import to_text
from payments.models import Checkout, Dispute, Payment, Refund, Settlement, SettlementItem, SettlementPlan


def _money(name: str, description: str = "") -> Any:
    """A column of minor units, shown with its places."""

    @admin.display(description=description or name, ordering=name)
    def column(self: Any, row: Any) -> str:
        return f"{row.currency} {to_text(getattr(row, name), row.currency)}"

    return column


@admin.register(Checkout)
class CheckoutAdmin(ReadOnlyAdmin):
    list_display = ("reference", "merchant", "money", "method", "status", "status_code", "created_at")
    list_filter = ("status", "method")
    list_select_related = ("merchant",)
    search_fields = ("reference", "merchant__email")
    ordering = ("-id",)
    money = _money("amount")


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "merchant", "checkout", "money", "method", "payer", "status", "status_code")
    list_filter = ("status", "method")
    list_select_related = ("merchant", "checkout")
    search_fields = ("checkout__reference", "merchant__email")
    ordering = ("-id",)
    money = _money("amount")


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "merchant", "payment_id", "money", "status", "reason", "failure_reason")
    list_filter = ("status",)
    list_select_related = ("merchant",)
    search_fields = ("payment__checkout__reference", "merchant__email")
    ordering = ("-id",)
    money = _money("amount")


@admin.register(Dispute)
class DisputeAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "merchant", "payment_id", "money", "reason", "status", "respond_by", "closed_at")
    list_filter = ("status", "reason")
    list_select_related = ("merchant",)
    search_fields = ("payment__checkout__reference", "merchant__email")
    ordering = ("-id",)
    money = _money("amount")


@admin.register(SettlementPlan)
class SettlementPlanAdmin(ReadOnlyAdmin):
    list_display = ("merchant", "currency", "country", "delay_days", "cutoff", "least", "due_at")
    list_filter = ("currency", "country")
    list_select_related = ("merchant",)
    search_fields = ("merchant__email",)
    least = _money("minimum")


@admin.register(Settlement)
class SettlementAdmin(ReadOnlyAdmin):
    list_display = (
        "created_at",
        "merchant",
        "item_count",
        "gross_money",
        "deducted_money",
        "funded_money",
        "fee_money",
        "tax_money",
        "net_money",
    )
    list_filter = ("currency",)
    list_select_related = ("merchant",)
    search_fields = ("merchant__email",)
    ordering = ("-id",)
    gross_money, deducted_money, funded_money = _money("gross"), _money("deducted"), _money("funded")
    fee_money, tax_money, net_money = _money("fee"), _money("tax"), _money("net")


@admin.register(SettlementItem)
class SettlementItemAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "merchant", "kind", "payment_id", "money", "fee_money", "tax_money", "settles_at", "settlement_id")
    list_filter = ("kind", "currency")
    list_select_related = ("merchant",)
    search_fields = ("payment__checkout__reference", "merchant__email")
    ordering = ("-id",)
    money, fee_money, tax_money = _money("amount"), _money("fee"), _money("tax")
