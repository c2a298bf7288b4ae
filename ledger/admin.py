"""Balances and transfers in the admin portal: to read."""

from django.contrib import admin

from ledger.models import MerchantBalance, Transfer
from mypay.kit.admin import ReadOnlyAdmin


@admin.register(MerchantBalance)
class MerchantBalanceAdmin(ReadOnlyAdmin):
    list_display = ("merchant", "currency", "available", "reserved", "pending", "disputed", "version")
    list_filter = ("currency",)
    list_select_related = ("merchant",)
    search_fields = ("merchant__email",)


@admin.register(Transfer)
class TransferAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "balance_id", "sequence", "source", "target", "amount", "entry_type", "description")
    list_filter = ("entry_type",)
    ordering = ("-id",)
