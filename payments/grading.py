"""What is wrong with a statement, and how much of it a merchant's reconciliation found."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from mypay.kit.errors import ValidationError
from mypay.kit.ids import is_uuid
from payments.models import Settlement, StatementBreak
from payments.statements import Line, Statement, next_settlement
from payments.states import BreakKind

MAX_FINDINGS = 1000


@dataclass(frozen=True, slots=True)
class Finding:
    """What a reconciliation says is wrong: a kind of mistake, with a line or, where none is shown, its payment."""

    kind: BreakKind
    line_id: UUID | None = None
    payment_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Grade:
    """How a reconciliation did; `right` says it of each finding, in their order."""

    found: int
    missed: int
    wrong: int
    right: list[bool]

    @property
    def is_perfect(self) -> bool:
        return self.missed == 0 and self.wrong == 0


def answer_key(settlement: Settlement) -> list[StatementBreak]:
    """All that was planted in the statement, each with its item, payment and checkout, by line."""
    planted = StatementBreak.objects.filter(item__settlement=settlement)
    return list(planted.select_related("item__payment__checkout").order_by("item_id"))


def grade(settlement: Settlement, findings: Sequence[Finding]) -> Grade:
    """Compare findings with what was planted; each mistake is found once.

    A late line that has not come yet cannot be told from a missing one, so either word is right. One
    that has come here, of the statement before, may be named but need not be.
    """
    is_latest = next_settlement(settlement) is None
    unfound, arrivals = answer_key(settlement), Statement(settlement).arrivals
    found, right = 0, [False] * len(findings)
    # Those that name a line first: one that names a payment may mean any of its lines.
    for place in sorted(range(len(findings)), key=lambda place: findings[place].line_id is None):
        finding = findings[place]
        if made := _meant(finding, unfound, is_latest):
            unfound.remove(made)
            found, right[place] = found + 1, True
        elif finding.kind == BreakKind.LATE_LINE and (arrival := next((line for line in arrivals if _names(finding, line)), None)):
            arrivals.remove(arrival)
            right[place] = True
    return Grade(found, len(unfound), right.count(False), right)


def _meant(finding: Finding, unfound: list[StatementBreak], is_latest: bool) -> StatementBreak | None:
    """The mistake that the finding tells of, the kind it says before the one it may also mean."""
    named = [made for made in unfound if finding.line_id in (None, made.item_id) and finding.payment_id in (None, made.item.payment_id)]
    exactly = [made for made in named if made.kind == finding.kind]
    late = [made for made in named if is_latest and finding.kind == BreakKind.MISSING_LINE and made.kind == BreakKind.LATE_LINE]
    return next(iter(exactly + late), None)


def _names(finding: Finding, line: Line) -> bool:
    return finding.line_id in (None, line.id) and finding.payment_id in (None, line.payment_id)


def read_findings(value: Any) -> list[Finding]:
    """`findings` of a body; raises ValidationError naming the member."""
    if not isinstance(value, list) or len(value) > MAX_FINDINGS:
        raise ValidationError(f"findings must be a list of at most {MAX_FINDINGS}", field="findings")
    return [_finding(row, f"findings[{place}]") for place, row in enumerate(value)]


def _finding(row: Any, where: str) -> Finding:
    if not isinstance(row, dict) or set(row) - {"kind", "lineId", "paymentId"}:
        raise ValidationError(f"{where} must be an object of kind and lineId or paymentId", field=where)
    if row.get("kind") not in BreakKind.values:
        raise ValidationError(f"{where}.kind must be one of {', '.join(BreakKind.values)}", field=f"{where}.kind")
    keys = {name: row[name] for name in ("lineId", "paymentId") if row.get(name) is not None}
    for name, key in keys.items():
        if not isinstance(key, str) or not is_uuid(key):
            raise ValidationError(f"{where}.{name} must be an id", field=f"{where}.{name}")
    if not keys:
        raise ValidationError(f"{where} needs lineId or paymentId", field=where)
    line_id, payment_id = (UUID(keys[name]) if name in keys else None for name in ("lineId", "paymentId"))
    return Finding(BreakKind(row["kind"]), line_id, payment_id)
