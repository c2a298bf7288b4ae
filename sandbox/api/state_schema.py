"""OpenAPI descriptions of faults, reset, snapshots and child sandboxes."""

from rest_framework import serializers

from mypay.kit.documented import AmountField, example, ok
from sandbox.api.schema import RemovedSerializer, described
from sandbox.faults import FaultKind


class FaultMatchSerializer(serializers.Serializer):  # type: ignore[type-arg]
    method = serializers.CharField(required=False)
    path = serializers.CharField(required=False, help_text="What the path begins with")
    route = serializers.CharField(required=False, help_text="As the guides write it: /payouts/:id/reinitiate")


class FaultCreateSerializer(serializers.Serializer):  # type: ignore[type-arg]
    kind = serializers.ChoiceField(choices=FaultKind.choices)
    number = serializers.IntegerField(required=False, help_text="Milliseconds, status, bytes or seconds; docs/sandbox.md says which")
    match = FaultMatchSerializer(required=False, help_text="Empty matches all")
    probability = serializers.FloatField(default=1, min_value=0, max_value=1, help_text="Above 0; drawn from seed and count")
    seed = serializers.CharField(required=False, max_length=50, allow_blank=True)
    priority = serializers.IntegerField(default=100, min_value=0, help_text="Lower is asked first")
    uses = serializers.IntegerField(required=False, min_value=1, help_text="So many strikes; absent: for ever")


class FaultSerializer(serializers.Serializer):  # type: ignore[type-arg]
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=FaultKind.choices)
    number = serializers.IntegerField(allow_null=True)
    match = FaultMatchSerializer()
    probability = serializers.FloatField()
    seed = serializers.CharField(allow_blank=True)
    priority = serializers.IntegerField()
    usesLeft = serializers.IntegerField(allow_null=True)


class FaultsSerializer(serializers.Serializer):  # type: ignore[type-arg]
    faults = FaultSerializer(many=True)


class SnapshotCreateSerializer(serializers.Serializer):  # type: ignore[type-arg]
    name = serializers.CharField(required=False, max_length=100, allow_blank=True)


class SnapshotSerializer(serializers.Serializer):  # type: ignore[type-arg]
    id = serializers.UUIDField()
    name = serializers.CharField(allow_blank=True)
    clock = serializers.DateTimeField(help_text="The merchant's time then")
    rows = serializers.IntegerField()
    createdAt = serializers.DateTimeField()


class SnapshotsSerializer(serializers.Serializer):  # type: ignore[type-arg]
    snapshots = SnapshotSerializer(many=True)


class RestoredSerializer(serializers.Serializer):  # type: ignore[type-arg]
    restored = serializers.IntegerField(help_text="Rows")
    now = serializers.DateTimeField()
    frozen = serializers.BooleanField()


class ChildCreateSerializer(serializers.Serializer):  # type: ignore[type-arg]
    name = serializers.CharField(required=False, max_length=100, allow_blank=True)
    balance = AmountField(required=False, help_text="Rupees, or 0; default 1,000,000")
    ttlSeconds = serializers.IntegerField(required=False, min_value=1, help_text="Removed after so long, in real time")


class ChildSerializer(serializers.Serializer):  # type: ignore[type-arg]
    id = serializers.UUIDField()
    merchantId = serializers.IntegerField()
    name = serializers.CharField()
    createdAt = serializers.DateTimeField()
    expiresAt = serializers.DateTimeField(allow_null=True)


class NewChildSerializer(ChildSerializer):
    payoutKey = serializers.CharField()
    paymentKey = serializers.CharField()


class ChildrenSerializer(serializers.Serializer):  # type: ignore[type-arg]
    children = ChildSerializer(many=True)


_BODY = (400, 413, 415)
_FAULT = example(
    "The next create answers 500, and the payout is there all the same",
    kind="error_after",
    match={"method": "POST", "route": "/payouts"},
    uses=1,
)
_CHILD = example("For one CI run", name="build 4711", balance=50000, ttlSeconds=3600)
_SNAPSHOT = example("Under a name", name="three payouts paid")
LIST_FAULTS = described("list_faults", ok("Faults", FaultsSerializer()))
ADD_FAULT = described("add_fault", ok("Fault", FaultSerializer(), status=201), *_BODY, request=FaultCreateSerializer, examples=[_FAULT])
CLEAR_FAULTS = described("clear_faults", ok("FaultsCleared", RemovedSerializer()))
REMOVE_FAULT = described("remove_fault", ok("FaultRemoved", RemovedSerializer()), 404)
RESET = described("reset_state", ok("Reset", RemovedSerializer()), *_BODY, 409, request=None)
LIST_SNAPSHOTS = described("list_snapshots", ok("Snapshots", SnapshotsSerializer()))
TAKE_SNAPSHOT = described(
    "take_snapshot",
    ok("Snapshot", SnapshotSerializer(), status=201),
    *_BODY,
    409,
    request=SnapshotCreateSerializer,
    examples=[_SNAPSHOT],
)
DELETE_SNAPSHOT = described("delete_snapshot", ok("SnapshotDeleted", RemovedSerializer()), 404)
RESTORE_SNAPSHOT = described("restore_snapshot", ok("Restored", RestoredSerializer()), *_BODY, 404, 409, request=None)
LIST_CHILDREN = described("list_children", ok("Children", ChildrenSerializer()))
CREATE_CHILD = described(
    "create_child", ok("ChildCreated", NewChildSerializer(), status=201), *_BODY, 409, request=ChildCreateSerializer, examples=[_CHILD]
)
DELETE_CHILD = described("delete_child", ok("ChildDeleted", RemovedSerializer()), 404)
