"""Say that a draft shall be paid, or that the rest of a batch shall not."""

from typing import Any

from django.db.models import F

from audit import context
from audit.services.record import record
from audit.tags import Tag
from merchants.models import Merchant
from mypay.kit import clock, idempotency, sql, wakeups
from mypay.kit.api import Reply, success
from mypay.kit.errors import ValidationError
from mypay.kit.idempotency import Claim
from payouts.errors import batch_is
from payouts.models import PayoutBatch
from payouts.render import batch_json
from payouts.selectors import get_batch
from payouts.states import BatchStatus, LineStatus

KIND = "payout_batch"


def started(merchant: Merchant) -> dict[str, Any]:
    """The columns of a batch that a worker may take now, in the name of whoever acts."""
    who, now = context.current(), clock.real_now()
    return {
        "status": BatchStatus.RUNNING.value,
        "actor_type": who.actor_type,
        "actor_id": who.actor_id,
        "due_at": now,
        "wake_at": now,
    }


def confirm_batch(*, merchant: Merchant, batch_id: str) -> PayoutBatch:
    """The draft, now on its way; confirming it again changes nothing.

    Raises NotFound, ValidationError when no line of it can be paid, InvalidStatus when it was cancelled.
    """
    batch = get_batch(merchant, batch_id)
    if batch.status == BatchStatus.DRAFT and not batch.valid_count:
        raise ValidationError("No line can be paid", field="lines")

    def effect() -> None:
        draft = PayoutBatch.objects.filter(pk=batch.pk, status=BatchStatus.DRAFT)
        if draft.update(**started(merchant), attempts=0, revision=F("revision") + 1):
            record(tag=Tag.PAYOUT_BATCH_CONFIRMED, resource_id=batch.pk, merchant_id=merchant.pk, details={"lines": batch.valid_count})

    sql.in_transaction(effect)
    batch = get_batch(merchant, batch_id)
    if batch.status == BatchStatus.CANCELLED:
        raise batch_is(batch.status)
    wakeups.wake(KIND, batch.wake_at)
    return batch


def cancel_batch(*, merchant: Merchant, batch_id: str) -> PayoutBatch:
    """The batch without its waiting lines; payouts that exist stay. Raises InvalidStatus (409) when it is done.

    Whoever pays lines of it just now finds its revision changed, and undoes what was not yet committed.
    """
    batch = get_batch(merchant, batch_id)

    def effect() -> int:
        running = PayoutBatch.objects.filter(pk=batch.pk, status__in=(BatchStatus.DRAFT, BatchStatus.RUNNING))
        over = {"status": BatchStatus.CANCELLED, "finished_at": clock.now(merchant), "due_at": None, "wake_at": None}
        if not running.update(**over, revision=F("revision") + 1):
            return 0
        stopped = batch.lines.filter(status=LineStatus.WAITING).update(status=LineStatus.CANCELLED)
        record(tag=Tag.PAYOUT_BATCH_CANCELLED, resource_id=batch.pk, merchant_id=merchant.pk, details={"lines": stopped})
        return 1

    changed = sql.in_transaction(effect)
    batch = get_batch(merchant, batch_id)
    if not changed and batch.status != BatchStatus.CANCELLED:
        raise batch_is(batch.status)
    return batch


def cancel_by_claim(*, merchant: Merchant, batch_id: str, claim: Claim) -> Reply:
    """200 with the cancelled batch, once under its key."""

    def effect() -> Reply:
        reply = success(200, batch_json(cancel_batch(merchant=merchant, batch_id=batch_id)), "Payout batch cancelled successfully")
        sql.transact([claim.record(reply)])
        return reply

    return idempotency.once(claim, lambda: sql.in_transaction(effect))
