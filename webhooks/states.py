"""Dialects of endpoints and the states of deliveries."""

from django.db import models

from sandbox.tricks import Trick as Trick

# Where events of the original go by themselves, beside the endpoints: its `webhookUrl` and `successUrl`.
TARGETS = ("merchant", "checkout")


class Dialect(models.TextChoices):
    """The wire form of what an endpoint gets; a vendor's is registered by its emulator (`webhooks.dialects`)."""

    MYPAY = "mypay", "Standard Webhooks"
    LEGACY = "mypay-legacy", "The original MyPay's (contract sections 2 and 5)"
    RAZORPAY = "razorpay", "Razorpay's own"
    PAYSTACK = "paystack", "Paystack's own"


class DeliveryStatus(models.TextChoices):
    PENDING = "pending", "Pending"
    DELIVERED = "delivered", "Delivered"
    FAILED = "failed", "Failed"
    SKIPPED = "skipped", "Not sent"


class DisabledReason(models.TextChoices):
    """Why nothing is sent to an endpoint."""

    MERCHANT = "merchant", "Switched off by the merchant"
    GONE = "gone", "It answered 410 Gone"
    FAILING = "failing", "Nothing but failures for five days"
    DELETED = "deleted", "Deleted by the merchant"
