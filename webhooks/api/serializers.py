"""The webhooks API's bodies, for its documentation."""

from rest_framework import serializers

from mypay.kit.documented import PaginationSerializer
from webhooks.catalogue import EventType
from webhooks.states import DeliveryStatus, Dialect, DisabledReason, Trick


class _EndpointBody(serializers.Serializer):  # type: ignore[type-arg]
    description = serializers.CharField(required=False, max_length=200)
    events = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Names of the dialect, families as payout.*, or *; empty: all"
    )
    dialect = serializers.ChoiceField(choices=Dialect.choices, default=Dialect.MYPAY)
    headers = serializers.DictField(child=serializers.CharField(), required=False, help_text="Sent along, at most 20")
    schedule = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=172_800),
        required=False,
        allow_null=True,
        help_text="Seconds before each of 1 to 20 tries; absent or null: ten tries over 76 hours",
    )
    perSecond = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=1000, help_text="Most deliveries a second")
    ordered = serializers.BooleanField(default=False, help_text="Events of one object arrive one after the other")


class EndpointCreateSerializer(_EndpointBody):
    url = serializers.URLField(max_length=2048)


class EndpointChangeSerializer(_EndpointBody):
    url = serializers.URLField(max_length=2048, required=False)
    enabled = serializers.BooleanField(required=False)


class EndpointSerializer(serializers.Serializer):  # type: ignore[type-arg]
    id = serializers.UUIDField()
    url = serializers.URLField()
    description = serializers.CharField(allow_blank=True)
    events = serializers.ListField(child=serializers.CharField())
    dialect = serializers.ChoiceField(choices=Dialect.choices)
    headers = serializers.DictField(child=serializers.CharField())
    schedule = serializers.ListField(child=serializers.IntegerField(), allow_null=True)
    perSecond = serializers.IntegerField(allow_null=True)
    ordered = serializers.BooleanField()
    enabled = serializers.BooleanField()
    disabledReason = serializers.ChoiceField(choices=DisabledReason.choices, allow_null=True)
    failingSince = serializers.DateTimeField(allow_null=True, help_text="The first failure since the last success")
    oldSecretUntil = serializers.DateTimeField(allow_null=True)
    createdAt = serializers.DateTimeField()
    updatedAt = serializers.DateTimeField()


class NewEndpointSerializer(EndpointSerializer):
    secret = serializers.CharField(help_text="whsec_ and base64; shown this once")


class EndpointsSerializer(serializers.Serializer):  # type: ignore[type-arg]
    endpoints = EndpointSerializer(many=True)


class DeletedSerializer(serializers.Serializer):  # type: ignore[type-arg]
    deleted = serializers.BooleanField()


class RotateSecretSerializer(serializers.Serializer):  # type: ignore[type-arg]
    overlapSeconds = serializers.IntegerField(default=86_400, min_value=0, max_value=604_800)


class ReplayCreateSerializer(serializers.Serializer):  # type: ignore[type-arg]
    status = serializers.ChoiceField(choices=["failed", "skipped", "delivered", "all"], default="failed")

    def get_fields(self) -> dict[str, serializers.Field]:  # type: ignore[type-arg]
        """`from` is no name in Python."""
        times = {
            name: serializers.CharField(required=False, help_text="A date, its whole day counts, or a time") for name in ("from", "to")
        }
        return {**times, **super().get_fields()}


class ReplaySerializer(serializers.Serializer):  # type: ignore[type-arg]
    id = serializers.UUIDField()
    endpointId = serializers.UUIDField()
    status = serializers.CharField(help_text="Which were chosen")
    to = serializers.DateTimeField(allow_null=True)
    total = serializers.IntegerField(help_text="How many were sent again")
    pending = serializers.IntegerField()
    delivered = serializers.IntegerField()
    failed = serializers.IntegerField()
    skipped = serializers.IntegerField()
    createdAt = serializers.DateTimeField()

    def get_fields(self) -> dict[str, serializers.Field]:  # type: ignore[type-arg]
        """`from` is no name in Python."""
        return {"from": serializers.DateTimeField(allow_null=True), **super().get_fields()}


class EventSerializer(serializers.Serializer):  # type: ignore[type-arg]
    id = serializers.UUIDField()
    type = serializers.ChoiceField(choices=EventType.choices)
    subjectId = serializers.UUIDField()
    createdAt = serializers.DateTimeField()


class EventWithDataSerializer(EventSerializer):
    def get_fields(self) -> dict[str, serializers.Field]:  # type: ignore[type-arg]
        """`data` is the serializer's own name."""
        return {**super().get_fields(), "data": serializers.DictField(help_text="The object as it was then")}


class EventPaginationSerializer(PaginationSerializer):
    nextAfter = serializers.CharField(required=False, help_text="With after: where to go on")


class EventPageSerializer(serializers.Serializer):  # type: ignore[type-arg]
    events = EventWithDataSerializer(many=True)
    pagination = EventPaginationSerializer()


