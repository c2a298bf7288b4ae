"""Business calendars: the right day, at the cut-off, in every year a sandbox's clock may reach."""

import warnings
from datetime import UTC, date, datetime, time, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from payments.calendar import DEFAULT_COUNTRY, Calendar, Country
from payments.fees import DEFAULT_TARIFFS

FIVE_PM = time(17)
FIRST, LAST = datetime(2000, 1, 1), datetime(2900, 12, 31)
# Most moments in the years for which holidays are tabled.
moments = st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)) | st.datetimes(
    FIRST, LAST, timezones=st.just(UTC)
)
cutoffs = st.times().map(lambda drawn: drawn.replace(fold=0))
calendars = st.builds(Calendar, st.sampled_from(Country), st.integers(0, 30), cutoffs)
# The first question in a process loads `holidays`.
unhurried = settings(deadline=None)


def moment(text: str) -> datetime:
    """A UTC moment: "2026-03-20 11:59"."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def business_days(calendar: Calendar, first: date, last: date) -> list[date]:
    """All of them after the first day, the last included."""
    days = [first + timedelta(days=n) for n in range(1, (last - first).days + 1)]
    return [day for day in days if calendar.is_business_day(day)]


def local_day(calendar: Calendar, at: datetime) -> date:
    return at.astimezone(calendar.country.zone).date()


@pytest.mark.parametrize(
    ("country", "holiday"),
    [
        (Country.PK, date(2026, 3, 23)), (Country.PK, date(2026, 8, 14)), (Country.PK, date(2026, 5, 27)),  # 23 March, Independence, Eid
        (Country.IN, date(2026, 1, 26)), (Country.IN, date(2026, 10, 2)), (Country.IN, date(2026, 3, 4)),  # Republic, Gandhi, Holi
        (Country.NG, date(2026, 10, 1)), (Country.NG, date(2026, 6, 12)), (Country.NG, date(2026, 12, 28)),  # Boxing Day is a Saturday
        (Country.KE, date(2026, 6, 1)), (Country.KE, date(2026, 10, 20)), (Country.KE, date(2026, 4, 3)),  # Madaraka, Mashujaa, Good Friday
    ],
)  # fmt: skip
def test_is_business_day_public_holiday_is_none_but_in_its_country_only(country: Country, holiday: date) -> None:
    assert holiday.weekday() < 5
    assert not Calendar(country, 0, FIVE_PM).is_business_day(holiday)
    assert Calendar(Country.NONE, 0, FIVE_PM).is_business_day(holiday)


@pytest.mark.parametrize("country", Country)
def test_is_business_day_plain_week_is_monday_to_friday(country: Country) -> None:
    week = [date(2026, 7, 13) + timedelta(days=n) for n in range(7)]
    assert [Calendar(country, 0, FIVE_PM).is_business_day(day) for day in week] == [True] * 5 + [False] * 2


@pytest.mark.parametrize("country", Country)
def test_is_business_day_any_year_to_2900_answers_without_warning(country: Country) -> None:
    calendar = Calendar(country, 0, FIVE_PM)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for year in range(2000, 2901):
            days = business_days(calendar, date(year - 1, 12, 31), date(year, 12, 31))
            assert 230 < len(days) <= 262
    assert calendar.is_business_day(date(2900, 12, 24))
    assert not calendar.is_business_day(date(2900, 12, 25))  # a Saturday


def test_is_business_day_of_a_year_without_table_frees_weekends_alone() -> None:
    assert not Calendar(Country.IN, 0, FIVE_PM).is_business_day(date(2035, 1, 26))
    assert Calendar(Country.IN, 0, FIVE_PM).is_business_day(date(2037, 1, 26))
    assert not Calendar(Country.PK, 0, FIVE_PM).is_business_day(date(2100, 3, 23))
    assert Calendar(Country.PK, 0, FIVE_PM).is_business_day(date(2101, 3, 23))


@pytest.mark.parametrize(
    ("country", "cutoff"),
    [
        (Country.PK, "12:00"), (Country.IN, "11:30"), (Country.NG, "16:00"), (Country.KE, "14:00"), (Country.NONE, "17:00"),
    ],
)  # fmt: skip
def test_settles_at_before_cutoff_same_day_is_local_cutoff_in_utc(country: Country, cutoff: str) -> None:
    assert Calendar(country, 0, FIVE_PM).settles_at(moment("2026-07-14 08:00")) == moment(f"2026-07-14 {cutoff}")


@pytest.mark.parametrize(
    ("delay_days", "at", "settles"),
    [
        (0, "2026-07-14 11:59:59.999999", "2026-07-14 12:00"),  # 17:00 in Karachi is 12:00 UTC
        (0, "2026-07-14 12:00", "2026-07-15 12:00"),  # exactly at the cut-off
        (0, "2026-07-14 19:00", "2026-07-15 12:00"),  # already the 15th in Karachi
        (0, "2026-07-17 12:00", "2026-07-20 12:00"),  # Friday evening
        (1, "2026-07-16 09:00", "2026-07-17 12:00"),
        (1, "2026-07-17 09:00", "2026-07-20 12:00"),  # over the weekend
        (1, "2026-07-18 09:00", "2026-07-21 12:00"),  # Saturday counts as Monday
        (1, "2026-07-18 19:30", "2026-07-21 12:00"),  # and so does Sunday
        (2, "2026-07-30 09:00", "2026-08-03 12:00"),  # month end
        (1, "2026-12-31 09:00", "2027-01-01 12:00"),  # year end; 1 January is no holiday in Pakistan
        (2, "2026-12-31 12:00", "2027-01-05 12:00"),
        (1, "2026-08-13 09:00", "2026-08-17 12:00"),  # Independence Day, then the weekend
        (0, "2026-03-19 12:00", "2026-03-24 12:00"),  # Eid, the weekend, Pakistan Day
        (30, "2026-06-29 09:00", "2026-08-10 12:00"),  # six plain weeks
        (0, "2900-12-24 12:00", "2900-12-27 12:00"),
    ],
)
def test_settles_at_in_pakistan_is_cutoff_of_right_day(delay_days: int, at: str, settles: str) -> None:
    assert Calendar(Country.PK, delay_days, FIVE_PM).settles_at(moment(at)) == moment(settles)


@pytest.mark.parametrize(
    ("country", "at", "settles"),
    [
        (Country.IN, "2026-01-23 09:00", "2026-01-27 11:30"),  # Republic Day
        (Country.NG, "2026-09-30 09:00", "2026-10-02 16:00"),  # National Day
        (Country.NG, "2026-12-24 09:00", "2026-12-29 16:00"),  # Christmas to Boxing Day observed
        (Country.NG, "2026-12-31 09:00", "2027-01-04 16:00"),  # New Year
        (Country.KE, "2026-05-29 09:00", "2026-06-02 14:00"),  # Madaraka Day
        (Country.NONE, "2026-12-31 09:00", "2027-01-01 17:00"),
    ],
)
def test_settles_at_over_holiday_is_business_day_after(country: Country, at: str, settles: str) -> None:
    assert Calendar(country, 1, FIVE_PM).settles_at(moment(at)) == moment(settles)


@pytest.mark.parametrize(
    ("cutoff", "after", "expected"),
    [
        (time(23, 30), "2008-10-31 17:15", "2008-10-31 17:30"),
        (time(23, 30), "2008-10-31 18:15", "2008-11-03 18:30"),  # 23:15 for the second time that night
        (time(0, 30), "2009-04-14 18:45", "2009-04-14 19:30"),  # there was no 00:30 on the 15th
        (time(0, 30), "2009-04-14 19:30", "2009-04-15 18:30"),
    ],
)
def test_next_cutoff_when_clocks_change_is_still_ahead(cutoff: time, after: str, expected: str) -> None:
    assert Calendar(Country.PK, 0, cutoff).next_cutoff(moment(after)) == moment(expected)


def test_settles_at_does_not_depend_on_zone_of_moment() -> None:
    calendar = Calendar(Country.KE, 2, FIVE_PM)
    at = moment("2026-07-14 13:59")
    assert calendar.settles_at(at.astimezone(timezone(timedelta(hours=-11)))) == calendar.settles_at(at)
    assert calendar.settles_at(at).tzinfo is UTC


@pytest.mark.parametrize("delay_days", [-1, 31])
def test_calendar_delay_out_of_range_is_refused(delay_days: int) -> None:
    with pytest.raises(ValueError, match="delay_days"):
        Calendar(Country.PK, delay_days, FIVE_PM)


@pytest.mark.parametrize("cutoff", [time(17, tzinfo=UTC), time(17, fold=1)])
def test_calendar_cutoff_with_zone_or_fold_is_refused(cutoff: time) -> None:
    with pytest.raises(ValueError, match="local"):
        Calendar(Country.PK, 0, cutoff)


def test_settles_at_naive_moment_is_refused() -> None:
    calendar = Calendar(Country.PK, 0, FIVE_PM)
    for ask in (calendar.settles_at, calendar.next_cutoff):
        with pytest.raises(ValueError, match="zone"):
            ask(datetime(2026, 7, 14))


def test_default_country_is_one_of_each_currency_with_its_own_tariff() -> None:
    assert set(DEFAULT_COUNTRY) == set(DEFAULT_TARIFFS)
    assert [Country(country.value).zone.key for country in Country] == [
        "Asia/Karachi", "Asia/Kolkata", "Africa/Lagos", "Africa/Nairobi", "UTC",
    ]  # fmt: skip


@unhurried
@given(calendars, moments)
@example(Calendar(Country.PK, 0, time(23, 30)), datetime(2008, 10, 31, 18, 15, tzinfo=UTC))
def test_settles_at_any_moment_is_cutoff_of_business_day_ahead(calendar: Calendar, at: datetime) -> None:
    settles = calendar.settles_at(at)
    day = local_day(calendar, settles)
    assert settles > at
    assert calendar.is_business_day(day)
    assert settles == datetime.combine(day, calendar.cutoff, calendar.country.zone).astimezone(UTC)


@unhurried
@given(calendars, moments)
def test_settles_at_any_moment_is_delay_days_after_day_of_next_cutoff(calendar: Calendar, at: datetime) -> None:
    first, settled = (local_day(calendar, found) for found in (calendar.next_cutoff(at), calendar.settles_at(at)))
    assert len(business_days(calendar, first, settled)) == calendar.delay_days


@unhurried
@given(calendars, moments)
def test_next_cutoff_any_moment_skips_no_business_day(calendar: Calendar, after: datetime) -> None:
    found = calendar.next_cutoff(after)
    skipped = business_days(calendar, local_day(calendar, after) - timedelta(days=1), local_day(calendar, found))[:-1]
    assert after < found
    assert all(datetime.combine(day, calendar.cutoff, calendar.country.zone) <= after for day in skipped)


@unhurried
@given(calendars, moments, st.timedeltas(timedelta(0), timedelta(days=40)))
def test_settles_at_later_moment_is_not_earlier(calendar: Calendar, at: datetime, later: timedelta) -> None:
    assert calendar.settles_at(at) <= calendar.settles_at(at + later)


@unhurried
@given(calendars, moments)
def test_next_cutoff_walked_on_goes_up_by_business_days(calendar: Calendar, at: datetime) -> None:
    walked = [calendar.next_cutoff(at)]
    for _ in range(10):
        walked.append(calendar.next_cutoff(walked[-1]))
    days = [local_day(calendar, found) for found in walked]
    assert all(business_days(calendar, one, other) == [other] for one, other in pairwise(days))
