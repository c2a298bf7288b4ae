"""The one place that changes a payout's status: row, event, audit and money in one transaction."""

from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from audit import lines
from audit.services.record import entry
from audit.tags import Tag
from ledger.services import move
from mypay.kit import clock, counters, sql
from mypay.kit.errors import InvalidStatus
from mypay.kit.ids import random_text
from mypay.kit.money import to_text
from mypay.settings import environment
from payouts.models import Payout
from payouts.render import snapshot
from payouts.services.plan import Step
from payouts.states import FINAL, MOVES, PayoutStatus
from webhooks.catalogue import EventType
from webhooks.services.emit import event


@dataclass(frozen=True, slots=True)
class Change:
    """A payout's next status; `tag` is what the audit calls it.

    `rest` are the steps still to come; None: from the start, with the outcome decided anew.
    """

    status: PayoutStatus
    at: datetime
    reason: str = ""
    psp_reference: str = ""
    rest: tuple[Step, ...] | None = ()
    tag: Tag = Tag.PAYOUT_MOVED


def apply(payout: Payout, change: Change) -> Payout:
    """Make the change in one transaction, or in the caller's; returns the payout as it then is.

    Raises InvalidStatus for an illegal move, StaleState when somebody else changed the payout
    first, InsufficientBalance when money to reserve is not there; nothing is then written.
    """
    if change.status not in MOVES[PayoutStatus(payout.status)]:
        raise InvalidStatus(f"A payout cannot go from {payout.status} to {change.status}", field="status")
    values = {**_values(payout, change), "revision": payout.revision + 1}
    after = copy(payout)
    for name, value in values.items():
        setattr(after, name, value)
    guarded = sql.update(Payout, {"id": payout.pk, "revision": payout.revision}, values, refuse=sql.stale)
    before = PayoutStatus(payout.status)
    sql.transact([guarded, *_event(after, change), _audited(after, change, before), *_money(after, change, before)])
    counters.payout(change.status.value)
    if change.status in FINAL:
        lines.transaction(f"PAYOUT_{change.status}", {"payoutId": str(after.id), "amount": to_text(after.amount, after.currency)})
    return after


def _values(payout: Payout, change: Change) -> dict[str, Any]:
    values: dict[str, Any] = {
        "status": change.status.value,
        "failure_reason": change.reason,
        "updated_at": change.at,
        "attempts": 0,
        **(start(payout, change.at) if change.rest is None else _next(payout, change.at, change.rest)),
    }
    if change.status in FINAL:
        values["processed_at"] = change.at
    if change.status == PayoutStatus.SUCCESS:
        values["psp_reference"] = change.psp_reference or f"PSP{clock.to_ms(change.at)}{random_text(9)}"
    if change.status == PayoutStatus.PENDING:
        values["processed_at"] = None
    return values


def start(payout: Payout, at: datetime) -> dict[str, Any]:
    """The columns of a payout that waits for its first step: what happens is decided then."""
    return {"plan": None, **_due(payout, at, environment.PAYOUT_FIRST_DELAY_MS)}


def _next(payout: Payout, at: datetime, rest: tuple[Step, ...]) -> dict[str, Any]:
    if not rest:
        return {"plan": None, "due_at": None, "wake_at": None}
    return {"plan": [step.to_json() for step in rest], **_due(payout, at, rest[0].after_ms)}


def _due(payout: Payout, at: datetime, after_ms: int) -> dict[str, Any]:
    due_at = at + timedelta(milliseconds=after_ms)
    return {"due_at": due_at, "wake_at": clock.wake_at(payout.merchant, due_at)}


def _event(payout: Payout, change: Change) -> list[sql.Statement]:
    """Every result is an event; PROCESSING is none (contract section 2)."""
    if change.status == PayoutStatus.PROCESSING:
        return []
    type = EventType.PAYOUT_REINITIATED if change.tag == Tag.PAYOUT_REINITIATED else EventType.PAYOUT_UPDATED
    return [event(merchant_id=payout.merchant_id, type=type, subject_id=payout.id, data=snapshot(payout), at=change.at)]


def _audited(payout: Payout, change: Change, before: PayoutStatus) -> sql.Statement:
    details = {"from": before.value, "to": change.status.value, **({"reason": change.reason} if change.reason else {})}
    return entry(tag=change.tag, resource_id=payout.id, merchant_id=payout.merchant_id, details=details, at=change.at)


def _money(payout: Payout, change: Change, before: PayoutStatus) -> list[sql.Statement]:
    """SUCCESS takes the reserved money out, FAILED gives it back, a new try reserves it again."""
    about = {"payoutId": str(payout.id), "merchantReference": payout.merchant_reference}
    details: dict[str, Any] = {
        "merchant_id": payout.merchant_id,
        "currency": payout.currency,
        "amount": payout.amount,
        "at": change.at,
        "subject_id": payout.id,
    }
    reference = payout.merchant_reference
    if change.status == PayoutStatus.SUCCESS:
        paid = {"payoutId": str(payout.id), "pspReference": payout.psp_reference}
        return move.statements(move.settle_out(description=f"Payout processed: {reference}", metadata=paid, **details))
    if change.status == PayoutStatus.FAILED:
        return move.statements(move.release(description=f"Payout reversed: {reference}", metadata=about, **details))
    if before == PayoutStatus.FAILED:
        return move.statements(move.reserve(description=f"Payout reinitiated: {reference}", metadata=about, **details))
    return []
