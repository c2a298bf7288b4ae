"""Deliveries as the relay takes them: plain rows, with the event, endpoint and merchant that many share.

The relay reads thousands a second; a model instance a row would cost more than the call itself.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import Model

from merchants.models import Merchant
from mypay.kit import plain, scheduling
from webhooks.dialects import Told
from webhooks.models import Delivery, Endpoint, Event

_COLUMNS = (
    "id", "merchant_id", "endpoint_id", "event_id", "target", "url", "dialect", "trick", "status", "tries", "earlier_tries",
    "due_at", "name",
)  # fmt: skip
_EVENT, _URL, _DUE_AT = (_COLUMNS.index(name) for name in ("event_id", "url", "due_at"))
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_EVENT_COLUMNS = ("id", "type", "subject_id", "created_at", "data")


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
    due_at: datetime | None


def _in_order(row: plain.Row) -> tuple[datetime, UUID]:
    """By when it is due, then by its event."""
    return row[_DUE_AT] or _LONG_AGO, row[_EVENT]


class Known:
    """What many deliveries share, each read once."""

    def __init__(self, merchants: Sequence[plain.Row], endpoints: Sequence[plain.Row]) -> None:
        self.merchants = {merchant.pk: merchant for merchant in plain.made(Merchant, merchants)}
        self.endpoints = {endpoint.pk: endpoint for endpoint in plain.made(Endpoint, endpoints)}
        for endpoint in self.endpoints.values():
            endpoint.merchant = self.merchants[endpoint.merchant_id]


def claim(limit: int, *, busy: Sequence[str], room: Mapping[str, int], share: int) -> list[Owed]:
    """Up to so many deliveries that are due, ours for a lease, in the order of their events.

    None to a URL that is busy, and to another no more than there is room for: its share, unless `room` says less.
    """

    def within_share(rows: Sequence[plain.Row]) -> list[plain.Row]:
        left = defaultdict(lambda: share, room)
        chosen = []
        for row in rows:
            left[row[_URL]] -= 1
            if left[row[_URL]] >= 0:
                chosen.append(row)
        return chosen

    test = f"AND NOT {plain.among('url', busy)}" if busy else ""
    kind = scheduling.kind("delivery")
    found = scheduling.claim_rows(kind, _COLUMNS, limit=limit, test=test, params=busy, choose=within_share)
    return _with_others(sorted(found, key=_in_order))


def load(pk: Any) -> Owed:
    """That delivery."""
    return _with_others(plain.rows(Delivery, _COLUMNS, "WHERE id = %s", [plain.key(Delivery, "id", pk)]))[0]


def _with_others(found: Sequence[plain.Row]) -> list[Owed]:
    """What belongs to these rows is read once for all of them."""
    if not found:
        return []
    merchants, endpoints, events = plain.together(
        _by_key(Merchant, {row[1] for row in found}),
        _by_key(Endpoint, {row[2] for row in found if row[2]}),
        _by_key(Event, {row[3] for row in found}, _EVENT_COLUMNS),
    )
    known, by_id = Known(merchants, endpoints), {event[0]: event for event in events}
    told: dict[tuple[UUID, str], Told] = {}
    return [_owed(row, known, by_id[row[3]], told) for row in found]


def _by_key(model: type[Model], pks: Iterable[Any], names: tuple[str, ...] = ()) -> plain.Read:
    keys = [plain.key(model, "id", pk) for pk in pks]
    return plain.Read(model, f"WHERE {plain.among('id', keys)}", keys, names)


def _owed(row: plain.Row, known: Known, event: plain.Row, told: dict[tuple[UUID, str], Told]) -> Owed:
    pk, merchant_id, endpoint_id, event_id, target, url, dialect, trick, status, tries, earlier, due_at, name = row
    _, type, subject_id, event_at, data = event
    endpoint, merchant = known.endpoints.get(endpoint_id), known.merchants[merchant_id]
    one = told.get((event_id, name))
    if one is None:
        one = told[event_id, name] = Told(event_id, type, event_at, data, merchant, name or type)
    url = endpoint.url if endpoint else url
    return Owed(pk, merchant, endpoint, one, subject_id, target, url, dialect, trick, status, tries, earlier, due_at)
