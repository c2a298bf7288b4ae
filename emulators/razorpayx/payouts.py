"""Payouts: the engine's, in rupees, to a fund account; one that has to wait for money is kept until there is enough."""

import re
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from emulators.models import VendorObject
from emulators.razorpay import render
from emulators.razorpay.errors import BadRequest
from emulators.razorpay.reading import read
from emulators.razorpayx import contacts, fund_accounts, sending
from emulators.razorpayx.account import CURRENCY, own_account
from emulators.razorpayx.base import CONTACT, FUND_ACCOUNT, PAYOUT, RazorpayXView, kept
from emulators.views import answer
from gateways.razorpay import wire
from merchants.models import Merchant
from mypay.kit import idempotency, sql
from mypay.kit.api import Reply
from payouts.models import Payout
from payouts.render import snapshot
from payouts.services.create import payout_of
from webhooks.catalogue import EventType
from webhooks.services.emit import event

_MODES = {fund_accounts.BANK: ("IMPS", "NEFT", "RTGS"), fund_accounts.VPA: ("UPI",)}
_PURPOSES = ("refund", "cashback", "payout", "salary", "utility bill", "vendor bill")
_NARRATION = re.compile(r"[A-Za-z0-9 ]*", re.ASCII)
_KNOWN = {
    "account_number", "fund_account_id", "fund_account", "amount", "currency", "mode", "purpose", "queue_if_low_balance",
    "reference_id", "narration", "notes",
}  # fmt: skip
_KEY_HEADER, _KEY = "X-Payout-Idempotency", re.compile(r"[A-Za-z0-9_-]{4,36}", re.ASCII)
# By the engine's word: what it gives back had been on its way, and what it holds is with the bank.
_STATUSES = {
    "PENDING": "processing",
    "PROCESSING": "processing",
    "RETRY": "processing",
    "IN_REVIEW": "pending",
    "ON_HOLD": "processing",
    "SUCCESS": "processed",
    "FAILED": "reversed",
}
_DETAILS = {
    "queued": ("The account does not hold enough money.", "business", "low_balance"),
    "pending": ("The payout waits for an approval.", "business", "payout_pending"),
    "processing": ("The bank has not confirmed the payout yet.", "beneficiary_bank", "beneficiary_bank_confirmation_pending"),
    "processed": ("The bank has confirmed the payout.", "beneficiary_bank", "payout_processed"),
    "reversed": ("The bank did not take the payout.", "beneficiary_bank", "bank_account_invalid"),
}


def payout_json(row: VendorObject, payout: Payout | None) -> dict[str, Any]:
    """A payout as the API shows it: what Razorpay keeps of it, and the engine's once there is one."""
    data = row.data
    status = _STATUSES[payout.status] if payout else data["status"]
    is_under_way = payout is not None and status != "pending"
    details = _DETAILS.get(status)
    return {
        "id": kept.id_of(row),
        "entity": PAYOUT,
        "fund_account_id": data["fund_account_id"],
        "amount": data["amount"],
        "currency": CURRENCY,
        "notes": render.notes(data.get("notes")),
        "fees": 0,
        "tax": 0,
        "status": status,
        "utr": payout.psp_reference if payout and status == "processed" else None,
        "mode": data["mode"],
        "purpose": data["purpose"],
        "reference_id": data.get("reference_id"),
        "narration": data.get("narration"),
        "batch_id": None,
        "status_details": dict(zip(("description", "source", "reason"), details, strict=True)) if details else None,
        "created_at": wire.seconds(row.created_at),
        "fee_type": "free_payout" if is_under_way else None,
    }


def payouts_json(rows: list[VendorObject]) -> list[dict[str, Any]]:
    """Payouts with what the engine knows of them."""
    known = Payout.objects.in_bulk([row.pk for row in rows])
    return [payout_json(row, known.get(row.pk)) for row in rows]


