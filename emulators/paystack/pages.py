"""Paystack's lists: pages by number, or by cursor with `use_cursor`; both newest first."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from emulators.paystack.errors import InvalidParams
from emulators.paystack.reading import read
from emulators.selectors import newest
from gateways.paystack import wire

_USUAL, _MOST, _LAST_PAGE = 50, 500, 1_000_000


def within(rows: QuerySet[Any], query: Mapping[str, str]) -> QuerySet[Any]:
    """Those made between `from` and `to`, times or days; raises InvalidParams."""
    times = {name: _time(query[name], name) for name in ("from", "to") if query.get(name)}
    bounds = {"created_at__gte": times.get("from"), "created_at__lte": times.get("to")}
    return rows.filter(**{name: at for name, at in bounds.items() if at})


def page(
    rows: QuerySet[Any], query: Mapping[str, str], *, related: tuple[str, ...] = (), key: str = "pk"
) -> tuple[list[Any], dict[str, Any]]:
    """The rows of the page that the query asks for, and its `meta`: by `key`, a cursor's by time; raises InvalidParams."""
    size = read.number(query, "perPage", default=_USUAL, least=1, most=_MOST)
    if read.flag({"use_cursor": query.get("use_cursor", "").lower() or None}, "use_cursor"):
        return _by_cursor(rows, query, size, related)
    number = read.number(query, "page", default=1, least=1, most=_LAST_PAGE)
    skipped, total = (number - 1) * size, rows.count()
    found = newest(rows, skip=skipped, count=size, related=related, key=key) if skipped < total else []
    return found, {"total": total, "skipped": skipped, "perPage": size, "page": number, "pageCount": -(-total // size)}


def _by_cursor(rows: QuerySet[Any], query: Mapping[str, str], size: int, related: tuple[str, ...]) -> tuple[list[Any], dict[str, Any]]:
    after, before = _key(query, "next"), _key(query, "previous")
    if before and not after:
        keys = list(rows.filter(pk__gt=before).order_by("pk").values_list("pk", flat=True)[:size])
        found = newest(rows.filter(pk__in=keys), skip=0, count=size, related=related)
        has_next, has_previous = True, len(keys) == size
    else:
        found = newest(rows.filter(pk__lt=after) if after else rows, skip=0, count=size + 1, related=related)
        has_next, has_previous = len(found) > size, after is not None
        found = found[:size]
    ends = {"next": found[-1].pk if found and has_next else None, "previous": found[0].pk if found and has_previous else None}
    return found, {**{name: _cursor(key) if key else None for name, key in ends.items()}, "perPage": size}


def _time(text: str, name: str) -> datetime:
    try:
        at = wire.moment(text)
    except ValueError:
        raise InvalidParams(f"{name.title()} must be a date, like 2024-08-22T09:15:02.000Z", name) from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _cursor(key: UUID) -> str:
    return urlsafe_b64encode(key.bytes).decode().rstrip("=")


def _key(query: Mapping[str, str], name: str) -> UUID | None:
    text = query.get(name, "")
    try:
        return UUID(bytes=urlsafe_b64decode(text + "=" * (-len(text) % 4))) if text else None
    except ValueError:
        raise InvalidParams(f"{name.title()} is no cursor of ours", name) from None
