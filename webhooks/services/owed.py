"""Deliveries as the relay takes them: plain rows, with the event, endpoint and merchant that many share.

The relay reads thousands a second; a model instance a row would cost more than the call itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from merchants.models import Merchant
from webhooks.dialects import Told
from webhooks.models import Delivery, Endpoint

_COLUMNS = (
    "pk", "merchant_id", "endpoint_id", "event_id", "target", "url", "dialect", "trick", "status", "tries", "earlier_tries",
    "created_at", "due_at", "event__subject_id", "event__type", "event__created_at", "event__data",
    "name",
)  # fmt: skip


@dataclass(slots=True)
class Owed:
    """One delivery; `url` is the endpoint's present one where there is an endpoint."""

    pk: UUID
    merchant: Merchant
    endpoint: Endpoint | None
    event: Told
    subject_id: UUID
    target: str
    url: str
    dialect: str
    trick: str
    status: str
    tries: int
    earlier_tries: int
    created_at: datetime
    due_at: datetime | None


def load(pks: Iterable[Any]) -> list[Owed]:
    """These deliveries, in the order of their events."""
    rows = list(Delivery.objects.filter(pk__in=list(pks)).order_by("due_at", "event").values_list(*_COLUMNS))
    merchants = Merchant.objects.in_bulk({row[1] for row in rows})
    endpoints = Endpoint.objects.in_bulk({row[2] for row in rows if row[2]})
    for endpoint in endpoints.values():
        endpoint.merchant = merchants[endpoint.merchant_id]
    events: dict[tuple[UUID, str], Told] = {}
    return [_owed(row, merchants[row[1]], endpoints.get(row[2]), events) for row in rows]


def _owed(row: tuple[Any, ...], merchant: Merchant, endpoint: Endpoint | None, events: dict[tuple[UUID, str], Told]) -> Owed:
    pk, _, _, event_id, target, url, dialect, trick, status, tries, earlier, created_at, due_at, subject_id, type, event_at, data, name = (
        row
    )
    event = events.get((event_id, name))
    if event is None:
        event = events[event_id, name] = Told(event_id, type, event_at, data, merchant, name or type)
    url = endpoint.url if endpoint else url
    return Owed(pk, merchant, endpoint, event, subject_id, target, url, dialect, trick, status, tries, earlier, created_at, due_at)
