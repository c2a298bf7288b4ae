"""What became of an object, for its page: audit, events, money and deliveries in one list, oldest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from audit.models import AuditEntry
from ledger.models import Transfer
from merchants.models import Merchant
from mypay.kit.money import to_text
from webhooks.models import Delivery, Event

_MOST = 100


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened, `at` the merchant's time."""

    at: datetime
    kind: str
    text: str
    note: str = ""


def story(merchant: Merchant, subject_id: UUID) -> list[Line]:
    """From four reads, the newest hundred of each."""
    lines = [*_audit(merchant, subject_id), *_events(merchant, subject_id), *_money(merchant, subject_id), *_sent(merchant, subject_id)]
    return sorted(lines, key=lambda line: line.at)


def _audit(merchant: Merchant, subject_id: UUID) -> Iterator[Line]:
    for entry in AuditEntry.objects.filter(resource_id=str(subject_id), merchant_id=merchant.pk).order_by("-pk")[:_MOST]:
        yield Line(entry.at, "Audit", f"{entry.action} by {entry.actor_type} {entry.actor_id}".strip(), entry.details.strip("{}"))


def _events(merchant: Merchant, subject_id: UUID) -> Iterator[Line]:
    for event in Event.objects.filter(merchant=merchant, subject_id=subject_id).order_by("-pk")[:_MOST]:
        yield Line(event.created_at, "Event", event.type, str(event.pk))


def _money(merchant: Merchant, subject_id: UUID) -> Iterator[Line]:
    rows = Transfer.objects.filter(subject_id=subject_id, balance__merchant=merchant).select_related("balance")
    for row in rows.order_by("-sequence")[:_MOST]:
        currency = row.balance.currency
        yield Line(row.created_at, "Ledger", f"{currency} {to_text(row.amount, currency)} from {row.source} to {row.target}")


def _sent(merchant: Merchant, subject_id: UUID) -> Iterator[Line]:
    rows = Delivery.objects.filter(merchant=merchant, event__subject_id=subject_id).select_related("event")
    for row in rows.order_by("-pk")[:_MOST]:
        answer = str(row.status_code or row.error or "")
        yield Line(row.created_at, "Delivery", f"{row.event_name} to {row.url}", f"{row.status}, {row.tries} tries {answer}".strip())
