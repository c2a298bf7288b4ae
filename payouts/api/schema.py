"""OpenAPI descriptions of the payout routes."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

from mypay.kit.documented import PAGES, errors, header, ok, query
from payouts.api import serializers as s
from sandbox.services.decide import HEADER

_KEY = header("X-Idempotency-Key", "A UUID; the same key and request give the same reply for 24 hours", required=True)
_SCENARIO = header(HEADER, "Sandbox: the outcome, e.g. success, failed, retry, on_hold, in_review, pending")
_EXAMPLE = OpenApiExample(
    "To a bank account that succeeds",
    request_only=True,
    value={
        "merchantReference": "INVOICE-1001",
        "amount": "1000.00",
        "currency": "PKR",
        "destType": "BANK",
        "bankCode": "HBL",
        "accountNumber": "12345670001",
        "accountTitle": "Ayesha Khan",
    },
)

CREATE: dict[str, Any] = {
    "operation_id": "create_payout",
    "tags": ["payouts"],
    "parameters": [_KEY, _SCENARIO],
    "request": s.PayoutCreateSerializer,
    "responses": {**ok("PayoutCreated", s.PayoutSerializer(), status=201, message=True), **errors(400, 404, 409, 413, 415)},
    "examples": [_EXAMPLE],
}
LIST: dict[str, Any] = {
    "operation_id": "list_payouts",
    "tags": ["payouts"],
    "parameters": [*PAGES, query("status", "PENDING, PROCESSING, SUCCESS, FAILED, RETRY, IN_REVIEW or ON_HOLD")],
    "responses": {**ok("PayoutPage", s.PayoutPageSerializer()), **errors(400)},
}
GET: dict[str, Any] = {
    "operation_id": "get_payout",
    "tags": ["payouts"],
    "responses": {**ok("Payout", s.PayoutSerializer()), **errors(404)},
}
REINITIATE: dict[str, Any] = {
    "operation_id": "reinitiate_payout",
    "tags": ["payouts"],
    "parameters": [_KEY],
    "request": None,
    "responses": {**ok("PayoutReinitiated", s.PayoutSerializer(), message=True), **errors(400, 404, 409, 413, 415)},
}
VERIFY: dict[str, Any] = {
    "operation_id": "verify_account",
    "tags": ["payouts"],
    "parameters": [_KEY],
    "request": s.VerifyAccountSerializer,
    "responses": {**ok("Verification", s.VerificationSerializer()), **errors(400, 409, 413, 415)},
}
BALANCE: dict[str, Any] = {
    "operation_id": "get_balance",
    "tags": ["balance"],
    "responses": {**ok("Balance", s.BalanceSerializer()), **errors(404)},
}
HISTORY: dict[str, Any] = {
    "operation_id": "list_balance_history",
    "tags": ["balance"],
    "parameters": PAGES,
    "responses": {**ok("History", s.HistorySerializer()), **errors(400, 404)},
}
DIRECTORY: dict[str, Any] = {
    "tags": ["directory"],
    "responses": ok("Directory", s.DirectorySerializer()),
}
IPN: dict[str, Any] = {
    "operation_id": "bank_notification",
    "tags": ["ipn"],
    "auth": [],
    "parameters": [header("X-MyPay-Signature", "Hex HMAC-SHA256 of the raw body with IPN_SECRET")],
    "request": s.IpnSerializer,
    "responses": {**ok("Ipn", s.IpnResultSerializer()), **errors(400, 404, 409, 413, 415)},
}
