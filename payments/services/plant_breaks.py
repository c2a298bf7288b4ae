"""Plant mistakes in a statement, for a reconciliation to find; the same seed plants the same."""

import random
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from audit.services.record import record
from audit.tags import Tag
from merchants.models import Merchant
from mypay.kit import sql
from mypay.kit.errors import ValidationError
from payments.models import Settlement, SettlementItem, StatementBreak
from payments.selectors import get_settlement
from payments.states import BreakKind
from sandbox.services.rules import require_sandbox

MAX_COUNT = 50
# Kinds that few lines fit choose first.
_ORDER = (BreakKind.WRONG_FEE, BreakKind.WRONG_AMOUNT, BreakKind.MISSING_LINE, BreakKind.DOUBLE_LINE, BreakKind.LATE_LINE)


class _Candidate(NamedTuple):
    """A line that nothing is wrong with yet."""

    pk: UUID
    amount: int
    fee: int

    def fits(self, kind: BreakKind) -> bool:
        return self.fee > 0 if kind == BreakKind.WRONG_FEE else True


def plant_breaks(
    *, merchant: Merchant, settlement_id: str, kinds: Sequence[BreakKind] = (), seed: str = "", count: int = 1
) -> list[StatementBreak]:
    """`count` mistakes of each kind in the settlement's statement, on lines that have none yet.

    Without `kinds` of every kind, as far as there are lines; kinds asked for are planted in full or
    refused. The seed chooses lines by their place, so that a test that does the same gets the same.
    Raises NotFound, ValidationError, ApiError 403 for a live merchant.
    """
    require_sandbox(merchant)
    key = get_settlement(merchant, settlement_id).pk

    def effect() -> list[StatementBreak]:
        settlement = Settlement.objects.select_for_update().get(pk=key)
        planted = _planted(settlement, [kind for kind in _ORDER if kind in (kinds or _ORDER)], seed, count)
        for kind in kinds:
            if sum(made.kind == kind for made in planted) < count:
                raise ValidationError(f"There are not enough lines left for {kind}", field="kinds")
        if not planted:
            raise ValidationError("There is no line left to break", field="kinds")
        StatementBreak.objects.bulk_create(planted)
        details = {"kinds": ", ".join(sorted({made.kind for made in planted})), "count": len(planted), "seed": seed}
        record(tag=Tag.STATEMENT_BROKEN, resource_id=settlement.pk, merchant_id=merchant.pk, details=details)
        return planted

    made: list[StatementBreak] = sql.in_transaction(effect)
    return made


def remove_breaks(*, merchant: Merchant, settlement_id: str) -> int:
    """Make the statement true again; returns how many mistakes were in it. Raises NotFound."""
    require_sandbox(merchant)
    settlement = get_settlement(merchant, settlement_id)

    def effect() -> int:
        removed, _ = StatementBreak.objects.filter(item__settlement=settlement).delete()
        if removed:
            record(tag=Tag.STATEMENT_BROKEN, resource_id=settlement.pk, merchant_id=merchant.pk, details={"removed": removed})
        return removed

    count: int = sql.in_transaction(effect)
    return count


def _planted(settlement: Settlement, kinds: list[BreakKind], seed: str, count: int) -> list[StatementBreak]:
    draw = random.Random(seed)  # the seed is told, nothing is secret
    whole = SettlementItem.objects.filter(settlement=settlement, planted=None).order_by("pk")
    free = [_Candidate(*row) for row in whole.values_list("pk", "amount", "fee")]
    made: list[StatementBreak] = []
    for kind in kinds:
        fitting = [line for line in free if line.fits(kind)]
        chosen = draw.sample(fitting, min(count, len(fitting)))
        taken = {line.pk for line in chosen}
        free = [line for line in free if line.pk not in taken]
        made += [
            StatementBreak(merchant_id=settlement.merchant_id, item_id=line.pk, kind=kind.value, amount=_wrong(kind, line, draw))
            for line in chosen
        ]
    return made


def _wrong(kind: BreakKind, line: _Candidate, draw: random.Random) -> int | None:
    """What the line then says."""
    if kind == BreakKind.WRONG_AMOUNT:
        return _mistyped(line.amount, draw)
    return _off(line.fee, draw) if kind == BreakKind.WRONG_FEE else None


def _mistyped(amount: int, draw: random.Random) -> int:
    """Two digits changed places, or a few percent off where that changes nothing."""
    digits = str(abs(amount))
    places = [place for place in range(len(digits) - 1) if digits[place] != digits[place + 1] and (place or digits[1] != "0")]
    if not places:
        return _off(amount, draw)
    place = draw.choice(places)
    swapped = int(digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :])
    return -swapped if amount < 0 else swapped


def _off(value: int, draw: random.Random) -> int:
    """A few percent more or less, by one at least, and still on the same side of zero."""
    off = max(1, abs(value) * draw.randint(2, 9) // 100)
    size = abs(value) + (off if off >= abs(value) else draw.choice((-off, off)))
    return -size if value < 0 else size
