"""Write an audit entry, in the transaction of the act it tells of."""

from datetime import datetime
from typing import Any

from audit import context
from audit.models import AuditEntry
from audit.tags import Tag
from mypay.kit import clock, sql
from mypay.kit.jsonbody import dumps
from mypay.kit.masking import masked


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


def record(*, tag: Tag, resource_id: Any, merchant_id: int | None = None, details: dict[str, Any] | None = None) -> None:
    """Write an entry now."""
    sql.transact([entry(tag=tag, resource_id=resource_id, merchant_id=merchant_id, details=details or {})])
