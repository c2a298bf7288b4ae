"""Refunds, disputes and settlements in the admin portal: to read. Checkouts and payments are in `portal.staff`."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet

from merchants.finding import of_merchant
from mypay.kit.admin import ReadOnlyAdmin, by_day, by_merchant, money
from mypay.kit.ids import is_uuid
from payments.models import Dispute, Refund, Settlement, SettlementItem, SettlementPlan


class _OfMerchant(ReadOnlyAdmin):
    related = ("merchant",)
    search_fields = ("pk",)
    search_help_text = "An id; a merchant's e-mail address, name or number"
    ordering = ("-id",)

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        return super().find(rows, term) if is_uuid(term) else of_merchant(rows, term)


@admin.register(Refund)
class RefundAdmin(_OfMerchant):
    list_display = ("created_at", "merchant", "payment_id", "money", "status", "reason", "failure_reason")
    list_filter = ("status", by_merchant(), by_day())
    money = money("amount")
    amounts = {"amount": "money"}


@admin.register(Dispute)
class DisputeAdmin(_OfMerchant):
    list_display = ("created_at", "merchant", "payment_id", "money", "reason", "status", "respond_by", "closed_at")
    list_filter = ("status", "reason", by_merchant(), by_day())
    money = money("amount")
    amounts = {"amount": "money"}


@admin.register(SettlementPlan)
class SettlementPlanAdmin(_OfMerchant):
    list_display = ("merchant", "currency", "country", "delay_days", "cutoff", "least", "due_at")
    list_filter = ("currency", "country", by_merchant())
    least, fixed, at_least = money("minimum", "least"), money("fee_fixed"), money("fee_minimum")
    amounts = {"minimum": "least", "fee_fixed": "fixed", "fee_minimum": "at_least"}


@admin.register(Settlement)
class SettlementAdmin(_OfMerchant):
    list_display = (
        "created_at", "merchant", "item_count", "gross_money", "deducted_money", "funded_money", "fee_money", "tax_money", "net_money",
    )  # fmt: skip
    list_filter = ("currency", by_merchant(), by_day())
    gross_money, deducted_money, funded_money = money("gross"), money("deducted"), money("funded")
    fee_money, tax_money, net_money = money("fee"), money("tax"), money("net")
    amounts = {name: f"{name}_money" for name in ("gross", "deducted", "funded", "fee", "tax", "net")}


@admin.register(SettlementItem)
class SettlementItemAdmin(_OfMerchant):
    list_display = ("created_at", "merchant", "kind", "payment_id", "money", "fee_money", "tax_money", "settles_at", "settlement_id")
    list_filter = ("kind", "currency", by_merchant(), by_day())
    money, fee_money, tax_money = money("amount"), money("fee"), money("tax")
    amounts = {"amount": "money", "fee": "fee_money", "tax": "tax_money"}
