"""Payouts, alone and in batches, whom they go to, and the directory of banks and wallets."""

from django.db import models

from merchants.models import Merchant, User
from mypay.kit.models import Scheduled
from payouts.states import ApprovalStatus, BatchStatus, DestinationType, LineStatus, PayoutStatus


class Payout(Scheduled):
    """Money out to one bank account or wallet, or a UPI address; `amount` in minor units.

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
    account_number = models.CharField(max_length=100)
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


class Beneficiary(models.Model):
    """Somebody a merchant pays again and again; `removed_at` hides one, and adding it anew brings it back."""

    id = models.UUIDField(primary_key=True)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="beneficiaries")
    name = models.CharField(max_length=200)
    destination_type = models.CharField(max_length=6, choices=DestinationType.choices)
    code = models.CharField(max_length=20)
    account_number = models.CharField(max_length=16)
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "beneficiaries"
        constraints = [
            models.UniqueConstraint(fields=["merchant", "destination_type", "code", "account_number"], name="beneficiary_once"),
        ]
        indexes = [models.Index(fields=["merchant", "removed_at", "id"], name="beneficiary_by_merchant")]

    def __str__(self) -> str:
        return f"{self.name} ({self.code} {self.account_number})"


class PayoutBatch(Scheduled):
    """Many payouts from one file; its due work is to pay the next lines, a draft's to be forgotten.

    `amount` is the sum of the valid lines in minor units; the counts are kept in the transaction that
    pays the lines, `revision` guards each such transaction against being made twice. `actor_type` and
    `actor_id` are who said that it shall be paid.
    """

    id = models.UUIDField(primary_key=True)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="payout_batches")
    name = models.CharField(max_length=100, blank=True)
    status = models.CharField(max_length=10, choices=BatchStatus.choices)
    currency = models.CharField(max_length=5)
    amount = models.BigIntegerField(default=0)
    line_count = models.PositiveIntegerField(default=0)
    invalid_count = models.PositiveIntegerField(default=0)
    created_count = models.PositiveIntegerField(default=0)
    failed_count = models.PositiveIntegerField(default=0)
    actor_type = models.CharField(max_length=16, blank=True, editable=False)
    actor_id = models.CharField(max_length=64, blank=True, editable=False)
    revision = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "payout batches"
        indexes = [
            models.Index(fields=["merchant", "id"], name="payout_batch_by_merchant"),
            models.Index(fields=["wake_at"], name="payout_batch_wake"),
        ]

    def __str__(self) -> str:
        return f"{self.name or self.pk} {self.status}"

    @property
    def valid_count(self) -> int:
        """How many lines can be paid."""
        return self.line_count - self.invalid_count

    @property
    def done_count(self) -> int:
        """How many of them have had their turn."""
        return self.created_count + self.failed_count

    @property
    def left_count(self) -> int:
        """How many of them have not."""
        return self.valid_count - self.done_count


class PayoutBatchLine(models.Model):
    """One payout of a batch: the create body it is paid by, and what became of it.

    `number` is the line in the file, or the position in the list, from 1; the error is why it is not paid.
    """

    id = models.BigAutoField(primary_key=True)
    batch = models.ForeignKey(PayoutBatch, on_delete=models.CASCADE, related_name="lines")
    number = models.PositiveIntegerField()
    body = models.JSONField()
    amount = models.BigIntegerField(default=0)
    status = models.CharField(max_length=10, choices=LineStatus.choices)
    error_code = models.CharField(max_length=40, blank=True)
    error_field = models.CharField(max_length=40, blank=True)
    error = models.CharField(max_length=300, blank=True)
    payout = models.ForeignKey(Payout, null=True, blank=True, on_delete=models.SET_NULL, related_name="batch_lines")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "number"], name="batch_line_once")]
        indexes = [models.Index(fields=["batch", "status", "number"], name="batch_line_by_status")]

    def __str__(self) -> str:
        return f"line {self.number} {self.status}"

    @property
    def reference(self) -> str:
        """The reference as it was given."""
        return self._said("merchantReference")

    @property
    def amount_text(self) -> str:
        """The amount as it was given."""
        return self._said("amount")

    @property
    def account_title(self) -> str:
        return self._said("accountTitle")

    @property
    def account_number(self) -> str:
        return self._said("accountNumber")

    @property
    def code(self) -> str:
        """The bank or wallet as it was given."""
        return self._said("bankCode") or self._said("walletCode")

    def _said(self, name: str) -> str:
        value = self.body.get(name)
        return "" if value is None else str(value)[:255]


class PayoutApproval(models.Model):
    """One member of staff asks that a payout be approved; another confirms or refuses it before `expires_at`.

    Times are real time. People are kept by name too: the request tells of them when they are gone.
    """

    payout = models.ForeignKey(Payout, on_delete=models.CASCADE, related_name="approvals")
    status = models.CharField(max_length=9, choices=ApprovalStatus.choices, default=ApprovalStatus.WAITING)
    reason = models.CharField(max_length=200, blank=True)
    requested_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="approvals_requested")
    requested_name = models.CharField(max_length=254)
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="approvals_decided")
    decided_name = models.CharField(max_length=254, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["status", "expires_at"], name="approval_waiting")]

    def __str__(self) -> str:
        return f"{self.payout_id} {self.status}"


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
