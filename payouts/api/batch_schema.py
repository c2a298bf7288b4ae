"""OpenAPI descriptions of beneficiaries and payout batches."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from mypay.kit.documented import IDEMPOTENCY_KEY, PAGES, PaginationSerializer, errors, example, ok, paged, query
from payouts.api.serializers import PayoutCreateSerializer
from payouts.batch_file import MAX_LINES
from payouts.states import BatchStatus, DestinationType, LineStatus
from webhooks.api.serializers import DeletedSerializer


class BeneficiaryCreateSerializer(serializers.Serializer):  # type: ignore[type-arg]
    name = serializers.CharField(max_length=200)
    destType = serializers.ChoiceField(choices=DestinationType.choices)
    bankCode = serializers.CharField(required=False, help_text="For BANK, see /directory/banks")
    walletCode = serializers.CharField(required=False, help_text="For WALLET, see /directory/wallets")
    accountNumber = serializers.RegexField(r"^[0-9]{9,16}$")


class BeneficiarySerializer(serializers.Serializer):  # type: ignore[type-arg]
    id = serializers.UUIDField()
    name = serializers.CharField()
    destType = serializers.ChoiceField(choices=DestinationType.choices)
    bankCode = serializers.CharField(required=False)
    walletCode = serializers.CharField(required=False)
    accountNumber = serializers.CharField()
    createdAt = serializers.DateTimeField()


class BatchCreateSerializer(serializers.Serializer):  # type: ignore[type-arg]
    name = serializers.CharField(required=False, max_length=100)
    lines = PayoutCreateSerializer(many=True, required=False, help_text=f"At most {MAX_LINES}; or csv")
    csv = serializers.CharField(required=False, help_text="The same as CSV, its first line naming the columns; or lines")


class BatchSerializer(serializers.Serializer):  # type: ignore[type-arg]
    id = serializers.UUIDField()
    name = serializers.CharField(required=False)
    status = serializers.ChoiceField(choices=BatchStatus.choices)
    currency = serializers.CharField()
    amount = serializers.CharField(help_text="Sum of the valid lines")
    lines = serializers.IntegerField()
    invalid = serializers.IntegerField(help_text="Lines that were wrong from the start")
    created = serializers.IntegerField(help_text="Lines with a payout")
    failed = serializers.IntegerField(help_text="Lines that were refused when their turn came")
    left = serializers.IntegerField(help_text="Lines that have not had their turn")
    createdAt = serializers.DateTimeField()
    finishedAt = serializers.DateTimeField(required=False)


class LineErrorSerializer(serializers.Serializer):  # type: ignore[type-arg]
    code = serializers.CharField()
    message = serializers.CharField()
    field = serializers.CharField(required=False)


class BatchLineSerializer(serializers.Serializer):  # type: ignore[type-arg]
    line = serializers.IntegerField(help_text="Of the file, or the position in the list")
    merchantReference = serializers.CharField(allow_blank=True)
    status = serializers.ChoiceField(choices=LineStatus.choices)
    payoutId = serializers.UUIDField(required=False)
    error = LineErrorSerializer(required=False)


_TO = {"destType": "BANK", "bankCode": "HBL", "accountNumber": "12345670001"}
_SOMEBODY = example("An account at a bank", name="Ayesha Khan", **_TO)
_TWO = example(
    "Two payouts",
    name="Salaries of January",
    lines=[
        {"merchantReference": "SALARY-1", "amount": "85000.00", **_TO},
        {"merchantReference": "SALARY-2", "amount": 250.5, "destType": "WALLET", "walletCode": "EASYPAISA", "accountNumber": "03001230001"},
    ],
)
_CSV = example("As CSV", csv="merchantReference,amount,bankCode,accountNumber\nSALARY-3,85000.00,HBL,12345670001\n")
_LINES_PAGE = inline_serializer("BatchLinesPage", {"lines": BatchLineSerializer(many=True), "pagination": PaginationSerializer()})
_WRITE_ERRORS = errors(400, 404, 409, 413, 415)

LIST_BENEFICIARIES: dict[str, Any] = {
    "operation_id": "list_beneficiaries",
    "tags": ["beneficiaries"],
    "parameters": [*PAGES, query("q", "How a name begins, or a whole account number")],
    "responses": paged("Beneficiaries", BeneficiarySerializer),
}
ADD_BENEFICIARY: dict[str, Any] = {
    "operation_id": "add_beneficiary",
    "tags": ["beneficiaries"],
    "parameters": [IDEMPOTENCY_KEY],
    "request": BeneficiaryCreateSerializer,
    "responses": {**ok("BeneficiaryAdded", BeneficiarySerializer(), status=201, message=True), **errors(400, 409, 413, 415)},
    "examples": [_SOMEBODY],
}
GET_BENEFICIARY: dict[str, Any] = {
    "operation_id": "get_beneficiary",
    "tags": ["beneficiaries"],
    "responses": {**ok("Beneficiary", BeneficiarySerializer()), **errors(404)},
}
REMOVE_BENEFICIARY: dict[str, Any] = {
    "operation_id": "remove_beneficiary",
    "tags": ["beneficiaries"],
    "responses": {**ok("BeneficiaryRemoved", DeletedSerializer()), **errors(404)},
}
LIST_BATCHES: dict[str, Any] = {
    "operation_id": "list_payout_batches",
    "tags": ["payout batches"],
    "parameters": PAGES,
    "responses": paged("PayoutBatches", BatchSerializer),
}
CREATE_BATCH: dict[str, Any] = {
    "operation_id": "create_payout_batch",
    "tags": ["payout batches"],
    "parameters": [IDEMPOTENCY_KEY],
    "request": {"application/json": BatchCreateSerializer, "text/csv": OpenApiTypes.STR},
    "responses": {**ok("PayoutBatchCreated", BatchSerializer(), status=201, message=True), **errors(400, 409, 413, 415)},
    "examples": [_TWO, _CSV],
}
GET_BATCH: dict[str, Any] = {
    "operation_id": "get_payout_batch",
    "tags": ["payout batches"],
    "responses": {**ok("PayoutBatch", BatchSerializer()), **errors(404)},
}
BATCH_LINES: dict[str, Any] = {
    "operation_id": "list_payout_batch_lines",
    "tags": ["payout batches"],
    "parameters": [*PAGES, query("status", "WAITING, CREATED, FAILED, INVALID or CANCELLED")],
    "responses": {**ok("BatchLines", _LINES_PAGE), **errors(400, 404)},
}
CANCEL_BATCH: dict[str, Any] = {
    "operation_id": "cancel_payout_batch",
    "tags": ["payout batches"],
    "parameters": [IDEMPOTENCY_KEY],
    "request": None,
    "responses": {**ok("PayoutBatchCancelled", BatchSerializer(), message=True), **_WRITE_ERRORS},
}
