"""Validations of fund accounts (penny drops). The engine's magic account numbers decide: see `docs/razorpay.md`.

The bank's answer is known when the request is; the answer to the request still says `created`, as Razorpay's does.
"""

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from emulators.ids import digits
from emulators.models import VendorObject
from emulators.razorpay.reading import MINIMUM, read
from emulators.razorpayx import fund_accounts
from emulators.razorpayx.account import CURRENCY, own_account
from emulators.razorpayx.base import FUND_ACCOUNT, VALIDATION, RazorpayXView, kept
from emulators.views import answer
from gateways.razorpay import wire
from mypay.kit import sql
from mypay.kit.clock import iso
from sandbox.matching import Facts
from sandbox.services.decide import from_table
from sandbox.states import Flow, Outcome
from webhooks.catalogue import EventType
from webhooks.examples import Wanted
from webhooks.services.emit import event

_EVENTS = {"completed": EventType.VALIDATION_COMPLETED, "failed": EventType.VALIDATION_FAILED}
_STATUSES = {Outcome.PENDING: "created", Outcome.ON_HOLD: "failed"}


def validation_json(row: VendorObject, *, is_new: bool = False) -> dict[str, Any]:
    """A validation as the API shows it; a new one has no results yet."""
    data = row.data
    status = "created" if is_new else data["status"]
    is_active = data["account_status"] == "active"
    results = {"account_status": data["account_status"], "registered_name": data["name"] if is_active else None}
    return {
        "id": kept.id_of(row),
        "entity": "fund_account.validation",
        "fund_account": data["fund_account"],
        "status": status,
        "amount": data["amount"],
        "currency": CURRENCY,
        "notes": data["notes"] or [],
        "results": results if status == "completed" else dict.fromkeys(results),
        "created_at": wire.seconds(row.created_at),
        "utr": digits(row.pk, "utr", 12) if status == "completed" and is_active else None,
    }


def snapshot(row: VendorObject) -> dict[str, Any]:
    """What the event keeps of a validation."""
    told = {"status": row.data["status"], "accountStatus": row.data["account_status"], "createdAt": iso(row.created_at)}
    return {"id": str(row.pk), **told, "razorpay": validation_json(row)}


def example(wanted: Wanted) -> dict[str, Any]:
    """A validation as an event would tell of it; nothing is written."""
    bank = {"name": "Asha Rao", "ifsc": "HDFC0000053", "account_number": "12345670001"}
    details = {"contact_id": None, "account_type": fund_accounts.BANK, fund_accounts.BANK: bank, "active": True}
    account = kept.new(wanted.merchant, FUND_ACCOUNT, details)
    account.id, account.created_at = wanted.subject_id, wanted.at
    row = kept.new(wanted.merchant, VALIDATION, _data(account, MINIMUM, {}))
    row.id, row.created_at = wanted.subject_id, wanted.at
    row.data["status"] = "failed" if wanted.type == EventType.VALIDATION_FAILED else "completed"
    return snapshot(row)


def _data(account: VendorObject, amount: int, notes: dict[str, Any]) -> dict[str, Any]:
    """What is kept of a validation: the bank's answer follows from the account number."""
    to, name = fund_accounts.destination(account)
    outcome = from_table(Flow.PAYOUT, Facts(amount=0, currency=CURRENCY, number=to.account_number)).outcome
    return {
        "fund_account": fund_accounts.fund_account_json(account),
        "amount": amount,
        "notes": notes,
        "status": _STATUSES.get(outcome, "completed"),
        "account_status": "invalid" if outcome == Outcome.FAILED else "active",
        "name": name,
    }


def _told(row: VendorObject) -> list[sql.Statement]:
    """The event of a bank's answer, none where it waits for one."""
    type = _EVENTS.get(row.data["status"])
    if type is None:
        return []
    return [event(merchant_id=row.merchant_id, type=type, subject_id=row.pk, data=snapshot(row), at=row.created_at)]


class Validations(RazorpayXView):
    kind = VALIDATION

    def shown(self, rows: list[VendorObject]) -> list[dict[str, Any]]:
        return [validation_json(row) for row in rows]

    def create(self, request: Request) -> HttpResponse:
        """Ask whether the account can be paid, and in whose name it is."""
        body = self.body
        read.only(body, {"account_number", "fund_account", "amount", "currency", "notes", "receipt"})
        own_account(self.merchant, read.text(body, "account_number", 40, is_required=True))
        named = read.member(body, "fund_account")
        account = kept.get(self.merchant, FUND_ACCOUNT, read.text(named, "id", 40, is_required=True))
        data = _data(account, read.amount(body, default=MINIMUM), read.notes(body))
        row = kept.new(self.merchant, VALIDATION, data)
        sql.transact([sql.insert(row), *_told(row)])
        return answer(validation_json(row, is_new=True), 201)
