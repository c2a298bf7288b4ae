"""OpenAPI descriptions of the ledger's sandbox controls."""

from typing import Any

from rest_framework import serializers

from mypay.kit.documented import AmountField, errors, example, ok
from mypay.kit.money import EXPONENTS


class TopUpSerializer(serializers.Serializer):  # type: ignore[type-arg]
    amount = AmountField(integer_digits=10, decimals=6, help_text="With as many decimals as the currency has")
    currency = serializers.RegexField(f"^({'|'.join(EXPONENTS)})$", default="PKR")


class ToppedUpSerializer(serializers.Serializer):  # type: ignore[type-arg]
    currency = serializers.CharField()
    balance = serializers.CharField()
    lockedBalance = serializers.CharField()
    availableBalance = serializers.CharField()


TOP_UP: dict[str, Any] = {
    "operation_id": "top_up",
    "tags": ["sandbox"],
    "request": TopUpSerializer,
    "responses": {**ok("ToppedUp", ToppedUpSerializer()), **errors(400, 403, 413, 415)},
    "examples": [example("A thousand rupees", amount="1000.00"), example("Fifty cents", amount=0.5, currency="USD")],
}
