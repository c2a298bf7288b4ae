"""Bring a merchant back to the moment of a snapshot."""

import zlib
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError

from audit.services.record import record
from audit.tags import Tag
from merchants.models import Merchant
from mypay.kit import clock, sql
from sandbox import snapshots
from sandbox.belongings import erase, state
from sandbox.models import Snapshot
from sandbox.services.clock import set_to
from sandbox.services.locking import locked
from sandbox.services.rules import require_sandbox

# What reading and writing rows of a file that somebody edited, or of another database, may raise.
_UNFIT = (IntegrityError, DataError, ValidationError, KeyError, TypeError, ValueError, AttributeError, OverflowError)


def restore_snapshot(*, merchant: Merchant, snapshot: Snapshot) -> int:
    """Restore a kept snapshot of the merchant's; returns how many rows were restored."""
    return restore(merchant=merchant, raw=zlib.decompress(snapshot.content))


def restore(*, merchant: Merchant, raw: bytes) -> int:
    """Put the file's state in place of the merchant's present one, in one transaction.

    The merchant's time goes on from the snapshot's; a clock that stood stands again. Raises
    ApiError 409 when the file is not a snapshot of this merchant, version and schema, or while the
    clock is being advanced; nothing has then changed.
    """
    require_sandbox(merchant)
    captured = snapshots.decode(raw)

    def effect() -> int:
        row = locked(merchant.pk)
        if captured["merchant"] != str(row.uuid):
            raise snapshots.refuse("it is another merchant's")
        erase(state(), row.pk)
        restored = snapshots.insert(captured, row.pk)
        _set_merchant(row.pk, captured)
        record(tag=Tag.SNAPSHOT_RESTORED, resource_id=row.pk, merchant_id=row.pk, details={"rows": restored})
        return restored

    try:
        restored: int = sql.in_transaction(effect)
    except _UNFIT as problem:
        raise snapshots.refuse("its rows do not fit into this database") from problem
    return restored


def _set_merchant(merchant_id: int, captured: dict[str, Any]) -> None:
    """Flags and clock; setting the clock also says anew when each piece of due work wakes."""
    flags = {name: bool(captured["flags"][name]) for name in snapshots.FLAGS}
    Merchant.objects.filter(pk=merchant_id).update(**flags)
    set_to(merchant_id, clock.from_ms(captured["clock"]), frozen=captured["frozen"])
