"""Bodies of the portal and admin APIs, for their documentation (contract sections 6 and 7)."""

from rest_framework import serializers as s

from merchants.states import MerchantStatus
from payments.states import CheckoutStatus, Method
from payouts.states import DestinationType, PayoutStatus

_STAFF_ROLES = ["admin", "super_admin"]


class PortalMerchantSerializer(s.Serializer):  # type: ignore[type-arg]
    id = s.IntegerField()
    email = s.EmailField()
    companyName = s.CharField()
    status = s.ChoiceField(choices=MerchantStatus.choices)
    createdAt = s.DateTimeField(required=False)


class AdminSerializer(s.Serializer):  # type: ignore[type-arg]
    id = s.IntegerField()
    email = s.EmailField()
    name = s.CharField(allow_blank=True)
    role = s.ChoiceField(choices=_STAFF_ROLES)


class RegisterSerializer(s.Serializer):  # type: ignore[type-arg]
    companyName = s.CharField(max_length=255)
    username = s.RegexField(r"^[A-Za-z]{1,64}$", help_text="The login becomes username@mycodigital.io")


class LoginSerializer(s.Serializer):  # type: ignore[type-arg]
    email = s.CharField(help_text="E-mail address; in the portal the username does too")
    password = s.CharField()
    otp = s.CharField(required=False, help_text="A code of the authenticator app, or a recovery code; of users with a second factor only")


class RefreshSerializer(s.Serializer):  # type: ignore[type-arg]
    refresh = s.CharField()


class LogoutSerializer(s.Serializer):  # type: ignore[type-arg]
    refresh = s.CharField(required=False, help_text="Its whole family ends too")


class ProfileSerializer(s.Serializer):  # type: ignore[type-arg]
    companyName = s.CharField(required=False, max_length=255, help_text="Also company_name")
    email = s.EmailField(required=False)
    webhookUrl = s.CharField(required=False, allow_blank=True, max_length=2048, help_text="http or https; also webhook_url")
    currentPassword = s.CharField(required=False)
    newPassword = s.CharField(required=False, min_length=6)


class RotateSerializer(s.Serializer):  # type: ignore[type-arg]
    type = s.ChoiceField(choices=["payment", "payout"], required=False, help_text="Which key; absent: both")


class PortalKeysSerializer(s.Serializer):  # type: ignore[type-arg]
    merchantId = s.CharField()
    paymentApiKey = s.CharField(allow_null=True)
    payoutApiKey = s.CharField(allow_null=True)
    createdAt = s.DateTimeField(required=False)


class PortalTransactionSerializer(s.Serializer):  # type: ignore[type-arg]
    checkout_id = s.UUIDField()
    reference = s.CharField()
    amount = s.FloatField()
    status = s.ChoiceField(choices=CheckoutStatus.choices)
    status_code = s.CharField(allow_null=True)
    payment_method = s.ChoiceField(choices=Method.choices, allow_null=True)
    payment_type = s.CharField()
    mobile_number = s.CharField(allow_null=True, help_text="Of a card its last four digits")
    created_at = s.DateTimeField()
    updated_at = s.DateTimeField()
    success_url = s.CharField(required=False, allow_null=True)
    return_url = s.CharField(required=False, allow_null=True)
    webhook_status = s.ChoiceField(choices=["pending", "sent", "failed"], required=False)


class PortalPayoutSerializer(s.Serializer):  # type: ignore[type-arg]
    id = s.UUIDField()
    merchantReference = s.CharField()
    amount = s.FloatField()
    status = s.ChoiceField(choices=PayoutStatus.choices)
    destType = s.ChoiceField(choices=DestinationType.choices)
    bankCode = s.CharField(allow_null=True)
    walletCode = s.CharField(allow_null=True)
    accountNumber = s.CharField()
    accountTitle = s.CharField()
    failureReason = s.CharField(required=False)
    createdAt = s.DateTimeField()


class PortalStatsSerializer(s.Serializer):  # type: ignore[type-arg]
    totalTransactions = s.IntegerField()
    successfulTransactions = s.IntegerField()
    failedTransactions = s.IntegerField()
    successRate = s.FloatField(help_text="Per cent")
    totalAmount = s.FloatField(help_text="Completed")
    pendingTransactions = s.IntegerField()
    todayVolume = s.FloatField()
    todayTransactions = s.IntegerField()


class MerchantInAdminSerializer(s.Serializer):  # type: ignore[type-arg]
    id = s.IntegerField()
    merchant_id = s.CharField()
    name = s.CharField()
    email = s.EmailField()
    company_name = s.CharField()
    status = s.ChoiceField(choices=MerchantStatus.choices)
    isActive = s.BooleanField()
    webhookUrl = s.CharField(allow_null=True)
    createdAt = s.DateTimeField(required=False)
    updatedAt = s.DateTimeField(required=False)


class CountedMerchantSerializer(MerchantInAdminSerializer):
    transactionCount = s.IntegerField()
    totalVolume = s.FloatField()
    payoutCount = s.IntegerField()
    totalPayoutVolume = s.FloatField()


