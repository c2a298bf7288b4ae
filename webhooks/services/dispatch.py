"""Turn events into deliveries: one a URL that wants the event, in that URL's dialect."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import OperationalError

from merchants.models import Merchant
from merchants.states import MerchantStatus
from mypay.kit import clock, plain, scheduling, sql
from mypay.kit.errors import StaleState
from mypay.kit.ids import uuid7
from mypay.settings import environment
from webhooks import dialects
from webhooks.catalogue import covers
from webhooks.models import Delivery, Endpoint, Event
from webhooks.services import schedule
from webhooks.services.owed import Known, Owed
from webhooks.services.tricks import Deck, deck, playable
from webhooks.states import DeliveryStatus, Trick
from webhooks.tricks import DELAY_SECONDS

log = structlog.get_logger("mypay.webhooks")
_MOMENT = timedelta(microseconds=1)  # the least that both databases keep


def dispatch_one(pk: Any, at: datetime | None) -> None:
    """Due work: dispatch an event as of the merchant's time `at`."""
    dispatch_events([pk], at)


def dispatch_due() -> int:
    """Dispatch all events that are due now; returns how many."""
    total = 0
    while found := dispatch_some()[0]:
        total += found
    return total


def dispatch_some(*, room: int = 0, likely: Sequence[int] = ()) -> tuple[int, list[Owed]]:
    """A batch of the events that are due now, in one short transaction that needs no lease.

    Returns how many, and their first `room` deliveries that are due at once: those are the caller's
    for a lease, so that nobody has to look for them or read them again. If the events are those of `likely`
    merchants, they are read in one round trip with what they share.
    """
    now = [plain.key(Event, "wake_at", clock.real_now())]
    due = f"WHERE wake_at <= %s ORDER BY wake_at LIMIT {scheduling.BATCH}"
    rows, *shared = plain.together(plain.Read(Event, due, now), *(_shared_by(likely) if likely else ()))
    if not rows:
        return 0, []
    found = plain.made(Event, rows)
    if not {event.merchant_id for event in found} <= set(likely):
        shared = []

    def effect() -> tuple[int, list[Owed]]:
        events = plain.instances(Event, f"{due} {sql.skipping_locked()}", now)
        return len(events), _deliver(events, None, room)

    try:
        at_once = _at_once(found, room, shared) if len(found) < scheduling.BATCH else None
        dispatched: tuple[int, list[Owed]] = sql.in_transaction(effect) if at_once is None else (len(found), at_once)
    except OperationalError:
        raise
    except Exception:
        log.exception("a batch of events failed; dispatching them one by one")
        return _one_by_one(), []
    return dispatched


def _at_once(found: list[Event], room: int, shared: Sequence[list[plain.Row]] = ()) -> list[Owed] | None:
    """The few events that were just read, dispatched in one packet without a lock: a webhook's usual way, and the quickest.

    None when it takes a lock after all: another relay was first, or there are tricks to be spent.
    """
    batch = _Batch(found, None, shared)
    if batch.early or batch.has_tricks:
        return None
    taken = batch.lease(Deck(), room)
    try:
        sql.transact(batch.statements())
    except StaleState:
        return None
    return [draft.owed for draft in taken]


def _one_by_one() -> int:
    """So that one bad event spoils no other: it is tried a few times and given up."""
    kind = scheduling.kind("event")
    claimed = scheduling.claim(kind)
    for pk in claimed:
        scheduling.run_one(kind, pk, None)
    return len(claimed)


def dispatch_events(pks: list[Any], at: datetime | None = None) -> None:
    """The deliveries of these events, in one transaction; harmless on events dispatched before."""
    keys = [plain.key(Event, "id", pk) for pk in pks]

    def effect() -> None:
        _deliver(plain.instances(Event, f"WHERE {plain.among('id', keys)} AND due_at IS NOT NULL", keys), at, 0)

    sql.in_transaction(effect)


