"""Fire an event of the catalogue without a fact."""

import json
from typing import Any
from uuid import UUID

from audit.services.record import entry
from audit.tags import Tag
from merchants.models import Merchant
from mypay.kit import clock, outbound, sql
from mypay.kit.errors import ValidationError
from mypay.kit.ids import uuid7
from mypay.kit.jsonbody import dumps, plain
from sandbox.services.rules import require_sandbox
from webhooks import dialects
from webhooks.catalogue import EventType
from webhooks.examples import Wanted, example, family_of
from webhooks.models import Event
from webhooks.services.emit import event

_MAX_DATA_BYTES = 100_000
# What differs from one event of an object to the next.
_MOVED = ("status", "statusCode", "reason", "failureReason", "pspReference", "processedAt", "closedAt", "updatedAt")


def trigger(*, merchant: Merchant, type: EventType, data: dict[str, Any], subject_id: UUID | None = None) -> Event:
    """The event, on its way to all who want it; no money moves and no object changes.

    It tells of a made object, or of the object `subject_id` as the merchant's last event told of it;
    members of `data` replace the object's. Only for sandbox merchants: a live one's events are facts.
    Raises ValidationError for data that a dialect cannot render.
    """
    require_sandbox(merchant)
    at, subject = clock.now(merchant), subject_id or uuid7()
    told = {**_object(merchant, Wanted(merchant, type, subject, at)), **_checked(data)}
    _check_forms(Event(id=uuid7(), merchant=merchant, type=type.value, subject_id=subject, data=dumps(told).decode(), created_at=at), told)
    audited = entry(tag=Tag.EVENT_TRIGGERED, resource_id=subject, merchant_id=merchant.pk, details={"type": type.value}, at=at)
    sql.transact([event(merchant_id=merchant.pk, type=type, subject_id=subject, data=told, at=at), audited])
    return Event.objects.filter(merchant=merchant, subject_id=subject, type=type.value).order_by("-pk")[0]


def _object(merchant: Merchant, wanted: Wanted) -> dict[str, Any]:
    of_family = Event.objects.filter(merchant=merchant, subject_id=wanted.subject_id, type__startswith=f"{family_of(wanted.type)}.")
    made, last = example(wanted), of_family.order_by("-pk").first()
    if last is None:
        return made
    told: dict[str, Any] = json.loads(last.data)
    moved = {} if last.type == wanted.type else {name: made[name] for name in _MOVED if name in made}
    return {**told, **moved}


def _checked(data: dict[str, Any]) -> dict[str, Any]:
    try:
        kept: dict[str, Any] = plain(data)
    except (TypeError, ValueError):
        raise ValidationError("data holds a number out of range", field="data") from None
    if len(dumps(kept)) > _MAX_DATA_BYTES:
        raise ValidationError(f"data must be of at most {_MAX_DATA_BYTES} bytes", field="data")
    return kept


def _check_forms(made: Event, told: dict[str, Any]) -> None:
    """Every dialect that knows the event must be able to say it, and where it goes must be a URL."""
    signing = dialects.Signing(("whsec_",), made.created_at, 1)
    for dialect in dialects.known():
        form = dialects.form(dialect, made.type)
        if form is None:
            continue
        try:
            for name in form.names(made.type, told):
                event = dialects.Told(made.pk, made.type, made.created_at, made.data, made.merchant, name)
                form.headers(event, form.body(event), made.pk, signing)
            goes_to = form.url(made, told)
        except Exception:
            raise ValidationError(f"data does not fit a {made.type} event in the dialect {dialect}", field="data") from None
        if goes_to:
            _check_url(goes_to[1])


def _check_url(url: Any) -> None:
    try:
        outbound.check_url(url if isinstance(url, str) else "")
    except outbound.OutboundRefused:
        raise ValidationError("data.successUrl must be a plain http or https URL", field="data.successUrl") from None
