"""Events: written in the transaction of the fact they tell of."""

from django.db import models

from merchants.models import Merchant
from webhooks.catalogue import EventType


class Event(models.Model):
    """A fact that happened; `data` is the object as it was then, JSON.

    The merchant is no constraint of the database: the row of the fact itself, written in the same
    transaction, is, and a second check of one busy merchant's row would only make creates wait.
    """

    id = models.UUIDField(primary_key=True)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="events", db_constraint=False)
    type = models.CharField(max_length=40, choices=EventType.choices)
    subject_id = models.UUIDField()
    data = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["subject_id"], name="event_by_subject")]

    def __str__(self) -> str:
        return f"{self.type} {self.subject_id}"