def _deliver(found: list[Event], at: datetime | None, room: int) -> list[Owed]:
    """Write the deliveries of these events; returns the first `room` of those due at once, leased to the caller."""
    batch = _Batch(found, at)
    tricks = deck(batch.known.merchants.values()) if batch.has_tricks else Deck()
    taken = batch.lease(tricks, room)
    tricks.save()
    sql.within(batch.statements())
    for event in batch.early:
        Event.objects.filter(pk=event.pk).update(wake_at=clock.wake_at(event.merchant, event.due_at))
    return [draft.owed for draft in taken]


@dataclass(slots=True)
class _Draft:
    """A delivery that is not written yet, as the relay will take it."""

    owed: Owed
    event: Event
    wake_at: datetime | None
    attempts: int = 0
    error: str = ""

    def columns(self) -> dict[str, Any]:
        """All of its row."""
        owed, event = self.owed, self.event
        return {
            "id": owed.pk,
            "merchant_id": event.merchant_id,
            "event_id": event.pk,
            "endpoint_id": owed.endpoint.pk if owed.endpoint else None,
            "target": owed.target,
            "url": owed.url,
            "dialect": owed.dialect,
            "name": "" if owed.event.name == event.type else owed.event.name,
            "trick": owed.trick,
            "status": owed.status,
            "tries": 0,
            "earlier_tries": 0,
            "replay_id": None,
            "status_code": None,
            "error": self.error,
            "due_at": owed.due_at,
            "wake_at": self.wake_at,
            "attempts": self.attempts,
            "created_at": event.created_at,
            "updated_at": event.created_at,
        }


def _shared_by(ids: Sequence[int]) -> tuple[plain.Read, ...]:
    """What the events of these merchants share: the merchants, their endpoints, and whether there are tricks."""
    return (
        plain.Read(Merchant, f"WHERE {plain.among('id', ids)}", ids),
        plain.Read(Endpoint, f"WHERE {plain.among('merchant_id', ids)} AND is_enabled = %s", [*ids, True]),
        playable(ids),
    )


class _Batch:
    """Events with their merchants and endpoints, and the deliveries that they become."""

    def __init__(self, found: list[Event], at: datetime | None, shared: Sequence[list[plain.Row]] = ()) -> None:
        merchants, endpoints, rules = shared or plain.together(*_shared_by(list({event.merchant_id for event in found})))
        self.known = Known(merchants, endpoints)
        self.has_tricks = bool(rules)
        self.due: list[Event] = []
        self.early: list[Event] = []
        self.drafts: list[_Draft] = []
        for event in sorted((event for event in found if event.merchant_id in self.known.merchants), key=lambda event: event.pk):
            event.merchant = self.known.merchants[event.merchant_id]
            is_due = event.due_at and event.due_at <= (at or clock.now(event.merchant))
            (self.due if is_due else self.early).append(event)

    def lease(self, tricks: Deck, room: int) -> list[_Draft]:
        """Make the deliveries, tricks played; the first `room` of those due at once are the caller's for a lease."""
        by_merchant: dict[int, list[Endpoint]] = defaultdict(list)
        for endpoint in self.known.endpoints.values():
            by_merchant[endpoint.merchant_id].append(endpoint)
        self.drafts = [_tricked(draft, tricks) for event in self.due for draft in _deliveries(event, by_merchant[event.merchant_id])]
        now = clock.real_now()
        lease_end = now + timedelta(seconds=environment.LEASE_SECONDS)
        taken = [draft for draft in self.drafts if draft.wake_at is not None and draft.wake_at <= now][:room]
        for draft in taken:
            draft.wake_at, draft.attempts = lease_end, 1
        return taken

    def statements(self) -> list[sql.Statement]:
        """The events are done and the deliveries there; StaleState when another relay took one of the events first."""
        if not self.due:
            return []
        keys = [plain.key(Event, "id", event.pk) for event in self.due]
        done = f"UPDATE {Event._meta.db_table} SET due_at = NULL, wake_at = NULL, attempts = 0"
        guarded = sql.Statement(f"{done} WHERE {plain.among('id', keys)} AND due_at IS NOT NULL", keys, sql.stale, least=len(keys))
        rows = [draft.columns() for draft in self.drafts]
        return [guarded, *([sql.insert_many(Delivery, rows, ignore=True)] if rows else [])]


