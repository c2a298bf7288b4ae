"""Transfers: the engine's payouts, to a recipient; `reversed` is what failed for a reason that begins so."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Lower
from django.http import HttpResponse
from rest_framework.request import Request

from emulators.ids import vendor_number
from emulators.models import VendorObject
from emulators.paystack.errors import InvalidParams, Refused
from emulators.paystack.objects import RECIPIENT, TRANSFER, kept
from emulators.paystack.reading import read
from emulators.paystack.render import domain, envelope, integration
from emulators.paystack_transfers import otp, sending
from emulators.paystack_transfers.recipients import ByCodeOrNumber, by_code_or_number, recipient_json
from emulators.views import answer
from merchants.models import Merchant
from mypay.kit import sql
from mypay.kit.api import Reply
from mypay.kit.clock import iso
from mypay.kit.errors import ApiError, DuplicateReference
from payouts.models import Payout
from payouts.states import PayoutStatus

OTP, PENDING, SUCCESS, FAILED, REVERSED = "otp", "pending", "success", "failed", "reversed"
_MOST = 100  # of a bulk
_QUEUED, _ASKED = "Transfer has been queued", "Transfer requires OTP to continue"
_RETURNED = Q(why__startswith=REVERSED)
_STATUSES = {
    SUCCESS: Q(status=PayoutStatus.SUCCESS),
    FAILED: Q(status=PayoutStatus.FAILED) & ~_RETURNED,
    REVERSED: Q(status=PayoutStatus.FAILED) & _RETURNED,
    PENDING: ~Q(status__in=(PayoutStatus.SUCCESS, PayoutStatus.FAILED)),
}


def status_of(status: str, failure_reason: str | None) -> str:
    """Of one that was sent, by the engine's words; what waits for the bank or for staff is pending."""
    if status == PayoutStatus.FAILED:
        return REVERSED if (failure_reason or "").lower().startswith(REVERSED) else FAILED
    return SUCCESS if status == PayoutStatus.SUCCESS else PENDING


def transfer_json(merchant: Merchant, row: VendorObject, payout: Payout | None, recipient: Any) -> dict[str, Any]:
    """A transfer as the API shows it: what Paystack keeps of it, and the engine's once it is sent."""
    data = row.data
    status = status_of(payout.status, payout.failure_reason) if payout else OTP
    paid = payout if status == SUCCESS else None
    return {
        "integration": integration(merchant),
        "domain": domain(merchant),
        "amount": data["amount"],
        "currency": data["currency"],
        "source": "balance",
        "source_details": None,
        "reason": data["reason"],
        "reference": row.reference,
        "recipient": recipient,
        "status": status,
        "failures": None,
        "transfer_code": kept.id_of(row),
        "titan_code": None,
        "transferred_at": iso(paid.processed_at) if paid and paid.processed_at else None,
        "id": vendor_number(row.pk),
        "request": vendor_number(row.pk),
        "transfersessionid": [],
        "transfertrials": [],
        "session": {"provider": "nip" if paid else None, "id": paid.psp_reference if paid else None},
        "fee_charged": 0,
        "fees_breakdown": None,
        "gateway_response": payout.failure_reason or None if payout else None,
        "createdAt": iso(row.created_at),
        "updatedAt": iso(payout.updated_at if payout else row.created_at),
    }


def transfers_json(merchant: Merchant, rows: list[VendorObject]) -> list[dict[str, Any]]:
    """Transfers with whom they went to."""
    sent = Payout.objects.in_bulk([row.pk for row in rows])
    recipients = VendorObject.objects.in_bulk([row.data["recipient"] for row in rows])
    to = {str(key): recipient_json(merchant, recipient) for key, recipient in recipients.items()}
    return [transfer_json(merchant, row, sent.get(row.pk), to[row.data["recipient"]]) for row in rows]


def _of_status(rows: QuerySet[VendorObject], status: str) -> QuerySet[VendorObject]:
    sent = Payout.objects.annotate(why=Lower("failure_reason")).filter(pk=OuterRef("pk"))
    if status == OTP:
        return rows.filter(~Exists(sent))
    return rows.filter(Exists(sent.filter(_STATUSES[status]))) if status in _STATUSES else rows.none()


