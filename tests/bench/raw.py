"""The bare statements of one payout's transaction, run by mysqlclient processes: the limit."""

import json
import multiprocessing
import os
import time
import uuid
from typing import Any

import MySQLdb

NOW = "2026-01-01 00:00:00.000000"
STATEMENTS = (
    "INSERT INTO kit_idempotencyrecord (owner_id, `key`, fingerprint, status, body, expires_at) VALUES (%s, %s, %s, 201, %s, %s)",
    "INSERT INTO payouts_payout (due_at, wake_at, attempts, id, merchant_reference, amount, currency, destination_type, bank_code,"
    " wallet_code, account_number, account_title, status, failure_reason, psp_reference, purpose, description, revision,"
    " created_at, updated_at, merchant_id) VALUES (%s, %s, 0, %s, %s, 100, 'PKR', 'BANK', 'HBL', '', '12345670001', 'A', 'PENDING',"
    " '', '', '', '', 0, %s, %s, %s)",
    "INSERT INTO webhooks_event (due_at, wake_at, attempts, id, merchant_id, type, subject_id, data, trick, created_at)"
    " VALUES (%s, %s, 0, %s, %s, 'payout.created', %s, %s, '', %s)",
    "INSERT INTO audit_auditentry (at, actor_type, actor_id, merchant_id, action, resource_id, details, ip_address, request_id)"
    " VALUES (%s, 'merchant', '1', %s, 'payout.created', %s, %s, '127.0.0.1', %s)",
    "UPDATE ledger_merchantbalance SET available = available - 100, reserved = reserved + 100, version = version + 1"
    " WHERE merchant_id = %s AND currency = 'PKR' AND available >= 100",
    "INSERT INTO ledger_transfer (id, amount, entry_type, description, subject_id, metadata, created_at, source, target, balance_id,"
    " sequence, available_after) SELECT %s, 100, 'DEBIT', %s, %s, %s, %s, 'available', 'reserved', id, version, available"
    " FROM ledger_merchantbalance WHERE merchant_id = %s AND currency = 'PKR'",
)
_PATIENCE = 30.0
_REPLY = json.dumps({"success": True, "message": "Payout created successfully", "data": {"filler": "x" * 420}})
_DATA = json.dumps({"filler": "x" * 420})


def _worker(server: dict[str, Any], merchants: list[int], seconds: float, start: Any, done: Any) -> None:
    from mypay.kit.ids import uuid7

    connection = MySQLdb.connect(**server, charset="utf8mb4")
    connection.autocommit(False)
    cursor = connection.cursor()
    cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
    connection.commit()
    start.wait()
    end, count = time.monotonic() + seconds, 0
    offset = os.getpid()
    while time.monotonic() < end:
        merchant = merchants[(count * 7 + offset) % len(merchants)]
        payout, about = str(uuid7()), '{"payoutId":"x","merchantReference":"y"}'
        params = (
            (merchant, str(uuid.uuid4()), "f" * 64, _REPLY, NOW),
            (NOW, NOW, payout, payout, NOW, NOW, merchant),
            (NOW, NOW, str(uuid7()), merchant, payout, _DATA, NOW),
            (NOW, merchant, payout, about, payout),
            (merchant,),
            (str(uuid7()), f"Payout created: {payout}", payout, about, NOW, merchant),
        )
        for statement, values in zip(STATEMENTS, params, strict=True):
            cursor.execute(statement, values)
        connection.commit()
        count += 1
    done.put(count)


def measure(server: dict[str, Any], merchants: list[int], *, processes: int = 8, seconds: float = 4.0) -> float:
    """Transactions a second of `processes` bare loops over `merchants`; a loop that fails ends the bench."""
    context = multiprocessing.get_context("spawn")
    start, done = context.Barrier(processes + 1), context.Queue()
    workers = [context.Process(target=_worker, args=(server, merchants, seconds, start, done), daemon=True) for _ in range(processes)]
    for worker in workers:
        worker.start()
    start.wait(timeout=_PATIENCE)
    total = sum(done.get(timeout=seconds + _PATIENCE) for _ in workers)
    for worker in workers:
        worker.join()
    return float(total) / seconds
