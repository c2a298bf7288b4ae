"""The file of a batch: CSV under the API's field names or their everyday words, or a list of create bodies."""

import csv
import json
import re
from dataclasses import dataclass
from io import StringIO
from typing import Any

from mypay.kit.errors import ValidationError

MAX_LINES = 5000
MAX_BYTES = 2 * 1024 * 1024
COLUMNS = (
    "merchantReference", "amount", "destType", "bankCode", "walletCode", "accountNumber", "accountTitle", "purpose", "description",
)  # fmt: skip
SHOWN = (*COLUMNS, "currency", "beneficiaryId")
EXAMPLES = (
    ("SALARY-2026-01-AYESHA", "85000.00", "BANK", "HBL", "", "12345670001", "Ayesha Khan", "Salary", ""),
    ("SALARY-2026-01-BILAL", "62500.50", "WALLET", "", "EASYPAISA", "03001230001", "Bilal Ahmed", "Salary", "Part time"),
)
_WORDS = {
    "merchantReference": ("merchantreference", "reference", "merchanttransactionid", "ref"),
    "amount": ("amount",),
    "currency": ("currency",),
    "destType": ("desttype", "destinationtype", "destination", "type"),
    "bankCode": ("bankcode", "bank"),
    "walletCode": ("walletcode", "wallet"),
    "accountNumber": ("accountnumber", "account"),
    "accountTitle": ("accounttitle", "beneficiaryname", "title", "name"),
    "beneficiaryId": ("beneficiaryid",),
    "purpose": ("purpose",),
    "description": ("description",),
    "metadata": ("metadata",),
}
_FIELD_OF = {word: field for field, words in _WORDS.items() for word in words}
_NEEDED = ("merchantReference", "amount")
_NO_LETTER = re.compile(r"[^a-z0-9]")
_MAX_NAME = 40


@dataclass(frozen=True, slots=True)
class RawLine:
    """A create body as it was given, not yet checked; `problem` is why it is not even a body."""

    number: int
    body: dict[str, Any]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class BatchFile:
    """The lines of a file, and the columns of it that say nothing to us."""

    lines: list[RawLine]
    ignored: list[str]


def read_bytes(raw: bytes) -> BatchFile:
    """The CSV in an uploaded file; raises ValidationError for what is none, or too much."""
    if len(raw) > MAX_BYTES:
        raise ValidationError("The file is larger than 2 MB", field="csv")
    try:
        return read_csv(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ValidationError("The file is not UTF-8 text; save it as “CSV UTF-8”", field="csv") from None


def read_csv(text: str) -> BatchFile:
    """The lines below the header; empty cells and empty lines are as if they were not there."""
    text = text.removeprefix("\ufeff")
    rows = csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text))
    lines: list[RawLine] = []
    try:
        fields, ignored = _header(next(rows, []))
        start = rows.line_num
        for cells in rows:
            number, start = start + 1, rows.line_num
            if any(cell.strip() for cell in cells):
                lines.append(_line(number, fields, cells))
                _count(lines)
    except csv.Error as problem:
        raise ValidationError(f"The file is not readable as CSV: {problem}", field="csv") from None
    if not lines:
        raise ValidationError("The file has no line below its header", field="csv")
    return BatchFile(lines, ignored)


def read_list(value: Any) -> BatchFile:
    """The `lines` of a JSON body, numbered from 1."""
    if not isinstance(value, list) or not value:
        raise ValidationError("lines must be a list of at least one payout", field="lines")
    if len(value) > MAX_LINES:
        raise _too_many("lines")
    return BatchFile([_item(number, item) for number, item in enumerate(value, 1)], [])


def _item(number: int, item: Any) -> RawLine:
    return RawLine(number, item) if isinstance(item, dict) else RawLine(number, {}, "The line is no object")


def _delimiter(text: str) -> str:
    """Spreadsheets of some countries write semicolons, others tabs."""
    head = text.partition("\n")[0]
    return max(",;\t", key=head.count)


def _header(cells: list[str]) -> tuple[list[str], list[str]]:
    """The field of each column, empty for one that is ignored, and the names of those."""
    names = [cell.strip() for cell in cells]
    fields = [_FIELD_OF.get(_NO_LETTER.sub("", name.lower()), "") for name in names]
    for field in filter(None, fields):
        if fields.count(field) > 1:
            raise ValidationError(f"Two columns of the file are {field}", field="csv")
    missing = [field for field in _NEEDED if field not in fields]
    if missing:
        raise ValidationError(f"The first line must name the columns; missing: {', '.join(missing)}", field="csv")
    return fields, [name[:_MAX_NAME] for name, field in zip(names, fields, strict=True) if name and not field]


def _line(number: int, fields: list[str], cells: list[str]) -> RawLine:
    given = {field: cell.strip() for field, cell in zip(fields, cells, strict=False) if field and cell.strip()}
    body: dict[str, Any] = {**given, **({"metadata": _metadata(given["metadata"])} if "metadata" in given else {})}
    too_many = any(cell.strip() for cell in cells[len(fields) :])
    return RawLine(number, body, "The line has more cells than the header" if too_many else "")


def _metadata(cell: str) -> Any:
    """JSON in a cell; what is none stays text, which the check then refuses."""
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return cell


def _count(lines: list[RawLine]) -> None:
    if len(lines) > MAX_LINES:
        raise _too_many("csv")


def _too_many(field: str) -> ValidationError:
    return ValidationError(f"A batch has at most {MAX_LINES:,} lines", field=field)
