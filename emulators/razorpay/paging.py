"""Collections: `count` and `skip`, `from` and `to` in seconds; ids first from the covering index, then rows."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet

from emulators.razorpay.errors import BadRequest

_COUNT, _MOST, _DEEPEST = 10, 100, 10_000_000
_LAST_SECOND = 253_402_300_799


def page(rows: QuerySet[Any], query: Mapping[str, str], *, related: tuple[str, ...] = (), key: str = "pk") -> list[Any]:
    """The rows asked for, newest first by `key`, with what is `related` to them; raises BadRequest naming what is wrong."""
    count = _whole(query, "count", default=_COUNT, least=1, most=_MOST)
    skip = _whole(query, "skip", default=0, least=0, most=_DEEPEST)
    for name, comparison in (("from", "gte"), ("to", "lte")):
        if name in query:
            moment = datetime.fromtimestamp(_whole(query, name, default=0, least=0, most=_LAST_SECOND), UTC)
            moment = moment.replace(microsecond=999_999) if name == "to" else moment
            rows = rows.filter(**{f"created_at__{comparison}": moment})
    ids = list(rows.order_by(f"-{key}").values_list("pk", flat=True)[skip : skip + count])
    found = rows.model._default_manager.filter(pk__in=ids).order_by(f"-{key}")
    return list(found.select_related(*related) if related else found) if ids else []


def collection(items: Iterable[Any]) -> dict[str, Any]:
    """Any list as Razorpay wraps it."""
    listed = list(items)
    return {"entity": "collection", "count": len(listed), "items": listed}


def expanded(query: Any) -> set[str]:
    """What `expand[]` asks for."""
    return {*query.getlist("expand[]"), *query.getlist("expand")}


def _whole(query: Mapping[str, str], name: str, *, default: int, least: int, most: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise BadRequest(f"The {name} must be an integer.", field=name)
    number = int(text)
    if number < least:
        raise BadRequest(f"The {name} must be at least {least}.", field=name)
    if number > most:
        raise BadRequest(f"The {name} may not be greater than {most}.", field=name)
    return number
