"""The sandbox's word on refunds and disputes, `/api/v1/sandbox`: here, as payments are above the sandbox."""

from datetime import timedelta

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from mypay.kit import clock
from mypay.kit.api import success
from mypay.kit.errors import ValidationError
from payments.api import core_schema as schema
from payments.render import dispute_json, refund_json
from payments.selectors import get_payment
from payments.services.dispute import decide_dispute
from payments.services.open_dispute import RESPONSE_TIME, open_dispute
from payments.services.refund import decide_refund
from payments.states import DisputeReason, DisputeStatus, RefundStatus
from payments.validation import read_amount
from sandbox.api.base import SandboxView
from sandbox.states import Outcome

_MAX_RESPONSE_TIME = timedelta(days=365)
_MAX_REASON = 200
_REFUND_ENDS = {Outcome.SUCCESS.value: RefundStatus.SUCCEEDED, Outcome.FAILED.value: RefundStatus.FAILED}
_DISPUTE_ENDS = {Outcome.WON.value: DisputeStatus.WON, Outcome.LOST.value: DisputeStatus.LOST}


class OpenDisputeView(SandboxView):
    @extend_schema(**schema.OPEN_DISPUTE)
    def post(self, request: Request) -> HttpResponse:
        """Let the payer's bank dispute a captured payment now: what is left of it, or `amount`."""
        self.only("paymentId", "amount", "reason", "respondWithinSeconds")
        reason = DisputeReason(self.choice("reason", DisputeReason.values, DisputeReason.FRAUDULENT.value))
        seconds = self.whole("respondWithinSeconds", None, minimum=1, maximum=int(_MAX_RESPONSE_TIME.total_seconds()))
        payment = get_payment(self.merchant, self._payment_id())
        opened = open_dispute(
            payment=payment,
            amount=read_amount(self.body, payment.currency, default=payment.refundable),
            reason=reason,
            at=clock.now(self.merchant),
            respond_within=RESPONSE_TIME if seconds is None else timedelta(seconds=seconds),
        )
        return success(201, dispute_json(opened)).response()

    def _payment_id(self) -> str:
        value = self.body.get("paymentId")
        if not value or not isinstance(value, str):
            raise ValidationError("paymentId is required, as text", field="paymentId")
        return value


class DecideDisputeView(SandboxView):
    @extend_schema(**schema.DECIDE_DISPUTE)
    def post(self, request: Request, dispute_id: str) -> HttpResponse:
        """Let the bank decide a dispute now."""
        self.only("outcome")
        status = _DISPUTE_ENDS[self.choice("outcome", list(_DISPUTE_ENDS))]
        return success(200, dispute_json(decide_dispute(merchant=self.merchant, dispute_id=dispute_id, status=status))).response()


class DecideRefundView(SandboxView):
    @extend_schema(**schema.DECIDE_REFUND)
    def post(self, request: Request, refund_id: str) -> HttpResponse:
        """Let a pending refund arrive, or fail, now."""
        self.only("outcome", "reason")
        status, reason = _REFUND_ENDS[self.choice("outcome", list(_REFUND_ENDS))], self.text("reason", _MAX_REASON)
        if reason and status != RefundStatus.FAILED:
            raise ValidationError("reason is for the outcome failed", field="reason")
        ended = decide_refund(merchant=self.merchant, refund_id=refund_id, status=status, reason=reason)
        return success(200, refund_json(ended)).response()
