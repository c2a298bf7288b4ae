"""Lists as files: CSV that no spreadsheet runs as a formula, and JSON, streamed in batches.

Contract section 12, bug 29: every cell quoted, formulas defused, dates ISO 8601. A Decimal is a number
and stays one, so that a program reads -50.00 as it stands.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from io import StringIO
from itertools import chain
from typing import Any

from django.db.models import Model, QuerySet
from django.http import StreamingHttpResponse

from mypay.kit.errors import ValidationError
from mypay.kit.jsonbody import dumps

_BATCH = 1000
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def export(
    rows: QuerySet[Any],
    *,
    name: str,
    format: str,
    columns: list[str],
    cells: Callable[[Any], Sequence[str | Decimal]],
    item: Callable[[Any], Any],
    related: tuple[str, ...] = (),
) -> StreamingHttpResponse:
    """`rows` with what is `related` to them, newest first, as attachment `name.csv` or `name.json`.

    Raises ValidationError for another format.
    """
    if format == "csv":
        return csv_file(columns, (cells(row) for row in _batches(rows, related)), name=name)
    if format == "json":
        items = _json(item(row) for row in _batches(rows, related))
        return _attachment(items, "application/json; charset=utf-8", f"{name}.json")
    raise ValidationError("Invalid format. Use csv or json", field="format")


def csv_file(columns: list[str], lines: Iterable[Sequence[str | Decimal]], *, name: str) -> StreamingHttpResponse:
    """One row of `columns`, then the lines, as attachment `name.csv`."""
    return _attachment(_csv(columns, lines), "text/csv; charset=utf-8", f"{name}.csv")


def _attachment(content: Iterator[bytes], type: str, filename: str) -> StreamingHttpResponse:
    return StreamingHttpResponse(content, content_type=type, headers={"Content-Disposition": f'attachment; filename="{filename}"'})


def _batches(rows: QuerySet[Any], related: tuple[str, ...]) -> Iterator[Model]:
    """All rows, newest first, by id: memory for one batch however many there are."""
    last = None
    while True:
        older = rows if last is None else rows.filter(pk__lt=last)
        ids = list(older.order_by("-pk").values_list("pk", flat=True)[:_BATCH])
        if not ids:
            return
        found = rows.model._default_manager.filter(pk__in=ids).order_by("-pk")
        yield from found.select_related(*related) if related else found
        last = ids[-1]


def _csv(columns: list[str], lines: Iterable[Sequence[str | Decimal]]) -> Iterator[bytes]:
    for cells in chain([columns], lines):
        text = StringIO()
        csv.writer(text, quoting=csv.QUOTE_ALL).writerow([cell if isinstance(cell, Decimal) else defused(cell) for cell in cells])
        yield text.getvalue().encode()


def defused(cell: str) -> str:
    """The cell as text to a spreadsheet: what it would run or strip gets an apostrophe before it."""
    return f"'{cell}" if cell.lstrip(" \u00a0").startswith(_FORMULA) else cell


def _json(items: Iterable[Any]) -> Iterator[bytes]:
    before = b"["
    for item in items:
        yield before + dumps(item)
        before = b","
    yield b"[]" if before == b"[" else b"]"
