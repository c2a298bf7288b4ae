"""Checkouts and payments in the admin portal: to read."""

from django.contrib import admin

from mypay.kit.admin import ReadOnlyAdmin
from mypay.kit.money import to_text
from payments.models import Checkout, Payment


@admin.register(Checkout)
class CheckoutAdmin(ReadOnlyAdmin):
    list_display = ("reference", "merchant", "money", "method", "status", "status_code", "created_at")
    list_filter = ("status", "method")
    list_select_related = ("merchant",)
    search_fields = ("reference", "merchant__email")
    ordering = ("-id",)

    @admin.display(description="amount")
    def money(self, checkout: Checkout) -> str:
        return f"{checkout.currency} {to_text(checkout.amount, checkout.currency)}"


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "merchant", "checkout", "money", "method", "payer", "status", "status_code")
    list_filter = ("status", "method")
    list_select_related = ("merchant", "checkout")
    search_fields = ("checkout__reference", "merchant__email")
    ordering = ("-id",)

    @admin.display(description="amount")
    def money(self, payment: Payment) -> str:
        return f"{payment.currency} {to_text(payment.amount, payment.currency)}"
