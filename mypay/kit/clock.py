"""Time. `now(merchant)` is the merchant's own clock; only due work and leases live on real time.

Two times run beside each other: a fact's time is the merchant's (`due_at`, `created_at`), a
worker's wake time is real (`wake_at`). This file alone converts one into the other.
"""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class HasClock(Protocol):
    """Whatever carries a merchant's clock; milliseconds, so that it travels in any row."""

    clock_offset_ms: int
    clock_frozen_ms: int | None


def real_now() -> datetime:
    """The wall clock, UTC, to the millisecond as it goes over the wire."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def now(merchant: HasClock) -> datetime:
    """The merchant's time: shifted, or standing still while frozen."""
    if merchant.clock_frozen_ms is not None:
        return from_ms(merchant.clock_frozen_ms)
    if merchant.clock_offset_ms:
        return real_now() + timedelta(milliseconds=merchant.clock_offset_ms)
    return real_now()


def wake_at(merchant: HasClock, due_at: datetime | None) -> datetime | None:
    """When in real time a worker may take work due at `due_at`; None while the clock stands."""
    if due_at is None or merchant.clock_frozen_ms is not None:
        return None
    return due_at - timedelta(milliseconds=merchant.clock_offset_ms)


def to_ms(moment: datetime) -> int:
    """Milliseconds since the epoch."""
    return round(moment.timestamp() * 1000)


def from_ms(milliseconds: int) -> datetime:
    """The moment that many milliseconds after the epoch, UTC."""
    return datetime.fromtimestamp(milliseconds // 1000, UTC) + timedelta(milliseconds=milliseconds % 1000)


def iso(moment: datetime) -> str:
    """ISO 8601, UTC, milliseconds, `Z` (contract section 0)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