class CatalogueEntrySerializer(serializers.Serializer):  # type: ignore[type-arg]
    type = serializers.ChoiceField(choices=EventType.choices)
    description = serializers.CharField()
    example = serializers.DictField(help_text="The body in the dialect mypay")


class CatalogueSerializer(serializers.Serializer):  # type: ignore[type-arg]
    eventTypes = CatalogueEntrySerializer(many=True)
    dialects = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()), help_text="By dialect, the names that a filter may hold"
    )


class DeliverySerializer(serializers.Serializer):  # type: ignore[type-arg]
    id = serializers.UUIDField()
    eventId = serializers.UUIDField()
    type = serializers.ChoiceField(choices=EventType.choices)
    name = serializers.CharField(help_text="What the dialect calls the event; the type where it has no word of its own")
    subjectId = serializers.UUIDField()
    endpointId = serializers.UUIDField(allow_null=True)
    target = serializers.ChoiceField(choices=["endpoint", "merchant", "checkout"])
    url = serializers.URLField()
    dialect = serializers.ChoiceField(choices=Dialect.choices)
    trick = serializers.ChoiceField(choices=Trick.choices, allow_null=True)
    status = serializers.ChoiceField(choices=DeliveryStatus.choices)
    tries = serializers.IntegerField()
    statusCode = serializers.IntegerField(allow_null=True)
    error = serializers.CharField(allow_null=True)
    nextTryAt = serializers.DateTimeField(allow_null=True)
    createdAt = serializers.DateTimeField()
    updatedAt = serializers.DateTimeField()


class DeliveryPageSerializer(serializers.Serializer):  # type: ignore[type-arg]
    deliveries = DeliverySerializer(many=True)
    pagination = EventPaginationSerializer()


class AttemptSerializer(serializers.Serializer):  # type: ignore[type-arg]
    number = serializers.IntegerField()
    url = serializers.URLField()
    requestHeaders = serializers.DictField()
    requestBody = serializers.CharField()
    statusCode = serializers.IntegerField(allow_null=True)
    responseHeaders = serializers.DictField()
    responseBody = serializers.CharField(allow_blank=True)
    error = serializers.CharField(allow_null=True)
    durationMs = serializers.IntegerField()
    createdAt = serializers.DateTimeField()


class DeliveryDetailSerializer(DeliverySerializer):
    attempts = AttemptSerializer(many=True)


class TriggerSerializer(serializers.Serializer):  # type: ignore[type-arg]
    type = serializers.ChoiceField(choices=EventType.choices)
    subjectId = serializers.UUIDField(required=False, help_text="Your object; absent: a made one")

    def get_fields(self) -> dict[str, serializers.Field]:  # type: ignore[type-arg]
        """`data` is the serializer's own name."""
        return {**super().get_fields(), "data": serializers.DictField(required=False, help_text="Members that replace the object's")}


class DebugSerializer(serializers.Serializer):  # type: ignore[type-arg]
    headers = serializers.DictField(child=serializers.CharField(), help_text="As they were received")
    body = serializers.CharField(help_text="As it was received, to the byte")
    secret = serializers.CharField(required=False, help_text="The one you verify with")
    endpointId = serializers.UUIDField(required=False, help_text="Instead of secret")
    now = serializers.DateTimeField(required=False, help_text="Your clock when you verified")


class FindingSerializer(serializers.Serializer):  # type: ignore[type-arg]
    code = serializers.CharField()
    part = serializers.ChoiceField(choices=["headers", "timestamp", "signature", "secret", "body"])
    message = serializers.CharField()


class DebugReportSerializer(serializers.Serializer):  # type: ignore[type-arg]
    matches = serializers.BooleanField()
    dialect = serializers.ChoiceField(choices=Dialect.choices)
    findings = FindingSerializer(many=True)
    signedWith = serializers.CharField(allow_null=True)
    baseString = serializers.CharField()
    expectedSignature = serializers.CharField(allow_null=True)


class TrickCreateSerializer(serializers.Serializer):  # type: ignore[type-arg]
    trick = serializers.ChoiceField(choices=Trick.choices)
    match = serializers.DictField(required=False, help_text="type, endpointId, subjectId, reference; empty matches all")
    uses = serializers.IntegerField(required=False, min_value=1, help_text="Absent: for ever")
    delaySeconds = serializers.IntegerField(default=300, min_value=1, help_text="For delay")


class TrickSerializer(serializers.Serializer):  # type: ignore[type-arg]
    id = serializers.IntegerField()
    trick = serializers.ChoiceField(choices=Trick.choices)
    match = serializers.DictField()
    delaySeconds = serializers.IntegerField()
    usesLeft = serializers.IntegerField(allow_null=True)


class TricksSerializer(serializers.Serializer):  # type: ignore[type-arg]
    tricks = TrickSerializer(many=True)
