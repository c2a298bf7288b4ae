"""The catalogue of events: one list for all flows, documented from here."""

from django.db import models


class EventType(models.TextChoices):
    PAYOUT_CREATED = "payout.created", "A payout was accepted and its amount reserved"
    PAYOUT_UPDATED = "payout.updated", "The rail answered: RETRY, SUCCESS, FAILED, IN_REVIEW or ON_HOLD"
    PAYOUT_REINITIATED = "payout.reinitiated", "A failed payout was sent again"
    PAYMENT_CREATED = "payment.created", "A checkout was opened"
    PAYMENT_COMPLETED = "payment.completed", "A checkout was paid and its amount collected"
    PAYMENT_FAILED = "payment.failed", "An attempt to pay was declined; the status code says why"
    PAYMENT_CANCELLED = "payment.cancelled", "The payer cancelled"
    PAYMENT_EXPIRED = "payment.expired", "Nobody paid in time"
