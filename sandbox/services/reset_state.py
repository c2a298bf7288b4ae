"""Make a merchant as new: its activity gone, its money as at the opening, its clock real time."""

from audit.services.record import record
from audit.tags import Tag
from merchants.models import Merchant
from mypay.kit import sql
from sandbox.belongings import erase, state
from sandbox.opening import opening
from sandbox.services.locking import locked
from sandbox.services.rules import require_sandbox


def reset_state(*, merchant: Merchant) -> int:
    """Remove all the merchant did; returns how many rows that were.

    Merchant, members, keys, child sandboxes and snapshots stay, and so does the audit trail.
    Raises ApiError 409 while the clock is being advanced.
    """
    require_sandbox(merchant)

    def effect() -> int:
        row = locked(merchant.pk)
        amounts = opening().amounts(row.pk)
        removed = erase(state(), row.pk)
        row.clock_offset_ms, row.clock_frozen_ms, row.has_scenarios, row.has_faults = 0, None, False, False
        row.save(update_fields=["clock_offset_ms", "clock_frozen_ms", "has_scenarios", "has_faults"])
        record(tag=Tag.STATE_RESET, resource_id=row.pk, merchant_id=row.pk, details={"removed": removed})
        opening().open(merchant=row, amounts=amounts)
        return removed

    removed: int = sql.in_transaction(effect)
    return removed
