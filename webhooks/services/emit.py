"""Write an event, as part of the fact's own transaction."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from mypay.kit import clock, sql, wakeups
from mypay.kit.ids import uuid7
from mypay.kit.jsonbody import dumps
from sandbox import tricks
from webhooks.catalogue import EventType
from webhooks.models import Event


def event(*, merchant_id: int, type: EventType, subject_id: UUID, data: dict[str, Any], at: datetime) -> sql.Statement:
    """The INSERT of an event; `data` is kept as it is now, whatever becomes of the object.

    It wakes at once, whatever the merchant's clock: what has happened is told.
    """
    row = Event(
        id=uuid7(),
        merchant_id=merchant_id,
        type=type.value,
        subject_id=subject_id,
        data=dumps(data).decode(),
        trick=tricks.asked(),
        created_at=at,
        due_at=at,
        wake_at=clock.real_now(),
    )
    return replace(sql.insert(row), after=_wake)


def _wake() -> None:
    wakeups.wake("event", clock.real_now())
