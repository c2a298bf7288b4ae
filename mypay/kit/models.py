"""The kit's one table, and the abstract row that has work later."""

from django.db import models


class IdempotencyRecord(models.Model):
    """One idempotency key of one owner and the reply it stands for.

    Written in the transaction of the effect, so it exists exactly if the effect does.
    """

    id = models.BigAutoField(primary_key=True)
    owner_id = models.BigIntegerField()
    key = models.CharField(max_length=36)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.TextField(default="")
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner_id", "key"], name="idempotency_key_once")]
        indexes = [models.Index(fields=["expires_at"], name="idempotency_expiry")]


class CheckResult(models.Model):
    """What a check of the whole found when it last ran, for who must not run it again: the metrics."""

    name = models.CharField(max_length=40, primary_key=True)
    findings = models.PositiveIntegerField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name}: {self.findings}"


class Scheduled(models.Model):
    """A row that has work later; see `scheduling` for how the work is found and claimed.

    due_at    when the work is due, on the merchant's clock; null: nothing to do
    wake_at   when a worker may take it, in real time; moves to the lease's end when taken;
              null: nothing to do, or the merchant's clock stands still
    attempts  how often the work was taken since it last made progress
    """

    due_at = models.DateTimeField(null=True, blank=True, editable=False)
    wake_at = models.DateTimeField(null=True, blank=True, editable=False)
    attempts = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        abstract = True
