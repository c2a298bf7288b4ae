"""Refunds of a transaction, wholly or in part."""

from copy import copy
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from emulators.ids import find_number
from emulators.paystack import magic, objects, render
from emulators.paystack.base import PaystackView
from emulators.paystack.errors import InvalidParams, Refused
from emulators.paystack.reading import read
from gateways.paystack import wire
from mypay.kit.api import Reply
from mypay.kit.errors import ApiError
from mypay.kit.money import to_text
from payments.models import Checkout, Payment, Refund
from payments.services.refund import create_refund, decide_refund
from payments.states import RefundStatus
from sandbox.states import Outcome

_QUEUED, _RETRIED = "Refund has been queued for processing", "Refund retried and has been queued for processing"
_NOTES = {"customer_note": 500, "merchant_note": 500}
_TOO_MUCH = "Refund amount cannot be more than what is left of the transaction"
_NOT_PAID = "Transaction has not been paid, so it cannot be refunded"


class Refunds(PaystackView):
    kind, model, related = objects.REFUND, Refund, ("payment__checkout",)
    one, many = "Refund retrieved", "Refunds retrieved"

    def shown(self, rows: list[Refund]) -> list[dict[str, Any]]:
        created = "created_at" if self.action == "list" else "createdAt"
        return objects.refunds_json(self.merchant, rows, created=created)

    def find(self, refund_id: str) -> Refund:
        rows = self.rows().select_related(*self.related)
        found: Refund = objects.by_number(rows, refund_id, "Refund")
        return found

    def list(self, request: Request) -> HttpResponse:
        """All, or those of a transaction or a currency."""
        query, rows = request.query_params, self.rows()
        if transaction := query.get("transaction") or query.get("reference"):
            checkout = self._transaction(transaction)
            rows = rows.filter(payment__checkout=checkout) if checkout else rows.none()
        if currency := query.get("currency"):
            rows = rows.filter(currency=currency)
        return self.listed(rows)

    def create(self, request: Request) -> HttpResponse:
        """Give back all that is left of a transaction, or a part."""
        payment = self._paid(read.text(self.body, "transaction", 100, is_required=True))
        if read.text(self.body, "currency", 3) not in ("", payment.currency):
            raise InvalidParams("Currency must be that of the transaction", "currency")
        amount = read.amount(self.body) if self.body.get("amount") not in (None, "") else None
        extra = {**read.texts(self.body, _NOTES), "refunded_by": self.merchant.email}
        usual = _published(payment)
        metadata = {"status": wire.NEEDS_ATTENTION} if usual == Outcome.PENDING else None

        def refused(problem: ApiError) -> ApiError:
            if problem.code == "REFUND_EXCEEDS_PAYMENT":
                payment.refresh_from_db(fields=["refunded", "captured"])
                is_gone = payment.refunded >= payment.captured
                return Refused(wire.FULLY_REVERSED if is_gone else _TOO_MUCH, "invalid_amount", field="amount")
            return Refused(wire.FULLY_REVERSED, "unknown", field="transaction") if problem.code == "INVALID_STATUS" else problem

        return create_refund(
            merchant=self.merchant,
            payment_id=str(payment.pk),
            body={"amount": None if amount is None else to_text(amount, payment.currency), "metadata": metadata},
            claim=self.claim_of("refund", None, words=refused),
            scenario=self.scenario,
            usual=usual,
            reply=lambda row: Reply.of(200, render.envelope(_QUEUED, self._made(row, extra))),
            beside=lambda row: objects.kept.beside(objects.REFUND, row, extra),
        ).response()

    def retry(self, request: Request, refund_id: str) -> HttpResponse:
        """Give the account that a refund which needs attention goes to."""
        refund = self.find(refund_id)
        account = read.member(self.body, "refund_account_details")
        number = read.text(account, "account_number", 20, is_required=True)
        for name in ("currency", "bank_id"):
            read.text(account, name, 20, is_required=True)
        if render.refund_status(refund) != wire.NEEDS_ATTENTION:
            raise Refused("Refund does not need attention", "unknown", field="id")
        if number != magic.STUCK_ACCOUNT:
            end = RefundStatus.FAILED if number == magic.FAILING_ACCOUNT else RefundStatus.SUCCEEDED
            decide_refund(merchant=self.merchant, refund_id=str(refund.pk), status=end)
        return self.told(self.find(refund_id), message=_RETRIED)

    def _made(self, row: Refund, extra: dict[str, Any]) -> dict[str, Any]:
        """A new one, its transaction whole, as it will be when this is committed."""
        shown = render.refund(row, extra, merchant=self.merchant, created="createdAt")
        payment = copy(row.payment)
        payment.refunded += row.amount
        return shown | {"transaction": objects.told_json(self.merchant, [(payment.checkout, payment)])[0]}

    def _transaction(self, text: str) -> Checkout | None:
        """By its reference, else by its number."""
        rows = Checkout.objects.filter(merchant=self.merchant)
        found: Checkout | None = rows.filter(reference=text).first()
        return found or (find_number(rows, int(text)) if text.isascii() and text.isdigit() else None)

    def _paid(self, text: str) -> Payment:
        """The payment of a transaction; raises Refused for an unknown one, and for one that nobody paid."""
        checkout = self._transaction(text)
        if checkout is None:
            raise Refused("Transaction not found", "transaction_not_found", field="transaction")
        payments = Payment.objects.filter(checkout=checkout, captured__gt=0)
        payment = payments.order_by("-pk").first()
        if payment is None:
            raise Refused(_NOT_PAID, "transaction_not_paid", field="transaction")
        return payment


def _published(payment: Payment) -> Outcome:
    """What a test card says becomes of its refunds."""
    about = objects.kept.extras(objects.AUTHORIZATION, [payment.pk])[payment.pk]
    card = magic.card_of(str(about.get("bin")), payment.payer)
    return card.refund if card else Outcome.SUCCESS