def _done(problem: ApiError) -> ApiError:
    """A transfer that was finalized is a payout already, under the same reference."""
    return _not_waiting() if isinstance(problem, DuplicateReference) else sending.raised(problem)


def _not_waiting() -> Refused:
    return Refused("Transfer is not currently awaiting OTP", "invalid_transfer_status", field="transfer_code")


class Transfers(ByCodeOrNumber):
    kind = TRANSFER
    one, many = "Transfer retrieved", "Transfers retrieved"

    def shown(self, rows: list[VendorObject]) -> list[dict[str, Any]]:
        return transfers_json(self.merchant, rows)

    def list(self, request: Request, *path: Any, **named: Any) -> HttpResponse:
        """All, or those to one recipient or of one status."""
        rows, query = self.rows(), request.query_params
        if text := query.get("recipient"):
            recipient = by_code_or_number(kept.rows(self.merchant, RECIPIENT), RECIPIENT, text)
            rows = rows.filter(data__recipient=str(recipient.pk)) if recipient else rows.none()
        return self.listed(_of_status(rows, query["status"].lower()) if query.get("status") else rows)

    def verify(self, request: Request, reference: str) -> HttpResponse:
        """One, by the merchant's own reference."""
        row = self.rows().filter(reference=reference).first()
        if row is None:
            raise kept.unknown(TRANSFER)
        return self.told(row)

    def create(self, request: Request) -> HttpResponse:
        """Pay a recipient, or wait for the password where the merchant wants to be asked."""
        self._from_balance()
        (order,) = sending.read_orders(self.merchant, [self.body])
        if otp.is_asked(self.merchant):
            sending.await_password(order)
            return answer(envelope(_ASKED, self._new(order, None)))
        return self._send(order, sending.raised)

    def finalize(self, request: Request) -> HttpResponse:
        """Send one that waits for the password."""
        row = kept.get(self.merchant, TRANSFER, read.text(self.body, "transfer_code", 40, is_required=True))
        password = read.text(self.body, "otp", 10, is_required=True)
        if Payout.objects.filter(pk=row.pk).exists():
            raise _not_waiting()
        otp.check(password)
        row.merchant = self.merchant
        return self._send(sending.Order(row, VendorObject.objects.get(pk=row.data["recipient"])), _done)

    def bulk(self, request: Request) -> HttpResponse:
        """Up to a hundred, all of them or none."""
        self._from_balance()
        bodies = self.body.get("transfers")
        if not isinstance(bodies, list) or not bodies or len(bodies) > _MOST or not all(isinstance(body, dict) for body in bodies):
            raise InvalidParams(f"Transfers must be a list of 1 to {_MOST} transfers", "transfers")
        if otp.is_asked(self.merchant):
            raise Refused("OTP must be disabled to make bulk transfers", "otp_enabled")
        orders = sending.read_orders(self.merchant, bodies, read.text(self.body, "currency", 3))
        claims = [self.claim_of("transfer", None, words=sending.raised) for _ in orders]

        def effect() -> None:
            for order, claim in zip(orders, claims, strict=True):
                sending.send(order, claim, scenario=self.scenario)

        sql.in_transaction(effect)
        return answer(envelope(f"{len(orders)} transfers queued.", [_in_bulk(order) for order in orders]))

    def _from_balance(self) -> None:
        if read.text(self.body, "source", 20, is_required=True) != "balance":
            raise InvalidParams("Source must be balance", "source")

    def _send(self, order: sending.Order, words: Any) -> HttpResponse:
        claim = self.claim_of("transfer", None, words=words)

        def told(payout: Payout) -> Reply:
            return Reply.of(200, envelope(_QUEUED, self._new(order, payout)))

        return sending.send(order, claim, scenario=self.scenario, reply=told).response()

    def _new(self, order: sending.Order, payout: Payout | None) -> dict[str, Any]:
        return transfer_json(self.merchant, order.row, payout, vendor_number(order.recipient.pk))


def _in_bulk(order: sending.Order) -> Mapping[str, Any]:
    data = order.row.data
    return {
        "reference": order.row.reference,
        "recipient": kept.id_of(order.recipient),
        "amount": data["amount"],
        "transfer_code": kept.id_of(order.row),
        "currency": data["currency"],
        "status": PENDING,
    }
