"""Keep a batch of payouts: as a draft to look at, or to be paid at once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from audit.services.record import record
from audit.tags import Tag
from merchants.models import Merchant
from merchants.selectors import require_feature
from merchants.states import FlagKey
from mypay.kit import clock, idempotency, sql, wakeups
from mypay.kit.api import Reply, success
from mypay.kit.errors import ValidationError
from mypay.kit.idempotency import Claim
from mypay.kit.ids import uuid7
from payouts.batch_file import RawLine
from payouts.models import PayoutBatch, PayoutBatchLine
from payouts.render import batch_json
from payouts.services.check_lines import check_lines
from payouts.services.confirm_batch import KIND, started
from payouts.states import BatchStatus, LineStatus
from payouts.validation import CURRENCY

DRAFT_LIFE = timedelta(days=1)
_CHUNK = 500


def create_batch(*, merchant: Merchant, read: Callable[[], list[RawLine]], name: str, claim: Claim) -> Reply:
    """201 with the batch on its way; its bad lines are kept, named and never paid.

    Raises through the kept reply: what `read` raises, ValidationError when no line can be paid.
    Raises Forbidden (403) where the feature is off.
    """
    require_feature(FlagKey.BULK_PAYOUTS, merchant)

    def effect() -> Reply:
        lines = check_lines(merchant=merchant, raw=read())
        if all(line.status == LineStatus.INVALID for line in lines):
            raise ValidationError("No line can be paid", field="lines", detail=f"line {lines[0].number}: {lines[0].error}")

        def write() -> Reply:
            batch = _save(merchant, lines, name, started(merchant))
            reply = success(201, batch_json(batch), "Payout batch created successfully")
            sql.transact([claim.record(reply)])
            return reply

        reply: Reply = sql.in_transaction(write)
        return reply

    reply = idempotency.once(claim, effect)
    wakeups.wake(KIND, clock.real_now())
    return reply


def draft_batch(*, merchant: Merchant, raw: list[RawLine], name: str) -> PayoutBatch:
    """The batch as a draft: nothing is paid until it is confirmed, and in a day it is forgotten."""
    require_feature(FlagKey.BULK_PAYOUTS, merchant)
    lines = check_lines(merchant=merchant, raw=raw)
    forgotten_at = clock.real_now() + DRAFT_LIFE
    values = {"status": BatchStatus.DRAFT.value, "due_at": forgotten_at, "wake_at": forgotten_at}
    batch: PayoutBatch = sql.in_transaction(lambda: _save(merchant, lines, name, values))
    return batch


def _save(merchant: Merchant, lines: list[PayoutBatchLine], name: str, values: dict[str, Any]) -> PayoutBatch:
    batch = PayoutBatch(
        id=uuid7(),
        merchant=merchant,
        name=name,
        currency=CURRENCY,
        amount=sum(line.amount for line in lines if line.status == LineStatus.WAITING),
        line_count=len(lines),
        invalid_count=sum(line.status == LineStatus.INVALID for line in lines),
        created_at=clock.now(merchant),
        **values,
    )
    batch.save(force_insert=True)
    for line in lines:
        line.batch = batch
    PayoutBatchLine.objects.bulk_create(lines, batch_size=_CHUNK)
    details = {"lines": batch.line_count, "invalid": batch.invalid_count, "status": str(batch.status)}
    record(tag=Tag.PAYOUT_BATCH_CREATED, resource_id=batch.pk, merchant_id=merchant.pk, details=details)
    return batch