def _deliveries(event: Event, endpoints: list[Endpoint]) -> Iterator[_Draft]:
    if event.merchant.status != MerchantStatus.ACTIVE:
        return
    data = json.loads(event.data)
    for endpoint in endpoints:
        if endpoint.pk == event.subject_id:  # it need not hear of itself
            continue
        form = dialects.form(endpoint.dialect, event.type)
        if form is not None and (names := wanted_names(endpoint, event.type, data)):
            yield from _named(event, form, names, target=str(endpoint.pk), url=endpoint.url, dialect=endpoint.dialect, endpoint=endpoint)
    for dialect, form in dialects.families():
        if dialects.form(dialect, event.type) is form and (goes_to := form.url(event, data)):
            yield from _named(event, form, form.names(event.type, data), target=goes_to[0], url=goes_to[1], dialect=dialect, endpoint=None)


def wanted_names(endpoint: Endpoint, type: str, data: dict[str, Any]) -> list[str]:
    """What the endpoint hears of such an event: the names that its dialect tells it by and its filter lets through."""
    form = dialects.form(endpoint.dialect, type)
    return [name for name in form.names(type, data) if wants(endpoint.events, name)] if form else []


def wants(patterns: list[str], name: str) -> bool:
    """Whether an endpoint's filter lets that name through: the name itself, `family.*`, `*`, or no filter at all."""
    return not patterns or any(covers(pattern, name) for pattern in patterns)


def _named(event: Event, form: dialects.Form, names: Sequence[str], **where: Any) -> Iterator[_Draft]:
    """A delivery a name; the last is due when the event is, those before it moments earlier, so that they keep their order."""
    for place, name in enumerate(names, 1 - len(names)):
        yield _delivery(event, form, name=name, early=place * _MOMENT, **where)


def _delivery(
    event: Event, form: dialects.Form, *, name: str, early: timedelta, target: str, url: str, dialect: str, endpoint: Endpoint | None
) -> _Draft:
    due_at = event.created_at + form.after + timedelta(seconds=schedule.steps(form, endpoint)[0]) + early
    told = dialects.Told(event.pk, event.type, event.created_at, event.data, event.merchant, name)
    status = DeliveryStatus.PENDING.value
    owed = Owed(uuid7(), event.merchant, endpoint, told, event.subject_id, target, url, dialect, event.trick, status, 0, 0, due_at)
    return _Draft(owed, event, schedule.wake(event.merchant, due_at))


def _tricked(draft: _Draft, tricks: Deck) -> _Draft:
    """The delivery with what it is to do wrong: its event's trick, else that of the first rule that matches."""
    owed, event = draft.owed, draft.event
    rule = None if event.trick else tricks.play(event, owed.target)
    if rule:
        owed.trick = str(rule.trick)
    if owed.trick == Trick.DROP:
        owed.status, draft.error, owed.due_at, draft.wake_at = DeliveryStatus.SKIPPED.value, "Dropped on purpose", None, None
    if owed.trick == Trick.DELAY and owed.due_at:
        owed.due_at += timedelta(seconds=rule.delay_seconds if rule else DELAY_SECONDS)
        draft.wake_at = schedule.wake(event.merchant, owed.due_at)
    return draft


def give_up_event(pk: Any, error: Exception) -> None:
    """An event that cannot be dispatched is told nobody; the log has the reason."""
    Event.objects.filter(pk=pk).update(due_at=None, wake_at=None)
