"""The payment API's bodies, for its documentation; the services check by hand (performance 2)."""

from rest_framework import serializers

from mypay.kit.documented import AmountField
from payments.states import CaptureMode, CheckoutStatus, Method, PaymentStatus
from payments.validation import CURRENCIES, MAX_INTEGER_DIGITS
from sandbox.states import Challenge


class _CheckoutBody(serializers.Serializer):  # type: ignore[type-arg]
    amount = AmountField(integer_digits=MAX_INTEGER_DIGITS, help_text="In units of the currency")
    currency = serializers.ChoiceField(choices=CURRENCIES, required=False, help_text="Default PKR; each method has its own")
    user = serializers.DictField(required=False, help_text="Comes back in the webhook")
    description = serializers.CharField(required=False, max_length=500)
    metadata = serializers.DictField(required=False)
    captureMode = serializers.ChoiceField(choices=CaptureMode.choices, required=False, help_text="Default automatic")


class CheckoutCreateSerializer(_CheckoutBody):
    reference = serializers.CharField(max_length=255, help_text="Yours, once a merchant")
    paymentMethod = serializers.ChoiceField(choices=Method.choices)
    paymentType = serializers.ChoiceField(choices=["onetime"])
    successUrl = serializers.URLField(max_length=2048, help_text="Where webhooks go")
    returnUrl = serializers.URLField(max_length=2048, help_text="Where the browser returns to")


class LenientCheckoutSerializer(_CheckoutBody):
    reference = serializers.CharField(required=False, max_length=255, help_text="This or one of the next two is required")
    merchant_ref = serializers.CharField(required=False, max_length=255)
    merchantReference = serializers.CharField(required=False, max_length=255)
    paymentMethod = serializers.ChoiceField(
        choices=Method.choices, required=False, help_text="Or payment_method; absent: the payer chooses"
    )
    paymentType = serializers.ChoiceField(choices=["onetime"], required=False, help_text="Or payment_type")
    successUrl = serializers.URLField(required=False, help_text="Or webhook_url; default the merchant's webhook URL")
    returnUrl = serializers.URLField(required=False, help_text="Or redirect_url; default our result page")
    customer = serializers.DictField(required=False, help_text="Another name of user")


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


class TransactionSerializer(CheckoutSerializer):
    statusCode = serializers.CharField(allow_null=True, help_text="null while pending")
    updatedAt = serializers.DateTimeField()


class PaySerializer(serializers.Serializer):  # type: ignore[type-arg]
    mobileNumber = serializers.CharField(required=False, help_text="For wallets, with pin")
    pin = serializers.CharField(required=False, help_text="Any; never kept")
    cardNumber = serializers.CharField(required=False, help_text="For cards; the last four digits are kept")
    expiryDate = serializers.CharField(required=False, help_text="MM/YY")
    cvv = serializers.CharField(required=False, help_text="Never kept")
    cardholderName = serializers.CharField(required=False)
    bank = serializers.CharField(required=False, help_text="For netbanking: the bank's code, like HDFC")
    wallet = serializers.CharField(required=False, help_text="For wallet: its name, like mobikwik")
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
