"""Refunds, asked of a payment or with the payment in the body."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from emulators.razorpay import objects, render
from emulators.razorpay.base import RazorpayView
from emulators.razorpay.errors import BadRequest
from emulators.razorpay.reading import MAX_RECEIPT, read
from gateways.razorpay import wire
from mypay.kit.api import Reply
from mypay.kit.errors import ApiError
from mypay.kit.money import to_text
from payments.models import Payment, Refund
from payments.services.refund import create_refund

_KNOWN = {"amount", "speed", "notes", "receipt"}
_SPEEDS = ("normal", "optimum")
_TOO_MUCH = "The refund amount provided is greater than amount captured."
_ALL_GONE = "The payment has been fully refunded already."
_NOT_CAPTURED = "The payment status should be captured for action to be taken"
_BAD_KEY = "The idempotency key must be at least 10 characters of A-Z, a-z, 0-9, - and _."


class Refunds(RazorpayView):
    kind, model = objects.REFUND, Refund

    def shown(self, rows: list[Refund]) -> list[dict[str, Any]]:
        return objects.refunds_json(rows)

    def rows(self) -> QuerySet[Refund]:
        """Of one payment where the path names it."""
        payment_id, rows = self.kwargs.get("payment_id"), super().rows()
        return rows.filter(payment=self._payment(payment_id)) if payment_id else rows

    def _payment(self, payment_id: Any) -> Payment:
        return objects.kept.find(Payment.objects.filter(merchant=self.merchant), objects.PAYMENT, payment_id)

    def create(self, request: Request, payment_id: str = "") -> HttpResponse:
        """Refund all or a part of the payment that the path names, else the body."""
        body = self.body
        read.only(body, _KNOWN if payment_id else {*_KNOWN, "payment_id"})
        if not (payment_id or body.get("payment_id")):
            raise read.required("payment_id")
        payment = self._payment(payment_id or body["payment_id"])
        key = self.request.headers.get(wire.REFUND_KEY_HEADER)
        if key is not None and not wire.REFUND_KEY.fullmatch(key):
            raise BadRequest(_BAD_KEY, field=wire.REFUND_KEY_HEADER)
        amount = read.amount(body, currency=payment.currency) if "amount" in body else None
        extra = {"receipt": read.text(body, "receipt", MAX_RECEIPT), "speed": _speed(body)}

        def refused(problem: ApiError) -> ApiError:
            if problem.code == "REFUND_EXCEEDS_PAYMENT":
                payment.refresh_from_db(fields=["refunded", "captured"])
                return BadRequest(_ALL_GONE if payment.refunded >= payment.captured else _TOO_MUCH, field="amount")
            return BadRequest(_NOT_CAPTURED) if problem.code == "INVALID_STATUS" else problem

        return create_refund(
            merchant=self.merchant,
            payment_id=str(payment.pk),
            body={"amount": None if amount is None else to_text(amount, payment.currency), "metadata": read.notes(body)},
            claim=self.claim_of("refund", key, words=refused),
            scenario=self.scenario,
            reply=lambda row: Reply.of(200, render.refund(row, extra)),
            beside=lambda row: objects.kept.beside(objects.REFUND, row, extra),
        ).response()


def _speed(body: dict[str, Any]) -> str:
    speed = body.get("speed", _SPEEDS[0])
    if speed not in _SPEEDS:
        raise BadRequest("The speed must be normal or optimum.", field="speed")
    return str(speed)
