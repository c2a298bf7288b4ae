"""OpenAPI descriptions of the sandbox controls."""

from typing import Any

from rest_framework import serializers

from mypay.kit.documented import errors, example, ok
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
    seconds = serializers.FloatField(min_value=0, max_value=10 * 366 * 86_400, help_text="How far, above 0, to the millisecond")


_BODY = (400, 413, 415)
_FAILS = example(
    "The next payout above 5,000 fails after ten seconds",
    match={"minAmount": 5000},
    outcome="failed",
    reason="Bank offline",
    delayMs=10000,
    uses=1,
)
_DECLINES = example("Every card ending in 0119 is declined", flow="payment", match={"numberEndsWith": "0119"}, outcome="failed")


def described(operation: str, reply: dict[int, Any], *refused: int, **more: Any) -> dict[str, Any]:
    """A control: only sandbox merchants have it."""
    return {"operation_id": operation, "tags": ["sandbox"], "responses": {**reply, **errors(403, *refused)}, **more}


LIST_RULES = described("list_rules", ok("Rules", RulesSerializer()))
ADD_RULE = described(
    "add_rule", ok("Rule", RuleSerializer(), status=201), *_BODY, request=RuleCreateSerializer, examples=[_FAILS, _DECLINES]
)
CLEAR_RULES = described("clear_rules", ok("Cleared", RemovedSerializer()))
REMOVE_RULE = described("remove_rule", ok("Removed", RemovedSerializer()), 404)
CLOCK = described("get_clock", ok("Clock", ClockSerializer()))
ADVANCE_CLOCK = described(
    "advance_clock",
    ok("ClockAdvanced", ClockSerializer()),
    *_BODY,
    409,
    request=ClockMoveSerializer,
    examples=[example("A day", seconds=86400)],
)
_MOVED = {**ok("ClockMoved", ClockSerializer()), **errors(403, 409, *_BODY)}
MOVE_CLOCK: dict[str, Any] = {"tags": ["sandbox"], "request": None, "responses": _MOVED}
