"""Bodies of payments, refunds and disputes in the core dialect, for their documentation; services check by hand."""

from rest_framework import serializers

from mypay.kit.documented import AmountField
from payments.states import CaptureMode, DisputeReason, DisputeStatus, Method, PaymentStatus, RefundStatus

REFUND_DECISIONS = ["success", "failed"]
DISPUTE_DECISIONS = ["won", "lost"]
_AMOUNT = "Decimal text with all places of the currency: 1000.00"


class PaymentSerializer(serializers.Serializer):  # type: ignore[type-arg]
    id = serializers.UUIDField()
    checkoutId = serializers.UUIDField()
    reference = serializers.CharField(help_text="The checkout's")
    amount = serializers.CharField(help_text=_AMOUNT)
    capturedAmount = serializers.CharField(help_text="What was collected; after a partial capture less than amount")
    refundedAmount = serializers.CharField(help_text="Refunds that are pending or succeeded")
    disputedAmount = serializers.CharField(help_text="Disputes that are open, lost or accepted")
    refundableAmount = serializers.CharField(help_text="What can still be refunded or disputed")
    currency = serializers.CharField()
    method = serializers.ChoiceField(choices=Method.choices)
    payer = serializers.CharField(allow_blank=True, help_text="A mobile number, an address, or a card's last four digits")
    status = serializers.ChoiceField(choices=PaymentStatus.choices)
    statusCode = serializers.CharField()
    captureMode = serializers.ChoiceField(choices=CaptureMode.choices)
    metadata = serializers.DictField(help_text="The checkout's")
    createdAt = serializers.DateTimeField()
    updatedAt = serializers.DateTimeField()


class AmountSerializer(serializers.Serializer):  # type: ignore[type-arg]
    amount = AmountField(required=False, allow_null=True, help_text="Absent: all")


class RefundCreateSerializer(AmountSerializer):
    reason = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=255)
    metadata = serializers.DictField(required=False, allow_null=True, help_text="Kept; rules may match it")


class RefundSerializer(serializers.Serializer):  # type: ignore[type-arg]
    id = serializers.UUIDField()
    paymentId = serializers.UUIDField()
    amount = serializers.CharField(help_text=_AMOUNT)
    currency = serializers.CharField()
    status = serializers.ChoiceField(choices=RefundStatus.choices)
    reason = serializers.CharField(allow_null=True)
    failureReason = serializers.CharField(allow_null=True)
    metadata = serializers.DictField()
    createdAt = serializers.DateTimeField()
    updatedAt = serializers.DateTimeField()


class DisputeSerializer(serializers.Serializer):  # type: ignore[type-arg]
    id = serializers.UUIDField()
    paymentId = serializers.UUIDField()
    amount = serializers.CharField(help_text=_AMOUNT)
    currency = serializers.CharField()
    reason = serializers.ChoiceField(choices=DisputeReason.choices)
    status = serializers.ChoiceField(choices=DisputeStatus.choices)
    respondBy = serializers.DateTimeField(help_text="Unanswered by then, it is lost")
    evidence = serializers.DictField(allow_null=True)
    closedAt = serializers.DateTimeField(allow_null=True)
    createdAt = serializers.DateTimeField()
    updatedAt = serializers.DateTimeField()


class EvidenceSerializer(serializers.Serializer):  # type: ignore[type-arg]
    evidence = serializers.DictField(help_text="Whatever you would show the bank; not empty. The text losing_evidence loses")


class DisputeOpenSerializer(serializers.Serializer):  # type: ignore[type-arg]
    paymentId = serializers.UUIDField()
    amount = AmountField(required=False, allow_null=True, help_text="Absent: all that is left")
    reason = serializers.ChoiceField(choices=DisputeReason.choices, default=DisputeReason.FRAUDULENT)
    respondWithinSeconds = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=31_536_000, help_text="Default seven days"
    )


class DisputeDecisionSerializer(serializers.Serializer):  # type: ignore[type-arg]
    outcome = serializers.ChoiceField(choices=DISPUTE_DECISIONS)


class RefundDecisionSerializer(serializers.Serializer):  # type: ignore[type-arg]
    outcome = serializers.ChoiceField(choices=REFUND_DECISIONS)
    reason = serializers.CharField(required=False, max_length=200, help_text="Of a failure")
