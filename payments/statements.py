"""A settlement's statement: its lines in the order they came about, as the merchant is told them.

Mistakes planted in it (`StatementBreak`) show here and nowhere else: the settlement's own sums and the
ledger stay true. A late line comes first in the next statement of the currency, a doubled one once
more at the end. Everything is read by key and in batches, however long the statement.
"""

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import islice
from uuid import UUID

from django.db.models import QuerySet

from mypay.kit.errors import ValidationError
from mypay.kit.ids import is_uuid
from mypay.kit.paging import DEFAULT_LIMIT, MAX_LIMIT, MAX_PAGE, Page, whole
from payments.models import Settlement, SettlementItem, StatementBreak
from payments.states import BreakKind, ItemKind

_BATCH = 1000
_COLUMNS = ("id", "kind", "payment_id", "payment__checkout__reference", "subject_id", "created_at", "amount", "fee", "tax")
_HIDING = (BreakKind.MISSING_LINE, BreakKind.LATE_LINE)
_CURSOR = re.compile(r"([0-9]{1,9}):(.*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Line:
    """One line; money in minor units, `amount` signed as the pending bucket moved."""

    id: UUID
    kind: str
    payment_id: UUID
    reference: str
    subject_id: UUID
    at: datetime
    amount: int
    fee: int
    tax: int

    @property
    def net(self) -> int:
        return self.amount - self.fee - self.tax

    @property
    def title(self) -> str:
        """What kind of line it is, in words."""
        return str(ItemKind(self.kind).label)


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums of some lines, in minor units."""

    count: int
    amount: int
    fee: int
    tax: int

    @property
    def net(self) -> int:
        return self.amount - self.fee - self.tax


def totals(lines: Iterable[Line]) -> Totals:
    """What those lines come to."""
    count = amount = fee = tax = 0
    for line in lines:
        count, amount, fee, tax = count + 1, amount + line.amount, fee + line.fee, tax + line.tax
    return Totals(count, amount, fee, tax)


def next_settlement(settlement: Settlement) -> Settlement | None:
    """The settlement of the same currency that followed; None if there is none yet."""
    return _alike(settlement).filter(pk__gt=settlement.pk).order_by("pk").first()


def _alike(settlement: Settlement) -> QuerySet[Settlement]:
    return Settlement.objects.filter(merchant_id=settlement.merchant_id, currency=settlement.currency)


class Statement:
    """The lines of one settlement; two queries for what is planted, then as many as are read."""

    def __init__(self, settlement: Settlement) -> None:
        self.settlement = settlement

    @cached_property
    def _planted(self) -> dict[UUID, tuple[str, int | None, Line]]:
        """By item: the break, what it says, and the true line."""
        found = StatementBreak.objects.filter(item__settlement_id=self.settlement.pk).order_by("item_id")
        rows = found.values_list("kind", "amount", *(f"item__{column}" for column in _COLUMNS))
        return {line[0]: (kind, amount, Line(*line)) for kind, amount, *line in rows}

    @cached_property
    def arrivals(self) -> list[Line]:
        """The late lines of the statement before this one."""
        before = _alike(self.settlement).filter(pk__lt=self.settlement.pk).order_by("-pk").values("pk")[:1]
        late = StatementBreak.objects.filter(kind=BreakKind.LATE_LINE, item__settlement_id=before).order_by("item_id")
        return [Line(*row) for row in late.values_list(*(f"item__{column}" for column in _COLUMNS))]

    @cached_property
    def _hidden(self) -> list[UUID]:
        return [pk for pk, (kind, _, _) in self._planted.items() if kind in _HIDING]

    @cached_property
    def _doubles(self) -> list[Line]:
        return [line for kind, _, line in self._planted.values() if kind == BreakKind.DOUBLE_LINE]

    @property
    def _own(self) -> int:
        """How many lines stand between what is late and what is doubled."""
        return self.settlement.item_count - len(self._hidden)

    @property
    def count(self) -> int:
        """How many lines there are."""
        return len(self.arrivals) + self._own + len(self._doubles)

    def __iter__(self) -> Iterator[Line]:
        """All lines, read in batches."""
        yield from self.arrivals
        yield from self._from(None, self._own)
        yield from self._doubles

    def first(self, limit: int) -> list[Line]:
        """At most so many lines from the beginning."""
        return list(islice(self, limit))

    def page(self, query: Mapping[str, str]) -> Page:
        """The page that `query` asks for, by `page` and `limit` or by `cursor`; raises ValidationError on a bad cursor."""
        limit = whole(query.get("limit"), DEFAULT_LIMIT, MAX_LIMIT)
        if "cursor" in query:
            start, after = _decoded(query["cursor"])
            lines = self._slice(start, limit, after)
            own = [line.id for line in lines[: max(0, len(self.arrivals) + self._own - start)]]
            end = start + len(lines)
            following = _encoded(end, own[-1] if own else after) if lines and end < self.count else None
            return Page(lines, {"limit": limit, "nextCursor": following})
        number = whole(query.get("page"), 1, MAX_PAGE)
        pages = -(-self.count // limit)
        return Page(
            self._slice((number - 1) * limit, limit, None), {"page": number, "limit": limit, "total": self.count, "totalPages": pages}
        )

    def _slice(self, start: int, limit: int, after: UUID | None) -> list[Line]:
        """Lines from a position on; `after` is the own line before it, if known."""
        lines = self.arrivals[start : start + limit]
        own_start = max(0, start - len(self.arrivals))
        wanted = min(limit - len(lines), self._own - own_start)
        if wanted > 0:
            lines += self._from(after, wanted) if after or own_start == 0 else self._at(own_start, wanted)
        past = start + len(lines) - len(self.arrivals) - self._own
        return lines + (self._doubles[past : past + limit - len(lines)] if past >= 0 else [])

    @property
    def _rows(self) -> QuerySet[SettlementItem]:
        return SettlementItem.objects.filter(settlement_id=self.settlement.pk).exclude(pk__in=self._hidden).order_by("pk")

    def _at(self, start: int, count: int) -> list[Line]:
        return self._read(self._rows.values_list("pk", flat=True)[start : start + count])

    def _from(self, after: UUID | None, count: int) -> Iterator[Line]:
        """The next own lines after one of them."""
        while count > 0:
            rows = self._rows if after is None else self._rows.filter(pk__gt=after)
            lines = self._read(rows.values_list("pk", flat=True)[: min(count, _BATCH)])
            if not lines:  # all was reset meanwhile
                return
            yield from lines
            after, count = lines[-1].id, count - len(lines)

    def _read(self, keys: Iterable[UUID]) -> list[Line]:
        """The keys come from the covering index; the rows, with what they join, by key."""
        rows = SettlementItem.objects.filter(pk__in=list(keys)).order_by("pk").values_list(*_COLUMNS)
        return [self._told(Line(*row)) for row in rows]

    def _told(self, line: Line) -> Line:
        kind, amount, _ = self._planted.get(line.id, ("", None, line))
        if kind == BreakKind.WRONG_AMOUNT and amount is not None:
            return replace(line, amount=amount)
        if kind == BreakKind.WRONG_FEE and amount is not None:
            return replace(line, fee=amount)
        return line


def _encoded(position: int, last: UUID | None) -> str:
    return base64.urlsafe_b64encode(f"{position}:{last or ''}".encode()).decode().rstrip("=")


def _decoded(cursor: str) -> tuple[int, UUID | None]:
    """The position to go on from, and the own line before it."""
    if not cursor:
        return 0, None
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError:
        text = ""
    parts = _CURSOR.fullmatch(text)
    if parts is None or not (parts[2] == "" or is_uuid(parts[2])):
        raise ValidationError("cursor is not one of ours", field="cursor")
    return int(parts[1]), UUID(parts[2]) if parts[2] else None
