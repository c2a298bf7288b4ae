"""Turn events into deliveries: one a URL that wants the event, in that URL's dialect."""

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from merchants.states import MerchantStatus
from mypay.kit import clock, sql
from mypay.kit.ids import uuid7
from webhooks import dialects
from webhooks.catalogue import covers
from webhooks.models import Delivery, Endpoint, Event
from webhooks.services import schedule
from webhooks.services.tricks import Deck, deck
from webhooks.states import DeliveryStatus, Trick
from webhooks.tricks import DELAY_SECONDS


def dispatch_one(pk: Any, at: datetime | None) -> None:
    """Due work: dispatch an event as of the merchant's time `at`."""
    dispatch_events([pk], at)


def dispatch_events(pks: list[Any], at: datetime | None = None) -> None:
    """The deliveries of these events, in one transaction; harmless on events dispatched before."""
    found = list(Event.objects.select_related("merchant").filter(pk__in=pks, due_at__isnull=False).order_by("pk"))
    due = [event for event in found if event.due_at and event.due_at <= (at or clock.now(event.merchant))]
    early = [event for event in found if event not in due]
    endpoints = _endpoints({event.merchant_id for event in due})

    def effect() -> None:
        tricks = deck(event.merchant for event in due)
        deliveries = [_tricked(row, tricks) for event in due for row in _deliveries(event, endpoints[event.merchant_id])]
        tricks.save()
        Delivery.objects.bulk_create(deliveries, ignore_conflicts=True)
        Event.objects.filter(pk__in=[event.pk for event in due]).update(due_at=None, wake_at=None, attempts=0)
        for event in early:
            Event.objects.filter(pk=event.pk).update(wake_at=clock.wake_at(event.merchant, event.due_at))

    sql.in_transaction(effect)


def _endpoints(merchant_ids: set[int]) -> dict[int, list[Endpoint]]:
    by_merchant: dict[int, list[Endpoint]] = defaultdict(list)
    for endpoint in Endpoint.objects.filter(merchant__in=merchant_ids, is_enabled=True):
        by_merchant[endpoint.merchant_id].append(endpoint)
    return by_merchant


def _deliveries(event: Event, endpoints: list[Endpoint]) -> Iterator[Delivery]:
    if event.merchant.status != MerchantStatus.ACTIVE:
        return
    for endpoint in endpoints:
        form = dialects.form(endpoint.dialect, event.type)
        if form is not None and wants(endpoint.events, event.type):
            yield _delivery(event, form, target=str(endpoint.pk), url=endpoint.url, dialect=endpoint.dialect, endpoint=endpoint)
    data = json.loads(event.data)
    for dialect, form in dialects.families():
        if dialects.form(dialect, event.type) is form and (goes_to := form.url(event, data)):
            yield _delivery(event, form, target=goes_to[0], url=goes_to[1], dialect=dialect, endpoint=None)


def wants(patterns: list[str], type: str) -> bool:
    """Whether an endpoint's filter lets that type through: its name, `family.*`, `*`, or no filter at all."""
    return not patterns or any(covers(pattern, type) for pattern in patterns)


def _delivery(event: Event, form: dialects.Form, *, target: str, url: str, dialect: str, endpoint: Endpoint | None) -> Delivery:
    due_at = event.created_at + form.after + timedelta(seconds=schedule.steps(form, endpoint)[0])
    return Delivery(
        id=uuid7(),
        merchant=event.merchant,
        event=event,
        endpoint=endpoint,
        target=target,
        url=url,
        dialect=dialect,
        status=DeliveryStatus.PENDING,
        created_at=event.created_at,
        updated_at=event.created_at,
        **schedule.moved(event.merchant, due_at),
    )


def _tricked(delivery: Delivery, tricks: Deck) -> Delivery:
    """The delivery with what it is to do wrong: its event's trick, else that of the first rule that matches."""
    event = delivery.event
    rule = None if event.trick else tricks.play(delivery)
    delivery.trick = rule.trick if rule else event.trick
    if delivery.trick == Trick.DROP:
        delivery.status, delivery.error, delivery.due_at, delivery.wake_at = DeliveryStatus.SKIPPED, "Dropped on purpose", None, None
    if delivery.trick == Trick.DELAY and delivery.due_at:
        delivery.due_at += timedelta(seconds=rule.delay_seconds if rule else DELAY_SECONDS)
        delivery.wake_at = schedule.wake(event.merchant, delivery.due_at)
    return delivery


def give_up_event(pk: Any, error: Exception) -> None:
    """An event that cannot be dispatched is told nobody; the log has the reason."""
    Event.objects.filter(pk=pk).update(due_at=None, wake_at=None)
