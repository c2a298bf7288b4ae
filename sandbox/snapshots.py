"""The file of a snapshot: one merchant's whole state as JSON, of one format version and one schema.

A snapshot is a return ticket for the merchant it was taken of, not a way to copy one: primary keys
are kept. It holds no API key, no password and no secret.
"""

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import JSONField, Model

from merchants.models import Merchant
from mypay.kit import clock
from mypay.kit.errors import ApiError
from sandbox.belongings import Owned, state

FORMAT = "mypay-snapshot"
VERSION = 1
FLAGS = ("has_scenarios", "has_faults")
_WRITERS: dict[type, Callable[[Any], Any]] = {
    datetime: datetime.isoformat,
    date: date.isoformat,
    time: time.isoformat,
    UUID: str,
    Decimal: str,
    bytes: lambda raw: base64.b64encode(raw).decode(),
    memoryview: lambda raw: base64.b64encode(raw).decode(),
}
_INSERT_BATCH = 200


def refuse(why: str) -> ApiError:
    """409: the snapshot cannot be restored, and why."""
    return ApiError(f"The snapshot cannot be restored: {why}", code="SNAPSHOT_REFUSED", status=409)


def capture(merchant: Merchant) -> dict[str, Any]:
    """The merchant's state; call it in a transaction that sees one moment."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "schema": schema(),
        "takenAt": clock.iso(clock.real_now()),
        "merchant": str(merchant.uuid),
        "clock": clock.to_ms(clock.now(merchant)),
        "frozen": merchant.clock_frozen_ms is not None,
        "flags": {name: getattr(merchant, name) for name in FLAGS},
        "rows": {known.label: _capture_rows(known, merchant.pk) for known in state()},
    }


def _capture_rows(known: Owned, merchant_id: int) -> list[list[Any]]:
    fields = _fields(known.model)
    rows = known.rows(merchant_id).values_list(*(field.attname for field in fields))
    return [[_written(field, value) for field, value in zip(fields, row, strict=True)] for row in rows.iterator(chunk_size=2000)]


def _written(field: Any, value: Any) -> Any:
    writer = None if isinstance(field, JSONField) else _WRITERS.get(type(value))
    return writer(value) if writer else value


def _fields(model: type[Model]) -> list[Any]:
    return list(model._meta.local_concrete_fields)


def schema() -> dict[str, str]:
    """A fingerprint of each model's columns: migrations have names, this is what they made."""
    return {known.label: _fingerprint(known.model) for known in state()}


def _fingerprint(model: type[Model]) -> str:
    columns = [(field.attname, field.get_internal_type(), field.max_length) for field in _fields(model)]
    return hashlib.sha256(repr(columns).encode()).hexdigest()[:16]


def encode(captured: dict[str, Any]) -> bytes:
    """The file's bytes."""
    return json.dumps(captured, ensure_ascii=False, separators=(",", ":")).encode()


def decode(raw: bytes) -> dict[str, Any]:
    """The snapshot in a file; raises ApiError 409 when it is none, or not of this version and schema."""
    try:
        captured = json.loads(raw)
    except ValueError:
        raise refuse("it is not JSON") from None
    if not isinstance(captured, dict) or captured.get("format") != FORMAT:
        raise refuse(f"it is not of the format {FORMAT}")
    if captured.get("version") != VERSION:
        raise refuse(f"it is of version {captured.get('version')}, this MyPay reads version {VERSION}")
    ours, theirs = schema(), captured.get("schema")
    if not isinstance(theirs, dict) or theirs != ours:
        theirs = theirs if isinstance(theirs, dict) else {}
        differing = sorted(label for label in ours.keys() | theirs.keys() if ours.get(label) != theirs.get(label))
        raise refuse(f"this MyPay has other tables than the one it is of ({', '.join(differing)})")
    return captured


def insert(captured: dict[str, Any], merchant_id: int) -> int:
    """Write the rows, each model after those it points to; returns how many.

    Raises ApiError 409 when a row is not the merchant's own.
    """
    count = 0
    for known in state():
        fields = _fields(known.model)
        rows = [_instance(known.model, fields, row) for row in captured["rows"].get(known.label, ())]
        known.model._base_manager.bulk_create(rows, batch_size=_INSERT_BATCH)
        if rows and known.rows(merchant_id).count() != len(rows):
            raise refuse(f"it holds rows of {known.label} that are not the merchant's")
        count += len(rows)
    return count


def _instance(model: type[Model], fields: list[Any], row: list[Any]) -> Model:
    return model(**{field.attname: _read(field, value) for field, value in zip(fields, row, strict=True)})


def _read(field: Any, value: Any) -> Any:
    return value if isinstance(field, JSONField) else field.to_python(value)
