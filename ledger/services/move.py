"""The one place that moves balances.

A move is two statements, run last before COMMIT so that a busy merchant's row is held as briefly
as can be (performance 3.1): one conditional UPDATE takes the amount from one bucket to another
and fails if it is not there; one INSERT writes the transfer with the sequence number and the
available amount the UPDATE left.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from ledger.models import MerchantBalance, Transfer
from ledger.states import HELD, Bucket, EntryType
from mypay.kit import sql
from mypay.kit.errors import InsufficientBalance
from mypay.kit.ids import uuid7
from mypay.kit.jsonbody import dumps


@dataclass(frozen=True, slots=True)
class Move:
    """An amount of minor units on its way between two buckets; `at` is the merchant's time.

    A forced move takes what is not there: a chargeback leaves the available bucket below zero.
    """

    merchant_id: int
    currency: str
    amount: int
    source: Bucket
    target: Bucket
    entry_type: EntryType
    description: str
    at: datetime
    subject_id: UUID | None = None
    metadata: dict[str, str] | None = None
    forced: bool = False


def reserve(**details: Any) -> Move:
    """Available to reserved: a payout is promised."""
    return Move(source=Bucket.AVAILABLE, target=Bucket.RESERVED, entry_type=EntryType.DEBIT, **details)


def release(**details: Any) -> Move:
    """Reserved back to available: the payout will not happen."""
    return Move(source=Bucket.RESERVED, target=Bucket.AVAILABLE, entry_type=EntryType.CREDIT, **details)


def settle_out(**details: Any) -> Move:
    """Reserved to outside: the payout has happened; what is available does not change."""
    return Move(source=Bucket.RESERVED, target=Bucket.EXTERNAL, entry_type=EntryType.SETTLEMENT, **details)


def top_up(**details: Any) -> Move:
    """Outside to available: money comes in."""
    return Move(source=Bucket.EXTERNAL, target=Bucket.AVAILABLE, entry_type=EntryType.CREDIT, **details)


def collect(**details: Any) -> Move:
    """Outside to pending: a payer has paid; settlement will make it available."""
    return Move(source=Bucket.EXTERNAL, target=Bucket.PENDING, entry_type=EntryType.COLLECTION, **details)


def refund(**details: Any) -> Move:
    """Pending to outside: a payer gets money back, or the rail takes back what it paid."""
    return Move(source=Bucket.PENDING, target=Bucket.EXTERNAL, entry_type=EntryType.REFUND, **details)


def refund_failed(**details: Any) -> Move:
    """Outside to pending: a refund did not arrive and is the merchant's again."""
    return Move(source=Bucket.EXTERNAL, target=Bucket.PENDING, entry_type=EntryType.REFUND, **details)


def withhold(**details: Any) -> Move:
    """Pending to disputed: a payer's bank asks for the amount."""
    return Move(source=Bucket.PENDING, target=Bucket.DISPUTED, entry_type=EntryType.DISPUTE, **details)


def dispute_won(**details: Any) -> Move:
    """Disputed back to pending."""
    return Move(source=Bucket.DISPUTED, target=Bucket.PENDING, entry_type=EntryType.DISPUTE, **details)


def dispute_lost(**details: Any) -> Move:
    """Disputed to outside: the payer's bank keeps it."""
    return Move(source=Bucket.DISPUTED, target=Bucket.EXTERNAL, entry_type=EntryType.DISPUTE, **details)


def fund(**details: Any) -> Move:
    """Available to pending: what a refund or dispute takes beyond what is pending."""
    return Move(source=Bucket.AVAILABLE, target=Bucket.PENDING, entry_type=EntryType.DEBIT, **details)


def charge(**details: Any) -> Move:
    """Pending to fees: our price for a settled batch."""
    return Move(source=Bucket.PENDING, target=Bucket.FEES, entry_type=EntryType.FEE, **details)


def settle_in(**details: Any) -> Move:
    """Pending to available: a settled batch, less fees."""
    return Move(source=Bucket.PENDING, target=Bucket.AVAILABLE, entry_type=EntryType.CREDIT, **details)


def statements(move: Move) -> list[sql.Statement]:
    """The move as the last statements of the caller's transaction.

    Running them raises InsufficientBalance when the source bucket holds less than the amount or
    the merchant has no balance in that currency; the transaction is then undone.
    """
    is_guarded = move.source in HELD and not move.forced
    update, insert = _plan(move.source, move.target, is_guarded)
    connection = sql.database()
    as_uuid, as_date = Transfer._meta.get_field("subject_id"), Transfer._meta.get_field("created_at")
    prepared = [
        as_uuid.get_db_prep_save(uuid7(), connection),
        move.amount,
        move.entry_type.value,
        move.description,
        as_uuid.get_db_prep_save(move.subject_id, connection),
        dumps(move.metadata).decode() if move.metadata else "",
        as_date.get_db_prep_save(move.at, connection),
    ]
    where = [move.merchant_id, move.currency]
    needs = [move.amount] if is_guarded else []
    changes = [move.amount] * ((move.source in HELD) + (move.target in HELD))
    return [
        sql.Statement(update, [*changes, *where, *needs], refuse=_insufficient),
        sql.Statement(insert, [*prepared, *where]),
    ]


def _insufficient() -> Exception:
    return InsufficientBalance("Insufficient balance", field="amount")


@cache
def _plan(source: Bucket, target: Bucket, is_guarded: bool) -> tuple[str, str]:
    quote = sql.database().ops.quote_name
    balances, transfers = quote(MerchantBalance._meta.db_table), quote(Transfer._meta.db_table)
    changes = [f"{bucket.value} = {bucket.value} {sign} %s" for bucket, sign in ((source, "-"), (target, "+")) if bucket in HELD]
    enough = f" AND {source.value} >= %s" if is_guarded else ""
    update = f"UPDATE {balances} SET {', '.join(changes)}, version = version + 1 WHERE merchant_id = %s AND currency = %s{enough}"
    insert = (
        f"INSERT INTO {transfers} (id, amount, entry_type, description, subject_id, metadata, created_at, "
        f"source, target, balance_id, sequence, available_after) "
        f"SELECT %s, %s, %s, %s, %s, %s, %s, '{source.value}', '{target.value}', id, version, available "
        f"FROM {balances} WHERE merchant_id = %s AND currency = %s"
    )
    return update, insert
