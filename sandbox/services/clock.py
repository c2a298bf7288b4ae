"""Move a merchant's clock: forward through its due work in time order, or stand still.

An advance is itself due work. It first takes the merchant's other work from the workers, then
does everything due on the way, each at its own time, and last sets the clock to the target. If
whoever runs it dies, its lease runs out and the sweep goes on where it stopped.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from audit.services.record import record
from audit.tags import Tag
from merchants.models import Merchant
from mypay.kit import clock, scheduling
from mypay.kit.errors import ApiError, ValidationError
from mypay.settings import environment
from sandbox.models import ClockAdvance
from sandbox.services.locking import locked
from sandbox.services.rules import require_sandbox

MAX_ADVANCE = timedelta(days=3660)
_RENEW_SECONDS = 5
_LAST_YEAR = 2900


@dataclass(frozen=True)
class ClockState:
    """A merchant's time and what the last move did."""

    now: datetime
    frozen: bool
    ran: int = 0
    is_under_way: bool = False


def state(merchant: Merchant) -> ClockState:
    """The merchant's clock as it is."""
    merchant.refresh_from_db(fields=["clock_offset_ms", "clock_frozen_ms"])
    return ClockState(clock.now(merchant), merchant.clock_frozen_ms is not None)


def advance(*, merchant: Merchant, by: timedelta, patience: float | None = None) -> ClockState:
    """Move the clock forward by `by`, doing all due work on the way; returns how much was done.

    With `patience`, in seconds, what is not done by then is left to the workers, and `is_under_way`
    says so. Raises ValidationError for a move backward or of more than ten years, ApiError 409 when an
    advance is under way already.
    """
    require_sandbox(merchant)
    if not timedelta(0) < by <= MAX_ADVANCE:
        raise ValidationError("advance must be forward, by at most ten years", field="seconds")
    _begin(merchant, by)
    ran = run_advance(merchant.pk, patience=patience)
    record(
        tag=Tag.CLOCK_CHANGED,
        resource_id=merchant.pk,
        merchant_id=merchant.pk,
        details={"advancedBySeconds": by.total_seconds(), "ran": ran},
    )
    reached = state(merchant)
    return ClockState(reached.now, reached.frozen, ran, ClockAdvance.objects.filter(merchant=merchant).exists())


def _begin(merchant: Merchant, by: timedelta) -> None:
    with transaction.atomic():
        row = Merchant.objects.select_for_update().get(pk=merchant.pk)
        if ClockAdvance.objects.filter(merchant=row).exists():
            raise ApiError("The clock is being advanced already", code="CLOCK_BUSY", status=409, retry_after=1)
        now = clock.now(row)
        if now.year + by.days // 365 > _LAST_YEAR:
            raise ValidationError(f"the clock cannot go beyond the year {_LAST_YEAR}", field="seconds")
        frozen = row.clock_frozen_ms is not None
        ClockAdvance.objects.create(merchant=row, target=now + by, stays_frozen=frozen, wake_at=_lease_end())
        Merchant.objects.filter(pk=row.pk).update(clock_frozen_ms=clock.to_ms(now))
        scheduling.rest(row.pk)


def run_advance(merchant_id: int, *, patience: float | None = None) -> int:
    """Do what is due until the target, in time order, then set the clock; returns how much.

    After `patience` seconds it stops and any worker may go on at once.
    """
    under_way = ClockAdvance.objects.filter(merchant_id=merchant_id).first()
    if under_way is None:
        return 0
    ran, renewed = 0, time.monotonic()
    ends = None if patience is None else renewed + patience
    while due := scheduling.next_due(merchant_id, under_way.target):
        at, kind, pk = due
        scheduling.run_one(kind, pk, at)
        ran += kind.is_counted
        if ends is not None and time.monotonic() > ends:
            ClockAdvance.objects.filter(pk=under_way.pk).update(wake_at=clock.real_now())
            return ran
        if time.monotonic() - renewed > _RENEW_SECONDS:
            ClockAdvance.objects.filter(pk=under_way.pk).update(wake_at=_lease_end())
            renewed = time.monotonic()
    _finish(under_way)
    return ran


def _lease_end() -> datetime:
    return clock.real_now() + timedelta(seconds=environment.LEASE_SECONDS)


def _finish(under_way: ClockAdvance) -> None:
    with transaction.atomic():
        set_to(under_way.merchant_id, under_way.target, frozen=under_way.stays_frozen)
        under_way.delete()


def set_to(merchant_id: int, to: datetime, *, frozen: bool) -> None:
    """Let the merchant's time be `to` from now on, and its due work wake accordingly."""
    offset = to - clock.real_now()
    Merchant.objects.filter(pk=merchant_id).update(
        clock_offset_ms=round(offset.total_seconds() * 1000), clock_frozen_ms=clock.to_ms(to) if frozen else None
    )
    if frozen:
        scheduling.rest(merchant_id, at=to)
    else:
        scheduling.rewake(merchant_id, offset)


def freeze(*, merchant: Merchant) -> ClockState:
    """Stop the merchant's clock: nothing of it comes due until it moves again."""
    return _stand(merchant, frozen=True)


def unfreeze(*, merchant: Merchant) -> ClockState:
    """Let the clock run on from where it stands."""
    return _stand(merchant, frozen=False)


def reset(*, merchant: Merchant) -> ClockState:
    """Back to real time."""
    return _stand(merchant, frozen=False, to=clock.real_now())


def _stand(merchant: Merchant, *, frozen: bool, to: datetime | None = None) -> ClockState:
    require_sandbox(merchant)
    with transaction.atomic():
        row = locked(merchant.pk)
        set_to(row.pk, to or clock.now(row), frozen=frozen)
        record(tag=Tag.CLOCK_CHANGED, resource_id=row.pk, merchant_id=row.pk, details={"frozen": frozen, "reset": to is not None})
    return state(merchant)


def resume_advance(pk: Any, at: datetime | None) -> None:
    """Due work: finish an advance whose runner died."""
    under_way = ClockAdvance.objects.filter(pk=pk).first()
    if under_way is not None:
        scheduling.rest(under_way.merchant_id)  # what the dead runner had taken is free again
        run_advance(under_way.merchant_id)


def abandon_advance(pk: Any, error: Exception) -> None:
    """Due work that keeps failing: set the clock to the target as it is."""
    under_way = ClockAdvance.objects.filter(pk=pk).first()
    if under_way is not None:
        _finish(under_way)
