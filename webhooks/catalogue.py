"""The catalogue of events: one list for all flows, documented from here."""

from django.db import models


class EventType(models.TextChoices):
    PAYOUT_CREATED = "payout.created", "A payout was accepted and its amount reserved"
    PAYOUT_UPDATED = "payout.updated", "The rail answered: RETRY, SUCCESS, FAILED, IN_REVIEW or ON_HOLD"
    PAYOUT_REINITIATED = "payout.reinitiated", "A failed payout was sent again"