def by_key(merchant: Merchant, keys: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
    """Those of the engine's payouts that came through this dialect, as it shows them."""
    rows = list(kept.rows(merchant, PAYOUT).filter(pk__in=list(keys)))
    return dict(zip((row.pk for row in rows), payouts_json(rows), strict=True))


def _reply(row: VendorObject, payout: Payout | None) -> Reply:
    return Reply.of(200, payout_json(row, payout))


def _queued(row: VendorObject, account: VendorObject, claim: idempotency.Claim) -> Reply:
    reply = _reply(row, None)
    seen = snapshot(payout_of(row.merchant, sending.request_of(row, account), claim.now))
    told = event(merchant_id=row.merchant_id, type=EventType.PAYOUT_QUEUED, subject_id=row.pk, data=seen, at=claim.now)
    sql.transact([claim.record(reply), sql.insert(row), told])
    return reply


def _read(body: dict[str, Any], account: VendorObject) -> dict[str, Any]:
    """What the body asks for, checked."""
    mode = read.text(body, "mode", 10, is_required=True)
    if mode not in _MODES[account.data["account_type"]]:
        raise BadRequest("The mode is not allowed for this fund account.", field="mode")
    purpose = read.text(body, "purpose", 30, is_required=True)
    if purpose not in _PURPOSES:
        raise BadRequest("The selected purpose is invalid.", field="purpose")
    if read.currency(body) != CURRENCY:
        raise BadRequest("Currency is not supported", field="currency")
    narration = read.text(body, "narration", 30)
    if not _NARRATION.fullmatch(narration):
        raise BadRequest("The narration may only contain letters, digits and spaces.", field="narration")
    return {
        "fund_account_id": kept.id_of(account),
        "amount": read.amount(body),
        "mode": mode,
        "purpose": purpose,
        "reference_id": read.text(body, "reference_id", 40),
        "narration": narration,
        "notes": read.notes(body),
    }


class Payouts(RazorpayXView):
    kind = PAYOUT

    def shown(self, rows: list[VendorObject]) -> list[dict[str, Any]]:
        return payouts_json(rows)

    def create(self, request: Request) -> HttpResponse:
        """Pay a fund account; with too little money refuse, or queue if that is asked for."""
        key = request.headers.get(_KEY_HEADER, "")
        if not _KEY.fullmatch(key):
            raise BadRequest("The idempotency key is required, of 4 to 36 letters, digits, - and _.", field=_KEY_HEADER)
        body = self.body
        read.only(body, _KNOWN)
        own_account(self.merchant, read.text(body, "account_number", 40, is_required=True))
        account = self._fund_account()
        may_wait = read.flag(body, "queue_if_low_balance")
        row = kept.new(self.merchant, PAYOUT, _read(body, account))
        claim = self.claim_of("payout", key, words=sending.refused)
        if may_wait and sending.available(self.merchant) < row.data["amount"]:
            row.reference, row.data = sending.QUEUED, {**row.data, "status": sending.QUEUED}
            return idempotency.once(claim, lambda: _queued(row, account, claim)).response()
        return sending.send(row, account, claim, lambda payout: _reply(row, payout), scenario=self.scenario).response()

    def list(self, request: Request) -> HttpResponse:
        """All, or those of one reference; what waits is sent first."""
        query = request.query_params
        own_account(self.merchant, read.text(query, "account_number", 40, is_required=True))
        sending.send_queued(self.merchant)
        reference = query.get("reference_id")
        return self.listed(self.rows().filter(data__reference_id=reference) if reference else self.rows())

    def _fund_account(self) -> VendorObject:
        """The one that the body names, or describes with its contact; both must be active."""
        body = self.body
        if given := read.member(body, "fund_account"):
            contact, _ = contacts.open_contact(self.merchant, read.member(given, "contact"))
            rest = {name: value for name, value in given.items() if name != "contact"}
            account, _ = fund_accounts.open_fund_account(self.merchant, kept.id_of(contact), type(given)(rest))
        else:
            account = kept.get(self.merchant, FUND_ACCOUNT, read.text(body, "fund_account_id", 40, is_required=True))
            contact = kept.get(self.merchant, CONTACT, account.data["contact_id"])
        if not (account.data["active"] and contact.data["active"]):
            raise BadRequest("Payouts cannot be created on an inactive fund account or contact.", field="fund_account_id")
        return account

    def find(self, payout_id: str) -> VendorObject:
        """What waits is sent first."""
        row = kept.get(self.merchant, PAYOUT, payout_id)
        sending.send_queued(self.merchant)
        return row

    def cancel(self, request: Request, payout_id: str) -> HttpResponse:
        """Give up a payout that is queued."""
        row = kept.get(self.merchant, PAYOUT, payout_id)
        waiting = kept.rows(self.merchant, PAYOUT).filter(pk=row.pk, reference=sending.QUEUED)
        row.data |= {"status": "cancelled"}
        if not waiting.update(data=row.data, reference=""):
            raise BadRequest("Payout cannot be cancelled as it is not in the queued state.")
        return answer(payout_json(row, None))
