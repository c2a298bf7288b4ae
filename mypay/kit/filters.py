"""Filters that lists share: by the day a row was made."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.dateparse import parse_date, parse_datetime

from mypay.kit.errors import ValidationError


def between(rows: QuerySet[Any], query: Mapping[str, str]) -> QuerySet[Any]:
    """Rows created from `startDate` to `endDate`; a date without time is the whole day, UTC.

    Raises ValidationError for what is no date (contract section 12, bug 27).
    """
    if start := query.get("startDate"):
        rows = rows.filter(created_at__gte=span("startDate", start)[0])
    if end := query.get("endDate"):
        rows = rows.filter(created_at__lt=span("endDate", end)[1])
    return rows


def one_of(rows: QuerySet[Any], column: str, value: str | None, known: list[str]) -> QuerySet[Any]:
    """Rows with that value; all without one, none for an unknown one."""
    if not value:
        return rows
    return rows.filter(**{column: value}) if value in known else rows.none()


def span(name: str, text: str) -> tuple[datetime, datetime]:
    """From when to before when the day, or the moment, lasts; raises ValidationError for what is neither."""
    try:
        if day := parse_date(text):
            start = datetime.combine(day, time(), UTC)
            return start, start + timedelta(days=1)
        if moment := parse_datetime(text.replace(" ", "+")):
            aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            return aware.astimezone(UTC), aware.astimezone(UTC) + timedelta(milliseconds=1)
    except (ValueError, OverflowError):
        pass
    raise ValidationError(f"{name} must be a date like 2026-01-31 or a time like 2026-01-31T12:00:00Z", field=name)