class RecentTransactionSerializer(s.Serializer):  # type: ignore[type-arg]
    id = s.UUIDField()
    amount = s.CharField()
    status = s.CharField()
    created_at = s.DateTimeField()


class RecentPayoutSerializer(s.Serializer):  # type: ignore[type-arg]
    id = s.UUIDField()
    amount = s.CharField()
    status = s.CharField()
    createdAt = s.DateTimeField()


class MaskedKeySerializer(s.Serializer):  # type: ignore[type-arg]
    api_key = s.CharField(help_text="Masked")
    is_active = s.BooleanField()
    created_at = s.DateTimeField()


class DetailedMerchantSerializer(MerchantInAdminSerializer):
    recentTransactions = RecentTransactionSerializer(many=True)
    recentPayouts = RecentPayoutSerializer(many=True)
    apiKeys = MaskedKeySerializer(many=True)


class MerchantCreateSerializer(s.Serializer):  # type: ignore[type-arg]
    email = s.EmailField()
    name = s.CharField(max_length=255)
    company_name = s.CharField(required=False, max_length=255, help_text="Default: the name")
    webhookUrl = s.CharField(required=False, allow_blank=True, allow_null=True, max_length=2048)


class MerchantChangeSerializer(s.Serializer):  # type: ignore[type-arg]
    name = s.CharField(required=False, max_length=255)
    company_name = s.CharField(required=False, max_length=255)
    webhookUrl = s.CharField(required=False, allow_blank=True, allow_null=True, max_length=2048)
    status = s.ChoiceField(choices=MerchantStatus.choices, required=False)
    isActive = s.BooleanField(required=False)


class NewCredentialsSerializer(s.Serializer):  # type: ignore[type-arg]
    email = s.EmailField()
    password = s.CharField()
    payment_api_key = s.CharField(required=False)
    payout_api_key = s.CharField(required=False)


class StatusOfMerchantSerializer(s.Serializer):  # type: ignore[type-arg]
    id = s.IntegerField()
    isActive = s.BooleanField()
    status = s.ChoiceField(choices=MerchantStatus.choices)


class EmailSerializer(s.Serializer):  # type: ignore[type-arg]
    id = s.IntegerField(read_only=True)
    email = s.EmailField()


class MerchantOfRowSerializer(s.Serializer):  # type: ignore[type-arg]
    id = s.IntegerField()
    merchant_id = s.CharField()
    name = s.CharField()
    company_name = s.CharField()


class AdminTransactionSerializer(s.Serializer):  # type: ignore[type-arg]
    id = s.UUIDField()
    checkout_id = s.UUIDField()
    reference = s.CharField()
    amount = s.FloatField()
    currency = s.CharField()
    status = s.ChoiceField(choices=CheckoutStatus.choices)
    payment_method = s.ChoiceField(choices=Method.choices, allow_null=True)
    created_at = s.DateTimeField()
    updated_at = s.DateTimeField()
    merchant = MerchantOfRowSerializer(allow_null=True)


class AdminPayoutSerializer(s.Serializer):  # type: ignore[type-arg]
    id = s.UUIDField()
    merchantReference = s.CharField()
    amount = s.FloatField()
    currency = s.CharField()
    destType = s.ChoiceField(choices=DestinationType.choices)
    bankCode = s.CharField(allow_null=True)
    walletCode = s.CharField(allow_null=True)
    accountNumber = s.CharField()
    accountTitle = s.CharField()
    status = s.ChoiceField(choices=PayoutStatus.choices)
    failureReason = s.CharField(allow_null=True)
    createdAt = s.DateTimeField()
    processedAt = s.DateTimeField(allow_null=True)
    merchant = MerchantOfRowSerializer(allow_null=True)


class AdminStatsSerializer(s.Serializer):  # type: ignore[type-arg]
    totalMerchants = s.IntegerField()
    activeMerchants = s.IntegerField()
    totalPaymentTransactions = s.IntegerField()
    totalPayoutTransactions = s.IntegerField()
    paymentVolume = s.FloatField()
    payoutVolume = s.FloatField()
    successfulPayments = s.IntegerField()
    failedPayments = s.IntegerField()
    pendingPayments = s.IntegerField()
    successfulPayouts = s.IntegerField()
    failedPayouts = s.IntegerField()
    pendingPayouts = s.IntegerField()


class ConfigSerializer(s.Serializer):  # type: ignore[type-arg]
    webhook_retry_attempts = s.CharField(required=False)
    webhook_retry_delay = s.CharField(required=False, help_text="Milliseconds")
    checkout_expiry_minutes = s.CharField(required=False)
    maintenance_mode = s.CharField(required=False, help_text="true or false")
    approval_limits = s.CharField(required=False, help_text="Payouts above these need a second approver, as in PKR 50000, USD 300; or off")


class ApprovalSerializer(s.Serializer):  # type: ignore[type-arg]
    """A request that another member of staff has to confirm."""

    id = s.IntegerField()
    status = s.CharField()
    expiresAt = s.DateTimeField()


class DecisionSerializer(s.Serializer):  # type: ignore[type-arg]
    reason = s.CharField(required=False, max_length=200)
