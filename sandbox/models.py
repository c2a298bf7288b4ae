"""Rules that decide outcomes, and clock advances in progress."""

from django.db import models
from django.utils import timezone

from merchants.models import Merchant
from mypay.kit.models import Scheduled
from sandbox.states import Flow, Outcome


class Rule(models.Model):
    """A merchant's rule: which requests it matches and what then happens.

    `match`      names of `sandbox.matching` with their values; empty matches everything
    `delay_ms`   instead of the usual time to the outcome
    `uses_left`  null: for ever; a number: so many times (1 is a queued one-shot)
    """

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="rules")
    flow = models.CharField(max_length=10, choices=Flow.choices)
    match = models.JSONField(default=dict, blank=True)
    outcome = models.CharField(max_length=24, choices=Outcome.choices)
    reason = models.CharField(max_length=200, blank=True)
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
