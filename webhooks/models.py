"""Events, the endpoints that want them, deliveries and their attempts."""

from django.db import models

from merchants.models import Merchant
from mypay.kit.models import Scheduled
from webhooks.catalogue import EventType
from webhooks.states import DeliveryStatus, Dialect, DisabledReason, Trick


class Event(Scheduled):
    """A fact that happened; `data` is the object as it was then, JSON. Its due work is to become deliveries.

    The merchant is no constraint of the database: the row of the fact itself, written in the same
    transaction, is, and a second check of one busy merchant's row would only make creates wait.
    """

    id = models.UUIDField(primary_key=True)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="events", db_constraint=False)
    type = models.CharField(max_length=40, choices=EventType.choices)
    subject_id = models.UUIDField()
    data = models.TextField()
    trick = models.CharField(max_length=16, choices=Trick.choices, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["subject_id"], name="event_by_subject"),
            models.Index(fields=["merchant", "id"], name="event_by_merchant"),
            models.Index(fields=["merchant", "due_at"], name="event_due"),
            models.Index(fields=["wake_at"], name="event_wake"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.subject_id}"


class Endpoint(models.Model):
    """A merchant's URL and what it wants to hear.

    `events`    names of its dialect, `payout.*` or `*`; empty means all
    `headers`   sent along, by name
    `schedule`  seconds before each try instead of the usual ten; null for those
    `per_second`  most deliveries a second; null for no limit
    `failing_since`  the first failure since the last success, on the merchant's clock
    `deleted_at`  the row stays for what was sent there; nobody sees it, its secrets are gone
    """

    kept_on_reset = True

    id = models.UUIDField(primary_key=True)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="endpoints")
    url = models.CharField(max_length=2048)
    description = models.CharField(max_length=200, blank=True)
    dialect = models.CharField(max_length=20, choices=Dialect.choices, default=Dialect.MYPAY)
    events = models.JSONField(default=list, blank=True)
    headers = models.JSONField(default=dict, blank=True)
    schedule = models.JSONField(null=True, blank=True)
    per_second = models.PositiveIntegerField(null=True, blank=True)
    is_ordered = models.BooleanField(default=False)
    is_enabled = models.BooleanField(default=True)
    disabled_reason = models.CharField(max_length=10, choices=DisabledReason.choices, blank=True)
    secret_encrypted = models.TextField(editable=False)
    old_secret_encrypted = models.TextField(blank=True, editable=False)
    old_secret_until = models.DateTimeField(null=True, blank=True, editable=False)
    failing_since = models.DateTimeField(null=True, blank=True, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["merchant", "id"], name="endpoint_by_merchant")]

    def __str__(self) -> str:
        return self.url


class Delivery(Scheduled):
    """One event owed to one URL; its due work is the next try.

    A dialect may tell one event in several of its own: one delivery each, with its `name`, empty for
    the type itself. `target` names the URL's origin once an event: an endpoint's id, or `merchant` or `checkout` for
    the original's `webhookUrl` and `successUrl`, whose URL is kept here. `tries` are those made,
    `earlier_tries` those of them before it was last sent anew: each such round has a whole schedule.
    `replay_id` is the replay that last did so.
    """

    id = models.UUIDField(primary_key=True)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="deliveries")
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="deliveries")
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, null=True, blank=True, related_name="deliveries")
    target = models.CharField(max_length=40)
    url = models.CharField(max_length=2048)
    dialect = models.CharField(max_length=20, choices=Dialect.choices)
    name = models.CharField(max_length=40, blank=True, default="", db_default="")
    trick = models.CharField(max_length=16, choices=Trick.choices, blank=True)
    status = models.CharField(max_length=10, choices=DeliveryStatus.choices)
    tries = models.PositiveIntegerField(default=0)
    earlier_tries = models.PositiveIntegerField(default=0)
    replay_id = models.UUIDField(null=True, blank=True, editable=False)
    status_code = models.PositiveSmallIntegerField(null=True, blank=True)
    error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [models.UniqueConstraint(fields=["event", "target", "name"], name="delivery_once_a_name")]
        indexes = [
            models.Index(fields=["merchant", "id"], name="delivery_by_merchant"),
            models.Index(fields=["merchant", "status", "id"], name="delivery_by_status"),
            models.Index(fields=["endpoint", "status", "id"], name="delivery_by_endpoint"),
            models.Index(fields=["merchant", "due_at"], name="delivery_due"),
            models.Index(fields=["wake_at"], name="delivery_wake"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} to {self.target} {self.status}"

    @property
    def event_name(self) -> str:
        """What the event is called where it goes; without an own name its type, for which the event is read."""
        return self.name or str(self.event.type)


class Attempt(models.Model):
    """One HTTP try: what was sent, what came back, how long it took, and what went wrong in plain words."""

    id = models.BigAutoField(primary_key=True)
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="tried")
    number = models.PositiveIntegerField()
    url = models.CharField(max_length=2048)
    request_headers = models.TextField()
    request_body = models.TextField()
    status_code = models.PositiveSmallIntegerField(null=True, blank=True)
    response_headers = models.TextField(blank=True)
    response_body = models.TextField(blank=True)
    error = models.CharField(max_length=200, blank=True)
    duration_ms = models.PositiveIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["delivery", "id"], name="attempt_by_delivery")]

    def __str__(self) -> str:
        return f"{self.number}: {self.status_code or self.error}"


class Replay(models.Model):
    """One call that sent many of an endpoint's deliveries anew: those of `from_at` to `to_at` in that status.

    How far it is, is counted among the deliveries between `first_id` and `last_id`.
    """

    id = models.UUIDField(primary_key=True)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="replays")
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="replays")
    status = models.CharField(max_length=10)
    from_at = models.DateTimeField(null=True, blank=True)
    to_at = models.DateTimeField(null=True, blank=True)
    first_id = models.UUIDField(null=True, blank=True, editable=False)
    last_id = models.UUIDField(null=True, blank=True, editable=False)
    total = models.PositiveIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["merchant", "id"], name="replay_by_merchant")]

    def __str__(self) -> str:
        return f"{self.total} to {self.endpoint_id}"


class TrickRule(models.Model):
    """A merchant's rule that makes its matching deliveries go wrong.

    `match`          names of `webhooks.tricks` with their values; empty matches everything
    `delay_seconds`  how late a delayed one is
    `uses_left`      null: for ever; a number: so many deliveries
    """

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="trick_rules")
    trick = models.CharField(max_length=16, choices=Trick.choices)
    match = models.JSONField(default=dict, blank=True)
    delay_seconds = models.PositiveIntegerField()
    uses_left = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.trick
