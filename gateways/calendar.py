"""The days and months that limits are counted in: India's (contract lightspeedpay section 4)."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

_ZONE = ZoneInfo("Asia/Kolkata")


def day_of(moment: datetime) -> date:
    """The day in India at that moment."""
    return moment.astimezone(_ZONE).date()


def month_of(day: date) -> tuple[date, date]:
    """The first day of its month and of the next."""
    first = day.replace(day=1)
    return first, first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
