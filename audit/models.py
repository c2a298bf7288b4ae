"""The audit trail: entries, and the seals that chain them; and, for some days, the API's requests."""

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
        indexes = [
            models.Index(fields=["resource_id"], name="audit_by_resource"),
            models.Index(fields=["action"], name="audit_by_action"),
            models.Index(fields=["actor_type", "actor_id"], name="audit_by_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.resource_id}"


class AuditSeal(models.Model):
    """One link of the chain: its digest covers the digest before it and every entry of the batch."""

    number = models.PositiveBigIntegerField(primary_key=True)
    sealed_at = models.DateTimeField()
    entry_count = models.PositiveIntegerField()
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index(fields=["sealed_at"], name="seal_by_time")]

    def __str__(self) -> str:
        return f"{self.number}:{self.digest}"


class ApiRequest(models.Model):
    """One request of the API by a known merchant and its answer, masked, for its developers to read.

    `at` is real time, when it was answered, and so is the time in the id. `touched` are ids of what it may have
    changed: the trail's entries of this request say what it did. Headers and bodies are JSON, or a word on why not.
    """

    id = models.UUIDField(primary_key=True)
    merchant_id = models.BigIntegerField()
    request_id = models.CharField(max_length=128)
    at = models.DateTimeField()
    method = models.CharField(max_length=16)
    path = models.CharField(max_length=500)
    query = models.TextField(blank=True)
    status = models.PositiveSmallIntegerField()
    error_code = models.CharField(max_length=60, blank=True)
    duration_ms = models.PositiveIntegerField()
    request_headers = models.TextField(blank=True)
    request_body = models.TextField(blank=True)
    response_headers = models.TextField(blank=True)
    response_body = models.TextField(blank=True)
    touched = models.TextField(blank=True)
    key_hint = models.CharField(max_length=20, blank=True)
    ip = models.CharField(max_length=45, blank=True)

    class Meta:
        verbose_name = "API request"
        indexes = [
            # With the columns that are searched by: else every row's bodies would be read past.
            models.Index(fields=["merchant_id", "id", "status", "method"], name="request_by_merchant"),
            models.Index(fields=["merchant_id", "request_id"], name="request_by_request_id"),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status}"
