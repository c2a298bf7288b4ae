"""Bodies of settlement, for its documentation; services check by hand."""

from rest_framework import serializers

from payments.calendar import MAX_DELAY_DAYS, Country
from payments.services.plant_breaks import MAX_COUNT
from payments.states import BreakKind, ItemKind

_MONEY = "Decimal text with all places of the currency"


class SettlementSerializer(serializers.Serializer):  # type: ignore[type-arg]
    id = serializers.UUIDField()
    currency = serializers.CharField()
    itemCount = serializers.IntegerField()
    gross = serializers.CharField(help_text="What payments brought")
    deducted = serializers.CharField(help_text="What refunds, disputes and reversals took, less what came back of it")
    funded = serializers.CharField(help_text="What was taken from the balance for them")
    fee = serializers.CharField()
    tax = serializers.CharField(help_text="On the fee")
    net = serializers.CharField(help_text="gross - deducted + funded - fee - tax: what became available; below zero, what it cost")
    createdAt = serializers.DateTimeField()


class SettlementsSerializer(serializers.Serializer):  # type: ignore[type-arg]
    settlements = SettlementSerializer(many=True)


class LineSerializer(serializers.Serializer):  # type: ignore[type-arg]
    id = serializers.UUIDField()
    type = serializers.ChoiceField(choices=ItemKind.choices)
    paymentId = serializers.UUIDField()
    reference = serializers.CharField(help_text="The checkout's")
    subjectId = serializers.UUIDField(help_text="The payment, refund or dispute itself")
    date = serializers.DateTimeField(help_text="When it came about")
    currency = serializers.CharField()
    amount = serializers.CharField(help_text=f"{_MONEY}; below zero where it takes")
    fee = serializers.CharField()
    tax = serializers.CharField()
    net = serializers.CharField(help_text="amount - fee - tax")


class UpcomingSerializer(serializers.Serializer):  # type: ignore[type-arg]
    currency = serializers.CharField()
    itemCount = serializers.IntegerField()
    amount = serializers.CharField(help_text="What is pending")
    fee = serializers.CharField()
    tax = serializers.CharField()
    net = serializers.CharField(help_text="What it will come to, if nothing is added or taken")
    nextSettlementAt = serializers.DateTimeField(
        allow_null=True, help_text="When the next part of it settles; null when nothing is pending"
    )


class UpcomingListSerializer(serializers.Serializer):  # type: ignore[type-arg]
    upcoming = UpcomingSerializer(many=True)


class PlanSerializer(serializers.Serializer):  # type: ignore[type-arg]
    currency = serializers.CharField()
    country = serializers.ChoiceField(choices=Country.choices, help_text="Whose holidays and local time count; empty: weekends, UTC")
    timeZone = serializers.CharField(help_text="Of the cut-off")
    delayDays = serializers.IntegerField(help_text="The n of T+n, in business days")
    cutoff = serializers.CharField(help_text="Local time; what comes later belongs to the next business day")
    feeFixed = serializers.CharField(help_text="A payment's fee is feeFixed and feePercent of it, at least feeMinimum")
    feePercent = serializers.CharField()
    feeMinimum = serializers.CharField()
    taxPercent = serializers.CharField(help_text="Of the fee")
    minimum = serializers.CharField(help_text="A settlement of less waits for the next cut-off")
    nextSettlementAt = serializers.DateTimeField(allow_null=True)


class PlansSerializer(serializers.Serializer):  # type: ignore[type-arg]
    plans = PlanSerializer(many=True)


def _money(help_text: str = "") -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=10, decimal_places=2, min_value=0, required=False, help_text=help_text)


def _percentage(help_text: str = "") -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=7, decimal_places=4, min_value=0, max_value=100, required=False, help_text=help_text)


class PlanChangeSerializer(serializers.Serializer):  # type: ignore[type-arg]
    country = serializers.ChoiceField(choices=Country.choices, required=False)
    delayDays = serializers.IntegerField(min_value=0, max_value=MAX_DELAY_DAYS, required=False)
    cutoff = serializers.RegexField("^([01][0-9]|2[0-3]):[0-5][0-9]$", required=False)
    feeFixed = _money("A number or numeric text")
    feePercent = _percentage("A number or numeric text, 2.5 for 2.5 %")
    feeMinimum = _money()
    taxPercent = _percentage()
    minimum = _money()


class RunSerializer(serializers.Serializer):  # type: ignore[type-arg]
    currency = serializers.CharField(required=False, help_text="Absent: every currency")
    all = serializers.BooleanField(required=False, help_text="Whatever its day and the minimum")


class BreaksPlantSerializer(serializers.Serializer):  # type: ignore[type-arg]
    kinds = serializers.ListField(
        child=serializers.ChoiceField(choices=BreakKind.choices), required=False, help_text="Absent: every kind that fits"
    )
    seed = serializers.CharField(required=False, allow_blank=True, max_length=50, help_text="Chooses the lines; the same plants the same")
    count = serializers.IntegerField(required=False, min_value=1, max_value=MAX_COUNT, help_text="Of each kind; default 1")


class BreakSerializer(serializers.Serializer):  # type: ignore[type-arg]
    kind = serializers.ChoiceField(choices=BreakKind.choices)
    lineId = serializers.UUIDField()
    type = serializers.ChoiceField(choices=ItemKind.choices)
    paymentId = serializers.UUIDField()
    reference = serializers.CharField()
    expected = serializers.CharField(allow_null=True, help_text="The true amount or fee, where it is that which is wrong")
    shown = serializers.CharField(allow_null=True, help_text="What the line says")


class AnswerKeySerializer(serializers.Serializer):  # type: ignore[type-arg]
    settlementId = serializers.UUIDField()
    nextSettlementId = serializers.UUIDField(allow_null=True, help_text="Where late lines come; null until there is one")
    breaks = BreakSerializer(many=True)


class FindingSerializer(serializers.Serializer):  # type: ignore[type-arg]
    kind = serializers.ChoiceField(choices=BreakKind.choices)
    lineId = serializers.UUIDField(required=False, help_text="The line, where the statement shows one")
    paymentId = serializers.UUIDField(required=False, help_text="Its payment, where it does not")


class FindingsSerializer(serializers.Serializer):  # type: ignore[type-arg]
    findings = FindingSerializer(many=True)


class RightSerializer(serializers.Serializer):  # type: ignore[type-arg]
    right = serializers.BooleanField()


class GradeSerializer(serializers.Serializer):  # type: ignore[type-arg]
    found = serializers.IntegerField()
    missed = serializers.IntegerField()
    wrong = serializers.IntegerField(help_text="Findings that are none")
    perfect = serializers.BooleanField(help_text="All found, none wrong")
    findings = RightSerializer(many=True, help_text="In the order they came")
