"""Pay the lines of a batch: the work that comes due.

A slice of lines is one transaction: their payouts, what became of each line, the batch's counts. Killed
at any moment, a worker leaves a slice wholly done or not at all. Two workers at one batch cannot both
commit the same slice, as its `revision` lets one of them through; and each line has an idempotency key
of its own, so that it could not be paid twice even so.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid5

import orjson
import structlog
from django.db import OperationalError

from audit import context
from audit.services.record import record
from audit.tags import Tag
from mypay.kit import clock, idempotency, scheduling, sql, wakeups
from mypay.kit.errors import ApiError, StaleState
from mypay.kit.idempotency import Claim
from mypay.settings import environment
from payouts.models import PayoutBatch, PayoutBatchLine
from payouts.services.confirm_batch import KIND
from payouts.services.create import create_payout
from payouts.services.process import PROCESSING_ERROR
from payouts.states import BatchStatus, LineStatus

log = structlog.get_logger("mypay.batches")
SLICE = 25
_TURN_SECONDS = 2.0
_PAUSE_SECONDS = 0.003  # SQLite has one writer at a time, who must let others in
_BUSY_SECONDS = 1
_CLOSED_SECONDS = 60
_FIELDS = ["status", "payout", "error_code", "error_field", "error"]
Pay = Callable[[PayoutBatch, PayoutBatchLine], None]


def work_batch(pk: Any, at: datetime | None) -> None:
    """Pay lines for about two seconds, then give other work its turn; a draft that is due is forgotten."""
    batch = PayoutBatch.objects.select_related("merchant").filter(pk=pk, due_at__isnull=False).first()
    if batch is None:
        return
    if batch.status == BatchStatus.DRAFT:
        PayoutBatch.objects.filter(pk=pk, status=BatchStatus.DRAFT, due_at__lte=clock.real_now()).delete()
        return
    if not batch.merchant.is_active:
        _wake(pk, _CLOSED_SECONDS)
        return
    context.start(request_id=f"batch-{batch.pk}", ip="")
    context.acts(actor_type=batch.actor_type or "system", actor_id=batch.actor_id, merchant_id=batch.merchant_id)
    try:
        _turn(pk)
    finally:
        context.end()


def _turn(pk: Any) -> None:
    until = time.monotonic() + _TURN_SECONDS
    try:
        while _next(pk):
            if time.monotonic() > until:
                _wake(pk)
                return
            time.sleep(_PAUSE_SECONDS)
    except ApiError as busy:
        log.info("the batch waits for the balance", batch=str(pk), reason=busy.message)
        _wake(pk, _BUSY_SECONDS)
    except OperationalError as problem:
        if not (sql.is_lock_timeout(problem) or sql.is_deadlock(problem)):
            raise
        _wake(pk, _BUSY_SECONDS)


def _next(pk: Any) -> bool:
    """Pay the next slice; whether there is more. A line that breaks us spoils no other."""
    try:
        return _slice(pk, SLICE, _pay)
    except StaleState:
        return True
    except (ApiError, OperationalError):
        raise
    except Exception:
        log.exception("a slice of a batch failed; paying it line by line", batch=str(pk))
        return all(_single(pk) for _ in range(SLICE))


def _single(pk: Any) -> bool:
    try:
        return _slice(pk, 1, _pay)
    except (ApiError, OperationalError, StaleState):
        raise
    except Exception:
        log.exception("a line of a batch failed", batch=str(pk))
        return _slice(pk, 1, _give_up)


def _slice(pk: Any, size: int, pay: Pay) -> bool:
    """One transaction of at most so many lines; whether there are more.

    Raises StaleState when somebody else changed the batch meanwhile; nothing is then written.
    """

    def effect() -> bool:
        batch = PayoutBatch.objects.select_related("merchant").filter(pk=pk, status=BatchStatus.RUNNING).first()
        if batch is None:
            return False
        lines = list(batch.lines.filter(status=LineStatus.WAITING).order_by("number")[:size])
        for line in lines:
            pay(batch, line)
        is_over = len(lines) >= batch.left_count or not lines
        sql.transact([_progress(batch, lines, is_over=is_over)])
        PayoutBatchLine.objects.bulk_update(lines, _FIELDS)
        if is_over:
            record(tag=Tag.PAYOUT_BATCH_DONE, resource_id=batch.pk, merchant_id=batch.merchant_id, details={"lines": batch.valid_count})
        return not is_over

    more: bool = sql.in_transaction(effect)
    return more


def _progress(batch: PayoutBatch, lines: list[PayoutBatchLine], *, is_over: bool) -> sql.Statement:
    """The batch with these lines counted, and held for another lease unless it is over."""
    created = sum(line.status == LineStatus.CREATED for line in lines)
    now = clock.real_now()
    values: dict[str, Any] = {
        "created_count": batch.created_count + created,
        "failed_count": batch.failed_count + len(lines) - created,
        "revision": batch.revision + 1,
        "attempts": 0,
        "wake_at": None if is_over else now + timedelta(seconds=environment.LEASE_SECONDS),
    }
    if is_over:
        values |= {"status": BatchStatus.DONE.value, "finished_at": clock.now(batch.merchant), "due_at": None}
    return sql.update(PayoutBatch, {"id": batch.pk, "revision": batch.revision}, values, refuse=sql.stale)


def _pay(batch: PayoutBatch, line: PayoutBatchLine) -> None:
    """The line's payout, or the refusal that a client of the API would have got."""
    reply = create_payout(merchant=batch.merchant, body=line.body, claim=_claim(batch, line))
    told = orjson.loads(reply.body)
    if reply.status == 201:
        line.status, line.payout_id = LineStatus.CREATED, told["data"]["id"]
        return
    line.status = LineStatus.FAILED
    line.error_code, line.error = told["error"]["code"], told["error"]["message"]
    line.error_field = reply.headers.get("X-MyPay-Error-Field", "")


def _give_up(batch: PayoutBatch, line: PayoutBatchLine) -> None:
    line.status, line.error_code, line.error = LineStatus.FAILED, "INTERNAL_ERROR", PROCESSING_ERROR


def _claim(batch: PayoutBatch, line: PayoutBatchLine) -> Claim:
    return idempotency.claim(
        owner_id=batch.merchant_id,
        header=str(uuid5(batch.pk, str(line.number))),
        method="POST",
        path=f"/payout-batches/{batch.pk}/lines/{line.number}",
        body=line.body,
        now=clock.now(batch.merchant),
    )


def _wake(pk: Any, seconds: int = 0) -> None:
    at = clock.real_now() + timedelta(seconds=seconds)
    PayoutBatch.objects.filter(pk=pk, status=BatchStatus.RUNNING).update(wake_at=at)
    wakeups.wake(KIND, at)


def abandon_batch(pk: Any, error: Exception) -> None:
    """A batch whose work keeps failing: what is not paid by now fails, and it is over."""
    left = PayoutBatchLine.objects.filter(batch_id=pk, status=LineStatus.WAITING).count()
    for _ in range(-(-left // scheduling.BATCH)):
        _slice(pk, scheduling.BATCH, _give_up)
