"""Balances and transfers in the admin portal: to read."""

from typing import Any

from django.contrib import admin

from ledger.models import MerchantBalance, Transfer
from mypay.kit.admin import ReadOnlyAdmin
from mypay.kit.money import to_text


def _money(name: str) -> Any:
    """A column of minor units, shown with its places."""

    @admin.display(description=name.replace("_", " "), ordering=name)
    def column(self: Any, row: MerchantBalance | Transfer) -> str:
        currency = row.currency if isinstance(row, MerchantBalance) else row.balance.currency
        return f"{currency} {to_text(getattr(row, name), currency)}"

    return column


@admin.register(MerchantBalance)
class MerchantBalanceAdmin(ReadOnlyAdmin):
    list_display = ("merchant", "currency", "available_money", "reserved_money", "pending_money", "disputed_money", "version")
    list_filter = ("currency",)
    list_select_related = ("merchant",)
    search_fields = ("merchant__email",)
    available_money, reserved_money = _money("available"), _money("reserved")
    pending_money, disputed_money = _money("pending"), _money("disputed")


@admin.register(Transfer)
class TransferAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "balance", "sequence", "source", "target", "money", "entry_type", "description")
    list_filter = ("entry_type",)
    list_select_related = ("balance",)
    ordering = ("-id",)
    money = _money("amount")
