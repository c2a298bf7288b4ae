"""Balances and transfers."""

from django.db import models

from ledger.states import Bucket, EntryType
from merchants.models import Merchant


class MerchantBalance(models.Model):
    """A merchant's money in one currency, by bucket, in minor units.

    `version` counts the transfers: it is the user's optimistic lock and numbers each transfer.
    What is available falls below zero only by a forced move: a chargeback is taken whatever is there.
    """

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="balances")
    currency = models.CharField(max_length=5)
    available = models.BigIntegerField(default=0)
    reserved = models.BigIntegerField(default=0)
    pending = models.BigIntegerField(default=0)
    disputed = models.BigIntegerField(default=0)
    version = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "currency"], name="balance_once"),
            models.CheckConstraint(
                condition=models.Q(reserved__gte=0, pending__gte=0, disputed__gte=0),
                name="balance_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.currency} of {self.merchant_id}"


class Transfer(models.Model):
    """One immutable move of an amount between two buckets of one balance.

    `sequence` runs 1, 2, 3 … without a gap in each balance, in the order of commits;
    `available_after` is what was available then. Insert-only.
    """

    id = models.UUIDField(primary_key=True)
    balance = models.ForeignKey(MerchantBalance, on_delete=models.CASCADE, related_name="transfers")
    sequence = models.PositiveBigIntegerField()
    source = models.CharField(max_length=9, choices=Bucket.choices)
    target = models.CharField(max_length=9, choices=Bucket.choices)
    amount = models.BigIntegerField()
    available_after = models.BigIntegerField()
    entry_type = models.CharField(max_length=10, choices=EntryType.choices)
    description = models.CharField(max_length=300)
    subject_id = models.UUIDField(null=True, blank=True)
    metadata = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["balance", "sequence"], name="transfer_sequence_once"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="transfer_amount_positive"),
        ]
        indexes = [models.Index(fields=["subject_id"], name="transfer_by_subject")]

    def __str__(self) -> str:
        return f"{self.source} to {self.target} {self.amount}"
