"""Business calendars: when a captured payment reaches the merchant's balance.

A calendar is a country (its weekend, public holidays and local time), a delay and a daily cut-off.
It is pure: the same moment always gives the same answer, whatever the machine's clock or zone.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from django.db import models

MAX_DELAY_DAYS = 30
_DAY = timedelta(days=1)
_SATURDAY = 5


class Country(models.TextChoices):
    """Whose weekends, public holidays and local time a calendar follows; NONE has weekends only, in UTC."""

    PK = "PK", "Pakistan"
    IN = "IN", "India"
    NG = "NG", "Nigeria"
    KE = "KE", "Kenya"
    NONE = "", "None"

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the cut-off."""
        return ZoneInfo(_ZONES[self])


_ZONES: dict[str, str] = {
    Country.PK: "Asia/Karachi",
    Country.IN: "Asia/Kolkata",
    Country.NG: "Africa/Lagos",
    Country.KE: "Africa/Nairobi",
    Country.NONE: "UTC",
}
DEFAULT_COUNTRY: dict[str, Country] = {"PKR": Country.PK, "INR": Country.IN, "NGN": Country.NG, "KES": Country.KE}
# Of other years `holidays` lacks India's Hindu dates and warns; a process-wide filter would not be safe among threads.
_TABLED_YEARS: dict[Country, range] = {Country.IN: range(2001, 2036)}


@cache
def _public_holidays(country: Country, year: int) -> frozenset[date]:
    if country is Country.NONE or year not in _TABLED_YEARS.get(country, (year,)):
        return frozenset()
    import holidays  # 60 ms, spared for processes that settle nothing

    return frozenset(holidays.country_holidays(country.value, years=year))


@dataclass(frozen=True, slots=True)
class Calendar:
    """T+`delay_days` business days (0 to 30) at `cutoff`, a local time of `country`; raises ValueError on others.

    Good for the years 2000 to 2900. Where `holidays` has no dates (after 2100; India outside 2001 to 2035)
    weekends alone are free; Islamic dates are estimates up to 2077 and missing after.
    """

    country: Country
    delay_days: int
    cutoff: time

    def __post_init__(self) -> None:
        if not 0 <= self.delay_days <= MAX_DELAY_DAYS:
            raise ValueError(f"delay_days is not 0 to {MAX_DELAY_DAYS}")
        if self.cutoff.tzinfo is not None or self.cutoff.fold:
            raise ValueError("cutoff is a plain local time, without zone or fold")

    def is_business_day(self, day: date) -> bool:
        """Neither Saturday, Sunday nor a public holiday."""
        return day.weekday() < _SATURDAY and day not in _public_holidays(self.country, day.year)

    def settles_at(self, at: datetime) -> datetime:
        """The cut-off, UTC, at which a payment captured at `at` settles; always after `at`, raises ValueError if naive.

        The payment belongs to the business day whose cut-off comes next, so at the very cut-off to the day
        after; `delay_days` further business days count from there.
        """
        day = self._fact_day(at)
        for _ in range(self.delay_days):
            day = self._business_day_after(day)
        return self._cutoff_on(day)

    def next_cutoff(self, after: datetime) -> datetime:
        """The first cut-off of a business day strictly after that moment, UTC; raises ValueError if it is naive."""
        return self._cutoff_on(self._fact_day(after))

    def _fact_day(self, at: datetime) -> date:
        if at.utcoffset() is None:
            raise ValueError("a moment needs a zone")
        day = at.astimezone(self.country.zone).date()
        # Moments are compared, not local times: Karachi's clock went back in 2002, 2008 and 2009.
        if self.is_business_day(day) and at < self._cutoff_on(day):
            return day
        return self._business_day_after(day)

    def _business_day_after(self, day: date) -> date:
        day += _DAY
        while not self.is_business_day(day):
            day += _DAY
        return day

    def _cutoff_on(self, day: date) -> datetime:
        return datetime.combine(day, self.cutoff, self.country.zone).astimezone(UTC)
