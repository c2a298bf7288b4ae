"""Events of what a merchant's people do with its keys, endpoints and balance: written beside the audit entry of the act."""

from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from audit.services.record import Done, beside
from audit.tags import Tag
from merchants.models import Merchant
from mypay.kit import clock, sql
from mypay.kit.ids import is_uuid
from mypay.kit.masking import masked
from webhooks.catalogue import EventType
from webhooks.examples import Wanted
from webhooks.services.emit import event

EVENTS = {
    Tag.BALANCE_TOPPED_UP: EventType.BALANCE_TOPPED_UP,
    Tag.KEY_ISSUED: EventType.API_KEY_ISSUED,
    Tag.KEY_ROTATED: EventType.API_KEY_ROTATED,
    Tag.KEY_REVOKED: EventType.API_KEY_REVOKED,
    Tag.ENDPOINT_CREATED: EventType.ENDPOINT_CREATED,
    Tag.ENDPOINT_CHANGED: EventType.ENDPOINT_CHANGED,
    Tag.ENDPOINT_SECRET_ROTATED: EventType.ENDPOINT_SECRET_ROTATED,
    Tag.ENDPOINT_DISABLED: EventType.ENDPOINT_DISABLED,
    Tag.ENDPOINT_DELETED: EventType.ENDPOINT_DELETED,
}
_KEY = {"scope": "payouts", "hint": "mypay_0123...cdef"}
_ENDPOINT = {"url": "https://shop.example/hooks"}
_DETAILS: dict[EventType, dict[str, Any]] = {
    EventType.BALANCE_TOPPED_UP: {"amount": "50000.00", "currency": "PKR"},
    EventType.API_KEY_ISSUED: _KEY,
    EventType.API_KEY_ROTATED: {**_KEY, "newHint": "mypay_4567...89ab", "overlapSeconds": 86_400},
    EventType.API_KEY_REVOKED: _KEY,
    EventType.ENDPOINT_CREATED: {**_ENDPOINT, "events": ["payment.*"], "dialect": "mypay"},
    EventType.ENDPOINT_CHANGED: _ENDPOINT,
    EventType.ENDPOINT_SECRET_ROTATED: {"overlapSeconds": 86_400},
    EventType.ENDPOINT_DISABLED: {"reason": "It answered 410 Gone"},
    EventType.ENDPOINT_DELETED: _ENDPOINT,
}


def register() -> None:
    """From now on each of these acts is told."""
    for tag in EVENTS:
        beside(tag, _told)


def _told(done: Done) -> list[sql.Statement]:
    at = clock.now(Merchant.objects.get(pk=done.merchant_id))
    type = EVENTS[done.tag]
    data = {"id": done.resource_id, **masked(done.details), "createdAt": clock.iso(at)}
    return [event(merchant_id=done.merchant_id, type=type, subject_id=_subject(type, done), data=data, at=at)]


def _subject(type: EventType, done: Done) -> UUID:
    """The thing's own id; one made of its number, where that is what it has."""
    if is_uuid(done.resource_id):
        return UUID(done.resource_id)
    return uuid5(NAMESPACE_OID, f"mypay {type.partition('.')[0]} {done.resource_id}")


def example(wanted: Wanted) -> dict[str, Any]:
    """What such an event tells; nothing is written."""
    return {"id": str(wanted.subject_id), **_DETAILS[wanted.type], "createdAt": clock.iso(wanted.at)}
