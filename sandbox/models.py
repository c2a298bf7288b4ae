"""Rules that decide outcomes, faults, clock advances in progress, child sandboxes, snapshots.

Of a merchant's rows, those with `kept_on_reset` stay when its state is reset or restored: see
`sandbox.belongings`.
"""

from django.db import models
from django.utils import timezone

from merchants.models import Merchant
from mypay.kit.models import Scheduled
from sandbox.faults import ALWAYS, FaultKind
from sandbox.states import Challenge, Flow, Outcome


class Rule(models.Model):
    """A merchant's rule: which requests it matches and what then happens.

    `match`      names of `sandbox.matching` with their values; empty matches everything
    `code`       the status code of a payment that then fails; empty: the outcome's own
    `challenge`  what a payer is asked for first; empty: the method's own way
    `delay_ms`   instead of the usual time to the outcome
    `uses_left`  null: for ever; a number: so many times (1 is a queued one-shot)
    """

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="rules")
    flow = models.CharField(max_length=10, choices=Flow.choices)
    match = models.JSONField(default=dict, blank=True)
    outcome = models.CharField(max_length=24, choices=Outcome.choices)
    reason = models.CharField(max_length=200, blank=True)
    code = models.CharField(max_length=24, blank=True)
    challenge = models.CharField(max_length=10, choices=Challenge.choices, blank=True)
    delay_ms = models.PositiveIntegerField(null=True, blank=True)
    priority = models.IntegerField(default=100)
    uses_left = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["priority", "pk"]

    def __str__(self) -> str:
        return f"{self.flow}: {self.outcome}"


class ClockAdvance(Scheduled):
    """A merchant's clock on its way to `target`; if whoever runs it dies, the sweep goes on."""

    merchant = models.OneToOneField(Merchant, on_delete=models.CASCADE, related_name="advance")
    target = models.DateTimeField()
    stays_frozen = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["wake_at"], name="clock_advance_wake")]


class Fault(models.Model):
    """A merchant's fault: which requests it strikes and how it breaks the transport.

    `match`        names of `sandbox.faults` with their values; empty matches everything
    `number`       what the kind needs: milliseconds, a status, bytes; see `sandbox.faults.NUMBERS`
    `per_million`  of the matching requests, chosen by `seed` and by `asked`, how often it was asked
    `uses_left`    null: for ever; a number: so many strikes
    """

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="faults")
    kind = models.CharField(max_length=16, choices=FaultKind.choices)
    number = models.PositiveIntegerField(null=True, blank=True)
    match = models.JSONField(default=dict, blank=True)
    per_million = models.PositiveIntegerField(default=ALWAYS)
    seed = models.CharField(max_length=50, blank=True)
    asked = models.PositiveBigIntegerField(default=0)
    priority = models.IntegerField(default=100)
    uses_left = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["priority", "pk"]

    def __str__(self) -> str:
        return self.kind


class Child(Scheduled):
    """What makes a merchant a disposable sandbox of `merchant.parent`; its due work is its end.

    `due_at` is real time: a child's own clock may stand still and it must go all the same.
    """

    kept_on_reset = True

    merchant = models.OneToOneField(Merchant, on_delete=models.CASCADE, related_name="child")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name_plural = "children"
        indexes = [models.Index(fields=["wake_at"], name="child_wake")]


class Snapshot(models.Model):
    """A merchant's whole state as it once was; `content` is the file of `sandbox.snapshots`, deflated.

    In the database, not in a folder: every machine sees it, and it goes with its merchant.
    """

    kept_on_reset = True

    id = models.UUIDField(primary_key=True)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="snapshots")
    name = models.CharField(max_length=100, blank=True)
    clock = models.DateTimeField()
    row_count = models.PositiveIntegerField()
    content = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name or str(self.pk)
