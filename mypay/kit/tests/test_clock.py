"""Times on the wire and the merchant's own time."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from mypay.kit import clock

NOON = datetime(2026, 2, 3, 12, 0, 0, tzinfo=UTC)


@dataclass
class Owner:
    """Whoever has a clock."""

    clock_offset_ms: int = 0
    clock_frozen_ms: int | None = None


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05.000Z"),
        (datetime(2026, 1, 2, 3, 4, 5, 6000, tzinfo=UTC), "2026-01-02T03:04:05.006Z"),
        (datetime(2026, 1, 2, 3, 4, 5, 999_999, tzinfo=UTC), "2026-01-02T03:04:05.999Z"),
        (datetime(2026, 1, 1, 2, tzinfo=timezone(timedelta(hours=5))), "2025-12-31T21:00:00.000Z"),
    ],
)
def test_iso_is_utc_with_milliseconds_and_z(moment: datetime, text: str) -> None:
    assert clock.iso(moment) == text


@given(st.datetimes(datetime(1971, 1, 1), datetime(2900, 1, 1), timezones=st.just(UTC)))
def test_milliseconds_round_trip(moment: datetime) -> None:
    whole = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert clock.from_ms(clock.to_ms(whole)) == whole


def test_real_now_has_no_more_than_milliseconds() -> None:
    with time_machine.travel(NOON + timedelta(microseconds=123_456), tick=False):
        assert clock.real_now() == NOON + timedelta(milliseconds=123)


def test_now_is_shifted_or_stands_still() -> None:
    with time_machine.travel(NOON, tick=False):
        assert clock.now(Owner()) == NOON
        assert clock.now(Owner(clock_offset_ms=90_000)) == NOON + timedelta(seconds=90)
        assert clock.now(Owner(clock_offset_ms=-1)) == NOON - timedelta(milliseconds=1)
        assert clock.now(Owner(90_000, clock.to_ms(NOON) - 5)) == NOON - timedelta(milliseconds=5)


def test_wake_at_turns_the_merchants_time_into_real_time() -> None:
    assert clock.wake_at(Owner(clock_offset_ms=60_000), NOON) == NOON - timedelta(minutes=1)
    assert clock.wake_at(Owner(), NOON) == NOON
    assert clock.wake_at(Owner(clock_frozen_ms=1), NOON) is None
    assert clock.wake_at(Owner(), None) is None
