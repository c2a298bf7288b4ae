"""OpenAPI descriptions of the ledger's sandbox controls."""

from typing import Any

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers

from mypay.kit.documented import errors, ok
from mypay.kit.money import EXPONENTS


class TopUpSerializer(serializers.Serializer):  # type: ignore[type-arg]
    amount = serializers.DecimalField(max_digits=16, decimal_places=6, help_text="A number or numeric text above 0")
    currency = serializers.RegexField(f"^({'|'.join(EXPONENTS)})$", default="PKR")


class ToppedUpSerializer(serializers.Serializer):  # type: ignore[type-arg]
    currency = serializers.CharField()
    balance = serializers.CharField()
    lockedBalance = serializers.CharField()
    availableBalance = serializers.CharField()


TOP_UP: dict[str, Any] = {
    "tags": ["sandbox"],
    "request": TopUpSerializer,
    "responses": {**ok("ToppedUp", ToppedUpSerializer()), **errors(400, 403, 413, 415)},
    "examples": [OpenApiExample("A thousand rupees", request_only=True, value={"amount": "1000.00"})],
}
