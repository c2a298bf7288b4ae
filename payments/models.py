"""Checkouts and the payments that attempt them."""

from django.db import models

from merchants.models import Merchant
from mypay.kit.models import Scheduled
from payments.states import CaptureMode, CheckoutStatus, Method, PaymentStatus


class Checkout(Scheduled):
    """A request to collect an amount, with a page to pay it on; `amount` in minor units.

    Its due work is its expiry. `success_url` is where webhooks go, `return_url` where the browser
    returns to (contract section 4). `status_code` is the contract's, empty while pending.
    """

    id = models.UUIDField(primary_key=True)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="checkouts")
    reference = models.CharField(max_length=255)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=5)
    method = models.CharField(max_length=12, choices=Method.choices, blank=True)
    payment_type = models.CharField(max_length=12, default="onetime")
    success_url = models.CharField(max_length=2048, blank=True)
    return_url = models.CharField(max_length=2048, blank=True)
    user_data = models.JSONField(null=True, blank=True)
    description = models.CharField(max_length=500, blank=True)
    metadata = models.JSONField(null=True, blank=True)
    capture_mode = models.CharField(max_length=10, choices=CaptureMode.choices, default=CaptureMode.AUTOMATIC)
    scenario = models.JSONField(null=True, blank=True, editable=False)
    status = models.CharField(max_length=10, choices=CheckoutStatus.choices)
    status_code = models.CharField(max_length=24, blank=True)
    revision = models.PositiveIntegerField(default=0, editable=False)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "reference"], name="checkout_reference_once"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="checkout_amount_positive"),
        ]
        indexes = [
            models.Index(fields=["merchant", "id"], name="checkout_by_merchant"),
            models.Index(fields=["merchant", "status", "id"], name="checkout_by_status"),
            models.Index(fields=["merchant", "due_at"], name="checkout_due"),
            models.Index(fields=["wake_at"], name="checkout_wake"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.status}"


class Payment(Scheduled):
    """One attempt to pay a checkout. `payer` is a mobile number or a card's last four, never more.

    `captured` and `refunded` are sums in minor units: 0 <= refunded <= captured <= amount.
    """

    id = models.UUIDField(primary_key=True)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="payments")
    checkout = models.ForeignKey(Checkout, on_delete=models.CASCADE, related_name="payments")
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=5)
    method = models.CharField(max_length=12, choices=Method.choices)
    payer = models.CharField(max_length=20, blank=True)
    status = models.CharField(max_length=16, choices=PaymentStatus.choices)
    status_code = models.CharField(max_length=24, blank=True)
    captured = models.BigIntegerField(default=0)
    refunded = models.BigIntegerField(default=0)
    plan = models.JSONField(null=True, blank=True, editable=False)
    revision = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(refunded__gte=0, refunded__lte=models.F("captured"), captured__lte=models.F("amount")),
                name="payment_sums",
            )
        ]
        indexes = [
            models.Index(fields=["merchant", "id"], name="payment_by_merchant"),
            models.Index(fields=["merchant", "due_at"], name="payment_due"),
            models.Index(fields=["wake_at"], name="payment_wake"),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.status}"
