"""Write an event, as part of the fact's own transaction."""

from datetime import datetime
from typing import Any
from uuid import UUID

from mypay.kit import sql
from mypay.kit.ids import uuid7
from mypay.kit.jsonbody import dumps
from webhooks.catalogue import EventType
from webhooks.models import Event


def event(*, merchant_id: int, type: EventType, subject_id: UUID, data: dict[str, Any], at: datetime) -> sql.Statement:
    """The INSERT of an event; `data` is kept as it is now, whatever becomes of the object."""
    return sql.insert(
        Event(id=uuid7(), merchant_id=merchant_id, type=type.value, subject_id=subject_id, data=dumps(data).decode(), created_at=at)
    )
