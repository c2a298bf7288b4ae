"""OpenAPI descriptions of the payout routes."""

from typing import Any

from mypay.kit.documented import HEALTH as _HEALTH
from mypay.kit.documented import IDEMPOTENCY_KEY, PAGES, errors, example, header, ok, paged, query
from payouts.api import serializers as s
from sandbox.services.decide import HEADER

_SCENARIO = header(HEADER, "Sandbox: the outcome, e.g. success, failed, retry, on_hold, in_review, pending")
_TO_BANK = example(
    "To a bank account that succeeds",
    merchantReference="INVOICE-1001",
    amount="1000.00",
    currency="PKR",
    destType="BANK",
    bankCode="HBL",
    accountNumber="12345670001",
    accountTitle="Ayesha Khan",
)
_TO_WALLET = example(
    "To a wallet that fails, the amount as a number",
    merchantReference="INVOICE-1002",
    amount=250.5,
    destType="WALLET",
    walletCode="EASYPAISA",
    accountNumber="03001230003",
)
_VERIFY = example("An account that is there", destType="BANK", bankCode="HBL", accountNumber="12345670001")
_NOTIFIED = example(
    "The bank paid",
    payoutId="01900000-0000-7000-8000-000000000001",
    status="SUCCESS",
    pspReference="PSP1767225600000AB12CD34E",
)

CREATE: dict[str, Any] = {
    "operation_id": "create_payout",
    "tags": ["payouts"],
    "parameters": [IDEMPOTENCY_KEY, _SCENARIO],
    "request": s.PayoutCreateSerializer,
    "responses": {**ok("PayoutCreated", s.PayoutSerializer(), status=201, message=True), **errors(400, 404, 409, 413, 415)},
    "examples": [_TO_BANK, _TO_WALLET],
}
LIST: dict[str, Any] = {
    "operation_id": "list_payouts",
    "tags": ["payouts"],
    "parameters": [*PAGES, query("status", "PENDING, PROCESSING, SUCCESS, FAILED, RETRY, IN_REVIEW or ON_HOLD")],
    "responses": paged("Payouts", s.PayoutSerializer),
}
GET: dict[str, Any] = {
    "operation_id": "get_payout",
    "tags": ["payouts"],
    "responses": {**ok("Payout", s.PayoutSerializer()), **errors(404)},
}
REINITIATE: dict[str, Any] = {
    "operation_id": "reinitiate_payout",
    "tags": ["payouts"],
    "parameters": [IDEMPOTENCY_KEY],
    "request": None,
    "responses": {**ok("PayoutReinitiated", s.PayoutSerializer(), message=True), **errors(400, 404, 409, 413, 415)},
}
VERIFY: dict[str, Any] = {
    "operation_id": "verify_account",
    "tags": ["payouts"],
    "parameters": [IDEMPOTENCY_KEY],
    "request": s.VerifyAccountSerializer,
    "responses": {**ok("Verification", s.VerificationSerializer()), **errors(400, 409, 413, 415)},
    "examples": [_VERIFY],
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
    "responses": {**paged("Entries", s.EntrySerializer), **errors(404)},
}
DIRECTORY: dict[str, Any] = {
    "tags": ["directory"],
    "responses": ok("Directory", s.DirectorySerializer()),
}
IPN: dict[str, Any] = {
    "operation_id": "bank_notification",
    "tags": ["ipn"],
    "auth": [{"BankSignature": []}],
    "request": s.IpnSerializer,
    "responses": {**ok("Ipn", s.IpnResultSerializer()), **errors(400, 404, 409, 413, 415)},
    "examples": [_NOTIFIED],
}
HEALTH: dict[str, Any] = {**_HEALTH, "operation_id": "v1_health"}
