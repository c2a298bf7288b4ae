"""Events of RazorpayX: payouts as they were then, the line of the statement that goes with them, and validations."""

import json
from collections.abc import Mapping
from typing import Any

from emulators import snapshots
from emulators.models import VendorObject
from emulators.razorpay.events import body, form
from emulators.razorpayx import payouts
from emulators.razorpayx.account import CURRENCY, account_number
from emulators.razorpayx.balances import moves, transaction_json
from emulators.razorpayx.sending import QUEUED
from ledger.states import Bucket
from payouts.states import PayoutStatus
from webhooks.catalogue import EventType
from webhooks.dialects import Told

_LINE = "transaction.created"
_BY_STATUS = {
    "SUCCESS": ("payout.processed",),
    "FAILED": ("payout.reversed", _LINE),
    "IN_REVIEW": ("payout.pending",),
}
_SENT = ("payout.initiated", _LINE)
_CHECKED = {
    EventType.VALIDATION_COMPLETED: "fund_account.validation.completed",
    EventType.VALIDATION_FAILED: "fund_account.validation.failed",
}
_CATALOGUE = (*_SENT, "payout.queued", "payout.processed", "payout.reversed", "payout.pending", "payout.updated")


def payout_names(type: str, data: Mapping[str, Any]) -> tuple[str, ...]:
    """What Razorpay calls the event, nothing for payouts that are not its own."""
    if data["currency"] != CURRENCY:
        return ()
    if type == EventType.PAYOUT_QUEUED:
        return ("payout.queued",)
    return _BY_STATUS.get(data["status"], ("payout.updated",)) if type == EventType.PAYOUT_UPDATED else _SENT


def _payout_body(told: Told) -> bytes:
    data = json.loads(told.data)
    row = VendorObject.objects.get(pk=data["id"])
    is_waiting = told.name == "payout.queued"
    if is_waiting:  # which it may not be any more
        row.data["status"] = QUEUED
    payout = None if is_waiting else snapshots.payout(data)
    shown = {**payouts.payout_json(row, payout), "debit_account_number": account_number(told.merchant)}
    if told.name != _LINE:
        return body(told, {"payout": shown})
    side = "target" if data["status"] == PayoutStatus.FAILED else "source"
    lines = moves(told.merchant).filter(subject_id=row.pk, created_at__lte=told.created_at, **{side: Bucket.AVAILABLE})
    line = lines.order_by("-sequence").first()
    return body(told, {"transaction": transaction_json(told.merchant, line, shown)} if line else {})


def _validation_body(told: Told) -> bytes:
    return body(told, {"fund_account.validation": json.loads(told.data)["razorpay"]})


PAYOUTS = form(_payout_body, payout_names, _CATALOGUE)
VALIDATIONS = form(_validation_body, lambda type, data: (_CHECKED[EventType(type)],), tuple(_CHECKED.values()))
