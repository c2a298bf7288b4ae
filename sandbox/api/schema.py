"""OpenAPI descriptions of the sandbox controls."""

from typing import Any

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers

from mypay.kit.documented import errors, ok
from sandbox.states import Challenge, Flow, Outcome


class RuleCreateSerializer(serializers.Serializer):  # type: ignore[type-arg]
    flow = serializers.ChoiceField(choices=Flow.choices, default=Flow.PAYOUT)
    match = serializers.DictField(
        required=False, help_text="amount, minAmount, maxAmount, number, numberEndsWith, method, metadata; empty matches all"
    )
    outcome = serializers.ChoiceField(choices=Outcome.choices, help_text="Those of the flow; docs/sandbox.md lists them")
    reason = serializers.CharField(required=False, max_length=200)
    code = serializers.RegexField(
        r"^[A-Z][A-Z0-9_]{0,23}$", required=False, help_text="Payments: the failure's status code instead of the outcome's own"
    )
    challenge = serializers.ChoiceField(choices=Challenge.choices, required=False, help_text="Payments: what the payer is asked for first")
    delayMs = serializers.IntegerField(
        required=False, min_value=0, help_text="Instead of the usual time to the outcome, of a payment to its later step"
    )
    priority = serializers.IntegerField(default=100, min_value=0, help_text="Lower is asked first")
    uses = serializers.IntegerField(required=False, min_value=1, help_text="1 queues a one-shot; absent: for ever")


class RuleSerializer(serializers.Serializer):  # type: ignore[type-arg]
    id = serializers.IntegerField()
    flow = serializers.ChoiceField(choices=Flow.choices)
    match = serializers.DictField()
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    reason = serializers.CharField(allow_blank=True)
    code = serializers.CharField(allow_blank=True)
    challenge = serializers.ChoiceField(choices=Challenge.choices, allow_blank=True)
    delayMs = serializers.IntegerField(allow_null=True)
    priority = serializers.IntegerField()
    usesLeft = serializers.IntegerField(allow_null=True)


class RulesSerializer(serializers.Serializer):  # type: ignore[type-arg]
    rules = RuleSerializer(many=True)


class RemovedSerializer(serializers.Serializer):  # type: ignore[type-arg]
    removed = serializers.IntegerField()


class ClockSerializer(serializers.Serializer):  # type: ignore[type-arg]
    now = serializers.DateTimeField()
    frozen = serializers.BooleanField()
    ran = serializers.IntegerField(help_text="How much due work was done on the way")


class ClockMoveSerializer(serializers.Serializer):  # type: ignore[type-arg]
    seconds = serializers.FloatField(required=False, help_text="For advance: how far")


_TAGS = {"tags": ["sandbox"]}
LIST_RULES: dict[str, Any] = {**_TAGS, "responses": {**ok("Rules", RulesSerializer()), **errors(403)}}
ADD_RULE: dict[str, Any] = {
    **_TAGS,
    "request": RuleCreateSerializer,
    "responses": {**ok("Rule", RuleSerializer(), status=201), **errors(400, 403, 413, 415)},
    "examples": [
        OpenApiExample(
            "The next payout above 5,000 fails after ten seconds",
            request_only=True,
            value={"match": {"minAmount": 5000}, "outcome": "failed", "reason": "Bank offline", "delayMs": 10000, "uses": 1},
        )
    ],
}
CLEAR_RULES: dict[str, Any] = {**_TAGS, "operation_id": "clear_rules", "responses": {**ok("Cleared", RemovedSerializer()), **errors(403)}}
REMOVE_RULE: dict[str, Any] = {**_TAGS, "responses": {**ok("Removed", RemovedSerializer()), **errors(403, 404)}}
CLOCK: dict[str, Any] = {**_TAGS, "responses": {**ok("Clock", ClockSerializer()), **errors(403)}}
MOVE_CLOCK: dict[str, Any] = {
    **_TAGS,
    "request": ClockMoveSerializer,
    "responses": {**ok("ClockMoved", ClockSerializer()), **errors(400, 403, 409, 413, 415)},
    "examples": [OpenApiExample("A day", request_only=True, value={"seconds": 86400})],
}
