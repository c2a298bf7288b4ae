"""Pages: by number as the contract has them, by cursor for lists that grow without end.

Either way the ids of the page come first, from the covering index, and the rows by key: on
MariaDB a plain `merchant = M AND id < X` reads all of a large merchant's rows (performance 5).
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet

from mypay.kit.errors import ValidationError

DEFAULT_LIMIT = 20
MAX_LIMIT = 100
MAX_PAGE = 10_000_000


@dataclass(frozen=True)
class Page:
    """Rows, newest first, and the contract's or the cursor's `pagination` object."""

    rows: list[Any]
    pagination: dict[str, Any]

    @property
    def as_pages(self) -> dict[str, Any]:
        """`pagination` as the payment and portal dialects count: `pages` for `totalPages`."""
        return {("pages" if name == "totalPages" else name): value for name, value in self.pagination.items()}


def whole(text: str | None, default: int, maximum: int) -> int:
    """A positive whole number, else the default; never above the maximum (contract section 1)."""
    if text and text.isascii() and text.isdigit() and len(text) <= 9 and int(text) > 0:
        return min(int(text), maximum)
    return default


def page(rows: QuerySet[Any], query: Mapping[str, str], *, key: str = "pk", related: tuple[str, ...] = (), rising: bool = False) -> Page:
    """The page that `query` asks for, ordered by `key`, newest first; its rows come with what is `related` to them.

    `rising` turns the order round.

    `page` and `limit` give `{page,limit,total,totalPages}`; `cursor` (empty for the first) gives
    `{limit,nextCursor}` at the same cost at any depth. Raises ValidationError on a bad cursor.
    """
    limit = whole(query.get("limit"), DEFAULT_LIMIT, MAX_LIMIT)
    if "cursor" in query:
        return _by_cursor(rows, query["cursor"], limit, key, related, rising)
    number = whole(query.get("page"), 1, MAX_PAGE)
    total = rows.count()
    start = (number - 1) * limit
    found = span(rows, start, start + limit, key=key, related=related, rising=rising) if start < total else []
    return Page(found, {"page": number, "limit": limit, "total": total, "totalPages": -(-total // limit)})


def window(rows: QuerySet[Any], found: QuerySet[Any], query: Mapping[str, str], size: int) -> Page:
    """A page by cursor of `found`, a search of `rows` that no index serves: it looks at `size` rows at a time.

    So a page costs the same however rare a match is. One that is not full has a next one while older rows are left.
    """
    cursor = query.get("cursor", "")
    if cursor:
        rows = rows.filter(pk__lt=_decoded(cursor, rows.model, "pk"))
    oldest = next(iter(rows.order_by("-pk").values_list("pk", flat=True)[size - 1 : size]), None)
    page = _by_cursor(
        found.filter(pk__gte=oldest) if oldest else found, cursor, whole(query.get("limit"), DEFAULT_LIMIT, MAX_LIMIT), "pk", ()
    )
    if oldest and page.pagination["nextCursor"] is None:
        page.pagination["nextCursor"] = _encoded(oldest)
    return page


def _by_cursor(rows: QuerySet[Any], cursor: str, limit: int, key: str, related: tuple[str, ...], rising: bool = False) -> Page:
    if cursor:
        rows = rows.filter(**{f"{key}__{'gt' if rising else 'lt'}": _decoded(cursor, rows.model, key)})
    found = span(rows, 0, limit + 1, key=key, related=related, rising=rising)
    more = len(found) > limit
    after = _encoded(getattr(found[limit - 1], key)) if more else None
    return Page(found[:limit], {"limit": limit, "nextCursor": after})


def span(rows: QuerySet[Any], start: int, end: int, *, key: str = "pk", related: tuple[str, ...] = (), rising: bool = False) -> list[Any]:
    """The rows of those places, by `key`, the newest or highest first unless `rising`, with what is `related` to them."""
    order = key if rising else f"-{key}"
    ids = list(rows.order_by(order).values_list("pk", flat=True)[start:end])
    if not ids:
        return []
    found = rows.model._default_manager.filter(pk__in=ids).order_by(order)
    return list(found.select_related(*related) if related else found)


def _encoded(value: Any) -> str:
    return base64.urlsafe_b64encode(str(value).encode()).decode().rstrip("=")


def _decoded(cursor: str, model: type[Model], key: str) -> Any:
    field = model._meta.pk if key == "pk" else model._meta.get_field(key)
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        return field.to_python(text)  # type: ignore[union-attr]
    except Exception:
        raise ValidationError("cursor is not one of ours", field="cursor") from None
