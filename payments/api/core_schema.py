"""OpenAPI descriptions of payments, refunds and disputes, and of the sandbox's word on them."""

from typing import Any

from mypay.kit.documented import IDEMPOTENCY_KEY, PAGES, errors, example, header, ok, paged, query
from payments.api import core_serializers as s
from sandbox.api.schema import described
from sandbox.services.decide import HEADER

_REFUND_SCENARIO = header(HEADER, "Sandbox: success, failed, pending, pending_then_success or pending_then_failed")
_DATES = [
    query("startDate", "A date, its whole day counts, or a time"),
    query("endDate", "A date, its whole day counts, or a time"),
]
_REFUND_STATUS = query("status", "pending, succeeded or failed")
_REFUNDS = paged("Refunds", s.RefundSerializer)
_PAYMENT = "01900000-0000-7000-8000-000000000003"
_BODY = (400, 413, 415)


def _read(operation: str, tag: str, reply: dict[int, Any], *refusals: int, parameters: Any = ()) -> dict[str, Any]:
    return {"operation_id": operation, "tags": [tag], "parameters": list(parameters), "responses": {**reply, **errors(*refusals)}}


def _act(operation: str, tag: str, reply: dict[int, Any], request: Any, *more: Any, **rest: Any) -> dict[str, Any]:
    """A POST under an idempotency key."""
    responses = {**reply, **errors(*_BODY, 404, 409)}
    return {
        "operation_id": operation,
        "tags": [tag],
        "parameters": [IDEMPOTENCY_KEY, *more],
        "request": request,
        "responses": responses,
        **rest,
    }


def _control(operation: str, reply: dict[int, Any], request: Any, **rest: Any) -> dict[str, Any]:
    return described(operation, reply, *_BODY, 404, request=request, **rest)


LIST_PAYMENTS = _read(
    "list_payments",
    "payments",
    paged("Payments", s.PaymentSerializer),
    parameters=[
        *PAGES,
        query("status", "requires_action, processing, authorized, captured, failed, voided or reversed"),
        query("method", "jazzcash, easypaisa, card, bank_transfer, upi or mpesa"),
        query("reference", "The checkout's, exactly"),
        query("checkoutId", "Of this checkout"),
        *_DATES,
    ],
)
GET_PAYMENT = _read("get_payment", "payments", ok("Payment", s.PaymentSerializer()), 404)
CAPTURE = _act(
    "capture_payment",
    "payments",
    ok("PaymentCaptured", s.PaymentSerializer(), message=True),
    s.AmountSerializer,
    examples=[example("A part; the rest is given up", amount="400.00")],
)
VOID = _act("void_payment", "payments", ok("PaymentVoided", s.PaymentSerializer(), message=True), None)

CREATE_REFUND = _act(
    "create_refund",
    "refunds",
    ok("RefundCreated", s.RefundSerializer(), status=201, message=True),
    s.RefundCreateSerializer,
    _REFUND_SCENARIO,
    examples=[example("A part", amount="250.00", reason="One of four items came back", metadata={"case": "R-17"})],
)
LIST_REFUNDS = _read(
    "list_refunds",
    "refunds",
    _REFUNDS,
    parameters=[*PAGES, _REFUND_STATUS, query("paymentId", "Of this payment"), *_DATES],
)
LIST_PAYMENT_REFUNDS = _read(
    "list_payment_refunds",
    "refunds",
    _REFUNDS,
    404,
    parameters=[*PAGES, _REFUND_STATUS, *_DATES],
)
GET_REFUND = _read("get_refund", "refunds", ok("Refund", s.RefundSerializer()), 404)

LIST_DISPUTES = _read(
    "list_disputes",
    "disputes",
    paged("Disputes", s.DisputeSerializer),
    parameters=[
        *PAGES,
        query("status", "needs_response, under_review, won, lost or accepted"),
        query("paymentId", "Of this payment"),
        *_DATES,
    ],
)
GET_DISPUTE = _read("get_dispute", "disputes", ok("Dispute", s.DisputeSerializer()), 404)
SUBMIT_EVIDENCE = _act(
    "submit_evidence",
    "disputes",
    ok("EvidenceSubmitted", s.DisputeSerializer(), message=True),
    s.EvidenceSerializer,
    examples=[example("A delivery that was signed for", evidence={"deliveredAt": "2026-03-02", "signedBy": "A. Khan"})],
)
ACCEPT_DISPUTE = _act("accept_dispute", "disputes", ok("DisputeAccepted", s.DisputeSerializer(), message=True), None)

OPEN_DISPUTE = _control(
    "open_dispute",
    ok("DisputeOpened", s.DisputeSerializer(), status=201),
    s.DisputeOpenSerializer,
    examples=[example("A part, to be answered within a day", paymentId=_PAYMENT, amount="5.00", respondWithinSeconds=86400)],
)
DECIDE_DISPUTE = _control(
    "decide_dispute",
    ok("DisputeDecided", s.DisputeSerializer()),
    s.DisputeDecisionSerializer,
    examples=[example("For the merchant", outcome="won")],
)
DECIDE_REFUND = _control(
    "decide_refund",
    ok("RefundDecided", s.RefundSerializer()),
    s.RefundDecisionSerializer,
    examples=[example("It does not arrive", outcome="failed", reason="The payer's account is closed")],
)
