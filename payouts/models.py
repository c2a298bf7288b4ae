"""Payouts, and the directory of banks and wallets they go to."""

from django.db import models

from merchants.models import Merchant
from mypay.kit.models import Scheduled
from payouts.states import DestinationType, PayoutStatus


class Payout(Scheduled):
    """Money out to one bank account or wallet; `amount` in minor units.

    `scenario` is the decision pinned to it, if its merchant scripted one; `plan` the steps still
    to come; `revision` counts its changes and guards each against being made twice.
    """

    id = models.UUIDField(primary_key=True)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="payouts")
    merchant_reference = models.CharField(max_length=255)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=5)
    destination_type = models.CharField(max_length=6, choices=DestinationType.choices)
    bank_code = models.CharField(max_length=20, blank=True)
    wallet_code = models.CharField(max_length=20, blank=True)
    account_number = models.CharField(max_length=16)
    account_title = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=PayoutStatus.choices)
    failure_reason = models.CharField(max_length=200, blank=True)
    psp_reference = models.CharField(max_length=40, blank=True)
    purpose = models.CharField(max_length=255, blank=True)
    description = models.CharField(max_length=500, blank=True)
    metadata = models.JSONField(null=True, blank=True)
    scenario = models.JSONField(null=True, blank=True, editable=False)
    plan = models.JSONField(null=True, blank=True, editable=False)
    revision = models.PositiveIntegerField(default=0, editable=False)
    processed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "merchant_reference"], name="payout_reference_once"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="payout_amount_positive"),
        ]
        indexes = [
            models.Index(fields=["merchant", "id"], name="payout_by_merchant"),
            models.Index(fields=["merchant", "status", "id"], name="payout_by_status"),
            models.Index(fields=["merchant", "due_at"], name="payout_due"),
            models.Index(fields=["wake_at"], name="payout_wake"),
        ]

    def __str__(self) -> str:
        return f"{self.merchant_reference} {self.status}"


class DirectoryEntry(models.Model):
    """A bank or wallet. `is_active` shows it and lets it verify; `accepts_payouts` lets it be paid."""

    kind = models.CharField(max_length=6, choices=DestinationType.choices)
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=100)
    is_active = models.BooleanField(default=True)
    accepts_payouts = models.BooleanField(default=True)

    class Meta:
        verbose_name_plural = "directory entries"
        constraints = [models.UniqueConstraint(fields=["kind", "code"], name="directory_code_once")]
        ordering = ["kind", "name"]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"
