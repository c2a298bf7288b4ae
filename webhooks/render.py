"""Endpoints, events, deliveries and tricks as the API shows them."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from merchants.models import Merchant
from mypay.kit.clock import iso
from webhooks.catalogue import EventType
from webhooks.examples import CATALOGUE_ID, CATALOGUE_TIME, Wanted, example
from webhooks.models import Attempt, Delivery, Endpoint, Event, Replay, TrickRule
from webhooks.standard import message


def endpoint_json(endpoint: Endpoint, secret: str = "") -> dict[str, Any]:
    """One endpoint; its secret only where it was just made."""
    return {
        "id": str(endpoint.pk),
        "url": endpoint.url,
        "description": endpoint.description,
        "events": endpoint.events,
        "dialect": str(endpoint.dialect),
        "headers": endpoint.headers,
        "schedule": endpoint.schedule,
        "perSecond": endpoint.per_second,
        "ordered": endpoint.is_ordered,
        "enabled": endpoint.is_enabled,
        "disabledReason": str(endpoint.disabled_reason) or None,
        "failingSince": _time(endpoint.failing_since),
        "oldSecretUntil": _time(endpoint.old_secret_until),
        "createdAt": iso(endpoint.created_at),
        "updatedAt": iso(endpoint.updated_at),
        **({"secret": secret} if secret else {}),
    }


def event_json(event: Event) -> dict[str, Any]:
    """One event; `data` is the object as it was then."""
    return {
        "id": str(event.pk),
        "type": str(event.type),
        "subjectId": str(event.subject_id),
        "createdAt": iso(event.created_at),
        "data": json.loads(event.data),
    }


def catalogue_json(merchant: Merchant, type: EventType) -> dict[str, Any]:
    """One line of the catalogue, with the body an endpoint would get."""
    data = example(Wanted(merchant, type, CATALOGUE_ID, CATALOGUE_TIME))
    body = message(str(CATALOGUE_ID), str(type), iso(CATALOGUE_TIME), data)
    return {"type": str(type), "description": str(type.label), "example": body}


def delivery_json(delivery: Delivery) -> dict[str, Any]:
    """One delivery, which comes with its event."""
    return {
        "id": str(delivery.pk),
        "eventId": str(delivery.event_id),
        "type": str(delivery.event.type),
        "name": delivery.event_name,
        "subjectId": str(delivery.event.subject_id),
        "endpointId": str(delivery.endpoint_id) if delivery.endpoint_id else None,
        "target": "endpoint" if delivery.endpoint_id else delivery.target,
        "url": delivery.url,
        "dialect": str(delivery.dialect),
        "trick": str(delivery.trick) or None,
        "status": str(delivery.status),
        "tries": delivery.tries,
        "statusCode": delivery.status_code,
        "error": delivery.error or None,
        "nextTryAt": _time(delivery.due_at),
        "createdAt": iso(delivery.created_at),
        "updatedAt": iso(delivery.updated_at),
    }


def attempt_json(attempt: Attempt) -> dict[str, Any]:
    """One try: what was sent, what came back."""
    return {
        "number": attempt.number,
        "url": attempt.url,
        "requestHeaders": json.loads(attempt.request_headers),
        "requestBody": attempt.request_body,
        "statusCode": attempt.status_code,
        "responseHeaders": json.loads(attempt.response_headers or "{}"),
        "responseBody": attempt.response_body,
        "error": attempt.error or None,
        "durationMs": attempt.duration_ms,
        "createdAt": iso(attempt.created_at),
    }


def replay_json(replay: Replay, progress: Mapping[str, int]) -> dict[str, Any]:
    """One replay and how far it is."""
    return {
        "id": str(replay.pk),
        "endpointId": str(replay.endpoint_id),
        "status": replay.status,
        "from": _time(replay.from_at),
        "to": _time(replay.to_at),
        "total": replay.total,
        **progress,
        "createdAt": iso(replay.created_at),
    }


def trick_json(rule: TrickRule) -> dict[str, Any]:
    """One trick."""
    return {"id": rule.pk, "trick": str(rule.trick), "match": rule.match, "delaySeconds": rule.delay_seconds, "usesLeft": rule.uses_left}


def _time(at: datetime | None) -> str | None:
    return iso(at) if at else None
