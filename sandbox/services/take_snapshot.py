"""Take a snapshot of a merchant's whole state."""

import zlib
from typing import Any
from uuid import UUID

from audit.services.record import record
from audit.tags import Tag
from merchants.models import Merchant
from mypay.kit import clock, sql
from mypay.kit.errors import ApiError, NotFound
from mypay.kit.ids import uuid7
from sandbox import snapshots
from sandbox.models import Snapshot
from sandbox.services.locking import locked
from sandbox.services.rules import require_sandbox

MAX_SNAPSHOTS = 50
_MAX_BYTES = 12_000_000  # deflated; below the 16 MB that MariaDB takes in one packet


def capture(*, merchant: Merchant) -> bytes:
    """The merchant's state as a file; raises as `captured_state`."""
    return snapshots.encode(captured_state(merchant=merchant))


def captured_state(*, merchant: Merchant) -> dict[str, Any]:
    """The merchant's state, all of it of one moment.

    Raises ApiError 409 while the clock is being advanced: the state is then halfway.
    """
    require_sandbox(merchant)
    with sql.snapshot():
        taken = snapshots.capture(locked(merchant.pk))
        record(tag=Tag.SNAPSHOT_TAKEN, resource_id=merchant.pk, merchant_id=merchant.pk, details={"rows": row_count(taken)})
    return taken


def row_count(captured: dict[str, Any]) -> int:
    """How many rows a snapshot holds."""
    return sum(len(rows) for rows in captured["rows"].values())


def take_snapshot(*, merchant: Merchant, name: str = "") -> Snapshot:
    """Keep the merchant's present state; raises ApiError when it is too large or there are too many."""
    if Snapshot.objects.filter(merchant=merchant).count() >= MAX_SNAPSHOTS:
        raise ApiError(f"There are {MAX_SNAPSHOTS} snapshots already; delete some", code="SNAPSHOT_LIMIT", status=409)
    taken = captured_state(merchant=merchant)
    content = zlib.compress(snapshots.encode(taken))
    if len(content) > _MAX_BYTES:
        message = "The state is too large to keep here; use manage.py snapshot"
        raise ApiError(message, code="SNAPSHOT_TOO_LARGE", status=413)
    return Snapshot.objects.create(
        id=uuid7(), merchant=merchant, name=name, clock=clock.from_ms(taken["clock"]), row_count=row_count(taken), content=content
    )


def get_snapshot(merchant: Merchant, snapshot_id: UUID) -> Snapshot:
    """The merchant's snapshot; raises NotFound for an unknown or foreign one."""
    found = Snapshot.objects.filter(merchant=merchant, pk=snapshot_id).first()
    if found is None:
        raise NotFound("Snapshot not found")
    return found


def delete_snapshot(*, merchant: Merchant, snapshot_id: UUID) -> None:
    """Forget a snapshot; raises NotFound for an unknown or foreign one."""
    count, _ = Snapshot.objects.filter(merchant=merchant, pk=snapshot_id).delete()
    if count == 0:
        raise NotFound("Snapshot not found")
    record(tag=Tag.SNAPSHOT_DELETED, resource_id=snapshot_id, merchant_id=merchant.pk)
