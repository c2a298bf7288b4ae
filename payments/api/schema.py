"""OpenAPI descriptions of the payment routes."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, inline_serializer
from rest_framework import serializers

from mypay.kit.documented import PAGES, PagesSerializer, errors, example, header, query, refusals, replies
from payments.api import serializers as s
from sandbox.services.decide import HEADER

_SCENARIO = header(HEADER, "Sandbox: the outcome whatever the payer enters, e.g. success, timeout, invalid_otp")
_TAGS = {"tags": ["payments"]}
_BY_JAZZCASH = example(
    "By JazzCash",
    reference="ORDER-1001",
    amount=1000,
    paymentMethod="jazzcash",
    paymentType="onetime",
    successUrl="https://shop.example/webhook",
    returnUrl="https://shop.example/thanks",
)
_LEAST = example("The least: the payer chooses how", merchant_ref="ORDER-1002", amount="250.50", currency="PKR")
_WALLET: dict[str, Any] = {"mobileNumber": "03030000000", "pin": "1234"}
_CARD: dict[str, Any] = {"cardNumber": "4242 4242 4242 4242", "expiryDate": "12/39", "cvv": "123", "cardholderName": "Ayesha Khan"}
_OPEN = {"checkoutId": "01900000-0000-7000-8000-000000000002"}

_REFUSED = inline_serializer(
    "CheckoutRefused",
    {
        "success": serializers.BooleanField(default=False),
        "errors": serializers.ListField(child=serializers.CharField(), required=False, help_text="Every fault of the body"),
        "error": serializers.CharField(required=False, help_text="Any other refusal"),
    },
)
_BODY_ERRORS = {400: OpenApiResponse(_REFUSED), **refusals(401, 413, 415), **errors(503)}


def _told(*statuses: int) -> dict[int, Any]:
    """Refusals to a payer."""
    return {**{status: OpenApiResponse(s.MessageSerializer) for status in statuses}, **errors(503)}


CREATE: dict[str, Any] = {
    **_TAGS,
    "operation_id": "create_checkout",
    "parameters": [_SCENARIO],
    "request": s.CheckoutCreateSerializer,
    "responses": {200: s.CheckoutCreatedSerializer, **_BODY_ERRORS},
    "examples": [_BY_JAZZCASH],
}
CREATE_LENIENT: dict[str, Any] = {
    **_TAGS,
    "operation_id": "create_checkout_lenient",
    "parameters": [_SCENARIO],
    "request": s.LenientCheckoutSerializer,
    "responses": {200: s.LenientCreatedSerializer, **_BODY_ERRORS},
    "examples": [_LEAST],
}
GET: dict[str, Any] = {
    **_TAGS,
    "operation_id": "get_checkout",
    "responses": {**replies("Checkout", checkout=s.CheckoutSerializer()), **refusals(401, 404), **errors(503)},
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
    "responses": {
        **replies("TransactionPage", transactions=s.TransactionSerializer(many=True), pagination=PagesSerializer()),
        **refusals(400, 401),
        **errors(503),
    },
}
GET_TRANSACTION: dict[str, Any] = {
    **_TAGS,
    "operation_id": "get_transaction",
    "responses": {**replies("OneTransaction", transaction=s.TransactionSerializer()), **refusals(401, 404), **errors(503)},
}
COMPLETE: dict[str, Any] = {
    **_TAGS,
    "operation_id": "complete_payment",
    "auth": [],
    "request": s.PaySerializer,
    "responses": {200: s.AnswerSerializer, **_told(400, 404, 413, 415)},
    "examples": [example("A wallet that pays", **_WALLET), example("A card that pays", **_CARD)],
}
COMPLETE_BY_BODY: dict[str, Any] = {
    **COMPLETE,
    "operation_id": "complete_payment_by_body",
    "request": s.CompleteSerializer,
    "examples": [example("A wallet that pays, the checkout in the body", **_OPEN, **_WALLET)],
}
CHALLENGE: dict[str, Any] = {
    **_TAGS,
    "operation_id": "get_challenge",
    "auth": [],
    "responses": {200: s.ChallengeSerializer, **_told(404)},
}
CONFIRM: dict[str, Any] = {
    **_TAGS,
    "operation_id": "confirm_payment",
    "auth": [],
    "request": s.ConfirmSerializer,
    "responses": {200: s.AnswerSerializer, **_told(400, 404, 413, 415)},
    "examples": [example("The OTP that is right", answer="approve", secret="123456")],
}
SCENARIOS: dict[str, Any] = {
    **_TAGS,
    "operation_id": "test_scenarios",
    "auth": [],
    "responses": {200: s.ScenariosSerializer, **errors(503)},
}
WEBHOOK_TEST: dict[str, Any] = {
    **_TAGS,
    "operation_id": "test_webhook",
    "auth": [],
    "request": s.WebhookTestSerializer,
    "responses": {200: s.MessageSerializer, **errors(400, 413, 415, 429, 503)},
    "examples": [example("A checkout of yours", **_OPEN)],
}
PROCESS_PENDING: dict[str, Any] = {
    **_TAGS,
    "operation_id": "process_pending_webhooks",
    "request": OpenApiTypes.NONE,
    "responses": {200: s.MessageSerializer, **refusals(400, 401, 413, 415), **errors(503)},
}
