"""Write an audit entry, in the transaction of the act it tells of."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from audit import context
from audit.models import AuditEntry
from audit.tags import Tag
from mypay.kit import clock, sql
from mypay.kit.jsonbody import dumps
from mypay.kit.masking import masked


@dataclass(frozen=True, slots=True)
class Done:
    """An act of a merchant's, as its entry tells of it."""

    tag: Tag
    resource_id: str
    merchant_id: int
    details: dict[str, Any]


_beside: dict[Tag, Callable[[Done], list[sql.Statement]]] = {}


def beside(tag: Tag, make: Callable[[Done], list[sql.Statement]]) -> None:
    """Have `make` say what is written with every entry of that tag, in its transaction; apps call this when they are ready."""
    _beside[tag] = make


def entry(*, tag: Tag, resource_id: Any, merchant_id: int | None, details: dict[str, Any], at: datetime | None = None) -> sql.Statement:
    """The INSERT of an entry, for hot paths that send several statements at once."""
    who = context.current()
    resource = str(resource_id)
    who.touched.append(resource)
    return sql.insert(
        AuditEntry(
            at=at or clock.real_now(),
            actor_type=who.actor_type,
            actor_id=who.actor_id,
            merchant_id=merchant_id,
            action=tag.value,
            resource_id=resource,
            details=dumps(masked(details)).decode(),
            ip_address=who.ip,
            request_id=who.request_id,
        )
    )


def entries(*, tag: Tag, resource_id: Any, merchant_id: int | None, details: dict[str, Any]) -> list[sql.Statement]:
    """The INSERT of an entry and of what goes beside it."""
    made = [entry(tag=tag, resource_id=resource_id, merchant_id=merchant_id, details=details)]
    if tag in _beside and merchant_id is not None:
        made += _beside[tag](Done(tag, str(resource_id), merchant_id, details))
    return made


def record(*, tag: Tag, resource_id: Any, merchant_id: int | None = None, details: dict[str, Any] | None = None) -> None:
    """Write an entry now."""
    sql.transact(entries(tag=tag, resource_id=resource_id, merchant_id=merchant_id, details=details or {}))
