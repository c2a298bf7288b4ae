"""The payout API's bodies, for its documentation; the hot path checks by hand (performance 2)."""

from rest_framework import serializers

from mypay.kit.documented import AmountField
from payouts.states import IPN_STATUSES, DestinationType, PayoutStatus


class PayoutCreateSerializer(serializers.Serializer):  # type: ignore[type-arg]
    merchantReference = serializers.CharField(max_length=255)
    amount = AmountField(help_text="Rupees")
    currency = serializers.ChoiceField(choices=["PKR"], required=False)
    beneficiaryId = serializers.UUIDField(required=False, help_text="Instead of the next four")
    destType = serializers.ChoiceField(choices=DestinationType.choices, required=False)
    bankCode = serializers.CharField(required=False, help_text="For BANK, see /directory/banks")
    walletCode = serializers.CharField(required=False, help_text="For WALLET, see /directory/wallets")
    accountNumber = serializers.RegexField(r"^[0-9]{9,16}$", required=False)
    accountTitle = serializers.CharField(required=False, max_length=200)
    purpose = serializers.CharField(required=False, max_length=255)
    description = serializers.CharField(required=False, max_length=500)
    metadata = serializers.DictField(required=False)


class VerifyAccountSerializer(serializers.Serializer):  # type: ignore[type-arg]
    destType = serializers.ChoiceField(choices=DestinationType.choices)
    bankCode = serializers.CharField(required=False)
    walletCode = serializers.CharField(required=False)
    accountNumber = serializers.RegexField(r"^[0-9]{9,16}$")


class PayoutSerializer(serializers.Serializer):  # type: ignore[type-arg]
    id = serializers.UUIDField()
    merchantId = serializers.IntegerField()
    merchantReference = serializers.CharField()
    amount = serializers.CharField(help_text="Rupees with two decimals")
    currency = serializers.CharField()
    destType = serializers.ChoiceField(choices=DestinationType.choices)
    bankCode = serializers.CharField(required=False)
    walletCode = serializers.CharField(required=False)
    accountNumber = serializers.CharField()
    accountTitle = serializers.CharField()
    status = serializers.ChoiceField(choices=PayoutStatus.choices)
    failureReason = serializers.CharField(required=False)
    pspReference = serializers.CharField(required=False)
    processedAt = serializers.DateTimeField(required=False)
    createdAt = serializers.DateTimeField()
    updatedAt = serializers.DateTimeField()


class EntrySerializer(serializers.Serializer):  # type: ignore[type-arg]
    id = serializers.UUIDField()
    type = serializers.ChoiceField(choices=["DEBIT", "CREDIT", "SETTLEMENT"])
    amount = serializers.CharField()
    balance = serializers.CharField(help_text="Available after this line")
    description = serializers.CharField()
    metadata = serializers.CharField(required=False, help_text="JSON text")
    createdAt = serializers.DateTimeField()


class BalanceSerializer(serializers.Serializer):  # type: ignore[type-arg]
    balance = serializers.CharField()
    lockedBalance = serializers.CharField()
    availableBalance = serializers.CharField()


class ItemSerializer(serializers.Serializer):  # type: ignore[type-arg]
    code = serializers.CharField()
    name = serializers.CharField()
    isActive = serializers.BooleanField()


class DirectorySerializer(serializers.Serializer):  # type: ignore[type-arg]
    banks = ItemSerializer(many=True, required=False)
    wallets = ItemSerializer(many=True, required=False)


class VerificationSerializer(serializers.Serializer):  # type: ignore[type-arg]
    isValid = serializers.BooleanField()
    accountTitle = serializers.CharField(required=False)
    message = serializers.CharField()


class IpnSerializer(serializers.Serializer):  # type: ignore[type-arg]
    payoutId = serializers.UUIDField()
    status = serializers.ChoiceField(choices=IPN_STATUSES)
    pspReference = serializers.CharField(required=False, max_length=40)
    failureReason = serializers.CharField(required=False, max_length=200)


class IpnResultSerializer(serializers.Serializer):  # type: ignore[type-arg]
    payoutId = serializers.UUIDField()
    status = serializers.ChoiceField(choices=PayoutStatus.choices)
