"""Flows and outcomes: the words in which a rule speaks, the same for every dialect."""

from django.db import models


class Flow(models.TextChoices):
    PAYOUT = "payout", "Payout"


class Outcome(models.TextChoices):
    """What the simulated rail does; each flow maps these to its own states."""

    SUCCESS = "success", "Success"
    RETRY = "retry", "Fails once, then succeeds"
    FAILED = "failed", "Failed"
    PENDING = "pending", "Stays pending"
    ON_HOLD = "on_hold", "On hold"
    IN_REVIEW = "in_review", "In review"
    PENDING_THEN_SUCCESS = "pending_then_success", "Pending, then success"
    PENDING_THEN_FAILED = "pending_then_failed", "Pending, then failed"


class DecidedBy(models.TextChoices):
    """Where a decision came from, in order of precedence."""

    HEADER = "header", "Request header"
    ONE_SHOT = "one_shot", "Queued one-shot"
    RULE = "rule", "Merchant's rule"
    TABLE = "table", "Built-in table"
    DEFAULT = "default", "Default"
