"""What became of one object, in the order of its time: events, money and audit as one story."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from audit.models import AuditEntry
from audit.tags import Tag
from ledger.models import Transfer
from merchants.models import Merchant
from payouts.states import PayoutStatus
from webhooks.models import Event

_TITLES = {
    Tag.PAYOUT_CREATED: "Payout created",
    Tag.PAYOUT_REINITIATED: "Sent again",
    Tag.PAYOUT_APPROVED: "Approved by staff",
    Tag.PAYOUT_REJECTED: "Rejected by staff",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One row that tells of the moment; `amount` in minor units of `currency`."""

    source: str
    text: str
    note: str = ""
    amount: int | None = None
    currency: str = ""


@dataclass(slots=True)
class Moment:
    """All that was written at one time: one transaction, unless the merchant's clock stood still."""

    at: datetime
    titles: list[str] = field(default_factory=list)
    status: str = ""
    facts: list[Fact] = field(default_factory=list)


def timeline(merchant: Merchant, subject_id: UUID) -> list[Moment]:
    """The object's moments, oldest first, from three reads of the merchant's own rows."""
    moments: dict[datetime, Moment] = {}

    def moment(at: datetime) -> Moment:
        return moments.setdefault(at, Moment(at))

    for event in Event.objects.filter(merchant=merchant, subject_id=subject_id).order_by("pk"):
        moment(event.created_at).facts.append(Fact("Event", event.type))
    for at, fact in _money(merchant, subject_id):
        moment(at).facts.append(fact)
    for entry in AuditEntry.objects.filter(merchant_id=merchant.pk, resource_id=str(subject_id)).order_by("pk"):
        _tell(moment(entry.at), entry)
    return sorted(moments.values(), key=lambda told: told.at)


def _money(merchant: Merchant, subject_id: UUID) -> Iterator[tuple[datetime, Fact]]:
    rows = Transfer.objects.filter(subject_id=subject_id, balance__merchant=merchant).select_related("balance")
    for row in rows.order_by("sequence"):
        text = f"from {row.get_source_display().lower()} to {row.get_target_display().lower()}"
        yield row.created_at, Fact("Ledger", text, amount=row.amount, currency=row.balance.currency)


def _tell(moment: Moment, entry: AuditEntry) -> None:
    """Every change has its audit entry, so that it gives the moment its title and status."""
    details: dict[str, Any] = orjson.loads(entry.details or "{}")
    status = str(details.get("to", ""))
    known = status in PayoutStatus.values
    title = _TITLES.get(Tag(entry.action)) if entry.action in Tag.values else None
    moment.titles.append(title or (PayoutStatus(status).label if known else entry.action))
    moment.status = status or (PayoutStatus.PENDING.value if entry.action == Tag.PAYOUT_CREATED else moment.status)
    by = " ".join(part for part in (entry.actor_type, entry.actor_id) if part)
    note = ", ".join(part for part in (str(details.get("reason", "")), entry.ip_address) if part)
    moment.facts.append(Fact("Audit", f"{entry.action} by {by}", note))
