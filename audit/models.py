"""The audit trail: entries, and the seals that chain them."""

from django.db import models

from audit.tags import Tag


class AuditEntry(models.Model):
    """One act. Rows are only ever added; the sealer sets `seal` once, nothing else changes.

    `merchant_id` is no foreign key on purpose: the trail outlives what it tells of.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    actor_type = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=64, blank=True)
    merchant_id = models.BigIntegerField(null=True, blank=True)
    action = models.CharField(max_length=40, choices=Tag.choices)
    resource_id = models.CharField(max_length=64, blank=True)
    details = models.TextField(blank=True)
    ip_address = models.CharField(max_length=45, blank=True)
    request_id = models.CharField(max_length=128, blank=True)
    seal = models.ForeignKey("AuditSeal", null=True, blank=True, on_delete=models.PROTECT, related_name="entries")

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = [models.Index(fields=["resource_id"], name="audit_by_resource")]

    def __str__(self) -> str:
        return f"{self.action} {self.resource_id}"


class AuditSeal(models.Model):
    """One link of the chain: its digest covers the digest before it and every entry of the batch."""

    number = models.PositiveBigIntegerField(primary_key=True)
    sealed_at = models.DateTimeField()
    entry_count = models.PositiveIntegerField()
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.number}:{self.digest}"
