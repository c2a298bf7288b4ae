"""The payment API's bodies, for its documentation; the services check by hand (performance 2)."""

from rest_framework import serializers

from payments.states import CheckoutStatus, Method, PaymentStatus
from sandbox.states import Challenge


class CheckoutCreateSerializer(serializers.Serializer):  # type: ignore[type-arg]
    reference = serializers.CharField(max_length=255, help_text="Yours, once a merchant")
    amount = serializers.DecimalField(max_digits=10, decimal_places=2, coerce_to_string=False, help_text="Rupees, a number or numeric text")
    paymentMethod = serializers.ChoiceField(choices=Method.choices)
    paymentType = serializers.ChoiceField(choices=["onetime"])
    successUrl = serializers.URLField(max_length=2048, help_text="Where webhooks go")
    returnUrl = serializers.URLField(max_length=2048, help_text="Where the browser returns to")
    user = serializers.DictField(required=False, help_text="Comes back in the webhook")


class LenientCheckoutSerializer(serializers.Serializer):  # type: ignore[type-arg]
    reference = serializers.CharField(max_length=255, help_text="Or merchant_ref, merchantReference")
    amount = serializers.DecimalField(max_digits=10, decimal_places=2, coerce_to_string=False)
    currency = serializers.ChoiceField(choices=["PKR"], required=False)
    paymentMethod = serializers.ChoiceField(choices=Method.choices, required=False, help_text="Absent: the payer chooses")
    paymentType = serializers.ChoiceField(choices=["onetime"], required=False)
    successUrl = serializers.URLField(required=False, help_text="Or webhook_url; default the merchant's webhook URL")
    returnUrl = serializers.URLField(required=False, help_text="Or redirect_url; default our result page")
    user = serializers.DictField(required=False, help_text="Or customer")
    description = serializers.CharField(required=False, max_length=500)
    metadata = serializers.DictField(required=False)


class CheckoutCreatedSerializer(serializers.Serializer):  # type: ignore[type-arg]
    success = serializers.BooleanField()
    checkoutUrl = serializers.URLField()
    checkoutId = serializers.UUIDField()
    expiresAt = serializers.DateTimeField()


class LenientCreatedSerializer(CheckoutCreatedSerializer):
    checkout_id = serializers.UUIDField()
    session_id = serializers.UUIDField()
    payment_url = serializers.URLField()
    expires_at = serializers.DateTimeField()
    currency = serializers.CharField()
    status = serializers.ChoiceField(choices=CheckoutStatus.choices)


class CheckoutSerializer(serializers.Serializer):  # type: ignore[type-arg]
    checkoutId = serializers.UUIDField()
    reference = serializers.CharField()
    amount = serializers.FloatField(help_text="Rupees")
    paymentMethod = serializers.ChoiceField(choices=Method.choices, allow_null=True)
    status = serializers.ChoiceField(choices=CheckoutStatus.choices)
    createdAt = serializers.DateTimeField()


class CheckoutReplySerializer(serializers.Serializer):  # type: ignore[type-arg]
    success = serializers.BooleanField()
    checkout = CheckoutSerializer()


class TransactionSerializer(CheckoutSerializer):
    statusCode = serializers.CharField(allow_null=True, help_text="null while pending")
    updatedAt = serializers.DateTimeField()


class TransactionReplySerializer(serializers.Serializer):  # type: ignore[type-arg]
    success = serializers.BooleanField()
    transaction = TransactionSerializer()


class PagesSerializer(serializers.Serializer):  # type: ignore[type-arg]
    page = serializers.IntegerField(required=False)
    limit = serializers.IntegerField()
    total = serializers.IntegerField(required=False)
    pages = serializers.IntegerField(required=False)
    nextCursor = serializers.CharField(required=False, allow_null=True)


class TransactionPageSerializer(serializers.Serializer):  # type: ignore[type-arg]
    success = serializers.BooleanField()
    transactions = TransactionSerializer(many=True)
    pagination = PagesSerializer()


class PaySerializer(serializers.Serializer):  # type: ignore[type-arg]
    mobileNumber = serializers.CharField(required=False, help_text="For wallets, with pin")
    pin = serializers.CharField(required=False, help_text="Any; never kept")
    cardNumber = serializers.CharField(required=False, help_text="For cards; the last four digits are kept")
    expiryDate = serializers.CharField(required=False, help_text="MM/YY")
    cvv = serializers.CharField(required=False, help_text="Never kept")
    cardholderName = serializers.CharField(required=False)
    paymentMethod = serializers.ChoiceField(choices=Method.choices, required=False, help_text="When the checkout has none")


class CompleteSerializer(PaySerializer):
    checkoutId = serializers.UUIDField(help_text="Or checkout_id, sessionId")


class ChallengeSerializer(serializers.Serializer):  # type: ignore[type-arg]
    success = serializers.BooleanField()
    paymentStatus = serializers.ChoiceField(choices=PaymentStatus.choices, allow_null=True, help_text="null before anybody tried to pay")
    challenge = serializers.ChoiceField(choices=Challenge.choices, allow_null=True, help_text="null when the payer is asked for nothing")


class ConfirmSerializer(serializers.Serializer):  # type: ignore[type-arg]
    answer = serializers.ChoiceField(choices=["approve", "decline"])
    secret = serializers.CharField(required=False, max_length=20, help_text="The OTP, MPIN or PIN; never kept")


class AnswerSerializer(serializers.Serializer):  # type: ignore[type-arg]
    success = serializers.BooleanField()
    message = serializers.CharField()
    returnUrl = serializers.URLField()


class MessageSerializer(serializers.Serializer):  # type: ignore[type-arg]
    success = serializers.BooleanField()
    message = serializers.CharField()


class PaymentErrorSerializer(serializers.Serializer):  # type: ignore[type-arg]
    success = serializers.BooleanField(default=False)
    error = serializers.CharField()


class WebhookTestSerializer(serializers.Serializer):  # type: ignore[type-arg]
    checkoutId = serializers.UUIDField()


class MethodScenariosSerializer(serializers.Serializer):  # type: ignore[type-arg]
    name = serializers.CharField()
    description = serializers.CharField()
    scenarios = serializers.ListField(child=serializers.DictField())


class ScenariosSerializer(serializers.Serializer):  # type: ignore[type-arg]
    success = serializers.BooleanField()
    message = serializers.CharField()
    paymentMethods = serializers.DictField(child=MethodScenariosSerializer())
    quickReference = serializers.DictField(child=serializers.DictField())
