"""OpenAPI descriptions of the payment routes."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, inline_serializer
from rest_framework import serializers

from mypay.kit import documented
from mypay.kit.documented import PAGES, header, query
from payments.api import serializers as s
from sandbox.services.decide import HEADER

_SCENARIO = header(HEADER, "Sandbox: the outcome whatever the payer enters, e.g. success, timeout, invalid_otp")
_TAGS = {"tags": ["payments"]}
_EXAMPLE = OpenApiExample(
    "By JazzCash",
    request_only=True,
    value={
        "reference": "ORDER-1001",
        "amount": 1000,
        "paymentMethod": "jazzcash",
        "paymentType": "onetime",
        "successUrl": "https://shop.example/webhook",
        "returnUrl": "https://shop.example/thanks",
    },
)
_LENIENT_EXAMPLE = OpenApiExample(
    "The least: the payer chooses how", request_only=True, value={"merchant_ref": "ORDER-1002", "amount": "250.50", "currency": "PKR"}
)
_PAY_EXAMPLE = OpenApiExample("A wallet that pays", request_only=True, value={"mobileNumber": "03030000000", "pin": "1234"})


def _errors(*statuses: int, body: Any = s.PaymentErrorSerializer) -> dict[int, Any]:
    return {status: OpenApiResponse(body) for status in statuses}


_REFUSED = inline_serializer(
    "CheckoutRefused",
    {
        "success": serializers.BooleanField(default=False),
        "errors": serializers.ListField(child=serializers.CharField(), required=False, help_text="Every fault of the body"),
        "error": serializers.CharField(required=False, help_text="Any other refusal"),
    },
)
_BODY_ERRORS = {**_errors(400, body=_REFUSED), **_errors(401, 413, 415)}
CREATE: dict[str, Any] = {
    **_TAGS,
    "operation_id": "create_checkout",
    "parameters": [_SCENARIO],
    "request": s.CheckoutCreateSerializer,
    "responses": {200: s.CheckoutCreatedSerializer, **_BODY_ERRORS},
    "examples": [_EXAMPLE],
}
CREATE_LENIENT: dict[str, Any] = {
    **_TAGS,
    "operation_id": "create_checkout_lenient",
    "parameters": [_SCENARIO],
    "request": s.LenientCheckoutSerializer,
    "responses": {200: s.LenientCreatedSerializer, **_BODY_ERRORS},
    "examples": [_LENIENT_EXAMPLE],
}
GET: dict[str, Any] = {
    **_TAGS,
    "operation_id": "get_checkout",
    "responses": {200: s.CheckoutReplySerializer, **_errors(401, 404)},
}
LIST: dict[str, Any] = {
    **_TAGS,
    "operation_id": "list_transactions",
    "parameters": [
        *PAGES,
        query("status", "pending, completed, failed or cancelled"),
        query("paymentMethod", "jazzcash, easypaisa or card"),
        query("reference", "Exactly this one"),
        query("startDate", "A date, its whole day counts, or a time"),
        query("endDate", "A date, its whole day counts, or a time"),
    ],
    "responses": {200: s.TransactionPageSerializer, **_errors(400, 401)},
}
GET_TRANSACTION: dict[str, Any] = {
    **_TAGS,
    "operation_id": "get_transaction",
    "responses": {200: s.TransactionReplySerializer, **_errors(401, 404)},
}
COMPLETE: dict[str, Any] = {
    **_TAGS,
    "operation_id": "complete_payment",
    "auth": [],
    "request": s.PaySerializer,
    "responses": {200: s.AnswerSerializer, **_errors(400, 404, 413, 415, body=s.MessageSerializer)},
    "examples": [_PAY_EXAMPLE],
}
COMPLETE_BY_BODY: dict[str, Any] = {**COMPLETE, "operation_id": "complete_payment_by_body", "request": s.CompleteSerializer, "examples": []}
CHALLENGE: dict[str, Any] = {
    **_TAGS,
    "operation_id": "get_challenge",
    "auth": [],
    "responses": {200: s.ChallengeSerializer, **_errors(404, body=s.MessageSerializer)},
}
CONFIRM: dict[str, Any] = {
    **_TAGS,
    "operation_id": "confirm_payment",
    "auth": [],
    "request": s.ConfirmSerializer,
    "responses": {200: s.AnswerSerializer, **_errors(400, 404, 413, 415, body=s.MessageSerializer)},
}
SCENARIOS: dict[str, Any] = {
    **_TAGS,
    "operation_id": "test_scenarios",
    "auth": [],
    "responses": {200: s.ScenariosSerializer},
}
WEBHOOK_TEST: dict[str, Any] = {
    **_TAGS,
    "operation_id": "test_webhook",
    "auth": [],
    "request": s.WebhookTestSerializer,
    "responses": {200: s.MessageSerializer, **documented.errors(400, 413, 415, 429)},
}
PROCESS_PENDING: dict[str, Any] = {
    **_TAGS,
    "operation_id": "process_pending_webhooks",
    "request": OpenApiTypes.NONE,
    "responses": {200: s.MessageSerializer, **_errors(400, 401, 413, 415)},
}
