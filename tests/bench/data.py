"""The bench's rows: a thousand merchants with keys and money, and one merchant with a million payouts."""

import contextlib
import io
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.core.management import call_command
from django.db import connection

from ledger.models import MerchantBalance
from ledger.services.check import findings
from merchants.models import ApiKey, Merchant
from merchants.services.issue_key import new_key
from merchants.states import Scope
from mypay.kit import sql
from mypay.kit.crypto import sha256_hex
from mypay.kit.ids import uuid7

MERCHANTS = 1000
FUNDS = 10**13
_GROWING = (
    "kit_idempotencyrecord",
    "payouts_payout",
    "webhooks_attempt",
    "webhooks_delivery",
    "webhooks_event",
    "audit_auditentry",
    "ledger_transfer",
)
_CHUNK = 250_000
# Ids as uuid7 makes them, one a millisecond; every fifth row is another merchant's, in between.
_MANY = """
INSERT INTO payouts_payout (due_at, wake_at, attempts, id, merchant_reference, amount, currency, destination_type, bank_code,
 wallet_code, account_number, account_title, status, failure_reason, psp_reference, purpose, description, revision,
 created_at, updated_at, merchant_id)
SELECT NULL, NULL, 0, CONCAT(INSERT(LPAD(HEX(1700000000000 + seq), 12, '0'), 9, 0, '-'), '-7000-8000-000000000000'),
 CONCAT('R', seq), 100, 'PKR', 'BANK', 'HBL', '', '12345670001', 'A', 'SUCCESS', '', '', '', '', 0,
 '2026-01-01', '2026-01-01', IF(seq %% 5, %s, %s + 1 + seq %% 999)
FROM seq_{first}_to_{last}
"""


@dataclass(frozen=True)
class World:
    """Who there is, and where their keys lie for the load generator."""

    merchants: list[int]
    keys: list[str]
    spread_file: Path
    hot_file: Path


def migrate_and_seed(folder: Path) -> World:
    """Tables, seed data, and merchants with a payout key and funds each."""
    with contextlib.redirect_stdout(io.StringIO()):
        call_command("migrate", verbosity=0)
        call_command("seed")
    ids, keys = _merchants()
    reset()
    spread, hot = folder / "keys-spread.txt", folder / "keys-hot.txt"
    spread.write_text("\n".join(keys) + "\n")
    hot.write_text(keys[0] + "\n")
    return World(ids, keys, spread, hot)


def _merchants() -> tuple[list[int], list[str]]:
    Merchant.objects.bulk_create(
        Merchant(uuid=uuid7(), name=f"Bench {number}", company_name=f"Bench {number}", email=f"bench{number}@example.test")
        for number in range(MERCHANTS)
    )
    ids = list(Merchant.objects.filter(email__startswith="bench").order_by("pk").values_list("pk", flat=True))
    keys = [new_key() for _ in ids]
    ApiKey.objects.bulk_create(
        ApiKey(merchant_id=pk, scope=Scope.PAYOUTS, sha256=sha256_hex(key), encrypted="", hint=ApiKey.hint_of(key))
        for pk, key in zip(ids, keys, strict=True)
    )
    MerchantBalance.objects.bulk_create(MerchantBalance(merchant_id=pk, currency="PKR") for pk in ids)
    return ids, keys


def reset() -> None:
    """Fresh tables, so that no target pays for the rows of the one before; every balance has its funds again."""
    with connection.cursor() as cursor:
        cursor.execute("SET FOREIGN_KEY_CHECKS = 0")
        for table in _GROWING:
            cursor.execute(f"TRUNCATE TABLE {table}")
        cursor.execute("SET FOREIGN_KEY_CHECKS = 1")
        cursor.execute("UPDATE ledger_merchantbalance SET available = %s, reserved = 0, version = 1", [FUNDS])
        cursor.execute(
            "INSERT INTO ledger_transfer (id, balance_id, sequence, source, target, amount, available_after, entry_type,"
            " description, metadata, created_at) SELECT UUID(), id, 1, 'external', 'available', %s, %s, 'CREDIT', 'Funds', '', %s"
            " FROM ledger_merchantbalance",
            [FUNDS, FUNDS, datetime.now(UTC).replace(tzinfo=None)],
        )


def payouts() -> int:
    """How many there are, once the requests under way at a window's end are done too."""
    count, before = _payouts(), -1
    while count != before:
        time.sleep(0.2)
        count, before = _payouts(), count
    return count


def _payouts() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM payouts_payout")
        return int(cursor.fetchone()[0])


def check_ledger() -> None:
    """What `manage.py check_ledger` finds; anything at all ends the bench."""
    with sql.snapshot():
        found = list(findings())
    if found:
        raise SystemExit("check_ledger: " + "; ".join(found[:5]))


def many_payouts(world: World, rows: int) -> None:
    """One merchant with `rows` payouts, a quarter as many of all the others in between."""
    total = rows * 5 // 4
    with connection.cursor() as cursor:
        for first in range(1, total + 1, _CHUNK):
            last = min(first + _CHUNK - 1, total)
            cursor.execute(_MANY.format(first=first, last=last), [world.merchants[0], world.merchants[0]])
        cursor.execute("ANALYZE TABLE payouts_payout")
        cursor.fetchall()
