"""Settle: what has matured becomes available, less fees, in one batch a cut-off.

A run holds the merchant's balance row from its first read to its commit. Whoever adds an item moves
that row too, so nothing can be added or settled in between, however many schedulers run.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet, Sum

from audit.services.record import entry
from audit.tags import Tag
from ledger.models import MerchantBalance
from ledger.services import move
from merchants.services.send_message import notify
from merchants.states import Notice
from mypay.kit import clock, scheduling, sql
from mypay.kit.ids import uuid7
from mypay.kit.money import to_text
from payments.models import Settlement, SettlementItem, SettlementPlan
from payments.render import settlement_json
from payments.services.items import calendar_of
from payments.states import ItemKind
from webhooks.catalogue import EventType
from webhooks.services.emit import event

_CHUNK = 500


def run_settlement(pk: Any, at: datetime | None) -> None:
    """Due work: settle the plan's merchant and currency, if it is due at `at` (None: now on the merchant's clock)."""
    if due := scheduling.due(SettlementPlan.objects.select_related("merchant"), pk, at):
        plan, now = due
        settle(plan=plan, at=now)


def settle(*, plan: SettlementPlan, at: datetime, everything: bool = False) -> Settlement | None:
    """The batch of everything that has matured by `at`; None when that is nothing or less than the minimum.

    What is not settled waits for the next cut-off. With `everything` neither day nor minimum counts.
    Of two runs at once the second finds nothing left.
    """
    settled: Settlement | None = sql.in_transaction(lambda: _settle(plan, at, everything))
    return settled


def _settle(known: SettlementPlan, at: datetime, everything: bool) -> Settlement | None:
    balance = MerchantBalance.objects.select_for_update().filter(merchant_id=known.merchant_id, currency=known.currency).first()
    plan = SettlementPlan.objects.select_related("merchant").filter(pk=known.pk).first()
    if balance is None or plan is None:  # nothing was ever collected, or all was reset
        return None
    unsettled = SettlementItem.objects.filter(merchant_id=plan.merchant_id, currency=plan.currency, settlement=None)
    items = unsettled if everything else _matured(unsettled, balance.pending, at)
    batch = _batch(plan, items, at)
    is_last = batch.net >= 0 or batch.item_count == unsettled.count()
    is_due = _is_due(batch, 0 if everything else plan.minimum, balance.available, is_last=is_last)
    if is_due:
        _write(batch, items)
        net = f"{batch.currency} {to_text(batch.net, batch.currency)}"
        notify(merchant=plan.merchant, notice=Notice.SETTLEMENT_MADE, told={"net": net, "settlement": batch.pk})
    left = unsettled.order_by("settles_at").values_list("settles_at", flat=True).first()
    _rest_until(plan, left if left is None or left > at else calendar_of(plan).next_cutoff(at))
    return batch if is_due else None


def _matured(unsettled: QuerySet[SettlementItem], pending: int, at: datetime) -> QuerySet[SettlementItem]:
    """What has matured; along with it, earliest first, what was taken since of what is not there any more."""
    matured = unsettled.filter(settles_at__lte=at)
    excess, until = (matured.aggregate(sum=Sum("amount"))["sum"] or 0) - pending, at
    if excess > 0:
        taken = unsettled.filter(settles_at__gt=at, amount__lt=0).order_by("settles_at")
        for amount, settles_at in taken.values_list("amount", "settles_at"):
            excess, until = excess + amount, settles_at
            if excess <= 0:
                break
    return unsettled.filter(Q(settles_at__lte=at) | Q(settles_at__lte=until, amount__lt=0))


def _is_due(batch: Settlement, minimum: int, available: int, *, is_last: bool) -> bool:
    """Whether there is something to settle, and enough of it.

    A batch of which the merchant owes us, all refunded but for the fee, waits for payments to come;
    when none are on their way the balance pays for it.
    """
    if batch.net < 0:
        return is_last and minimum == 0 and available + batch.net >= 0
    return batch.item_count > 0 and batch.net >= minimum


def _batch(plan: SettlementPlan, items: QuerySet[SettlementItem], at: datetime) -> Settlement:
    """The batch that the items make, not yet written."""
    by_kind: dict[str, Any] = {
        row["kind"]: row for row in items.values("kind").order_by().annotate(sum=Sum("amount"), fees=Sum("fee"), taxes=Sum("tax"))
    }

    def total(name: str, *kinds: str) -> int:
        return sum(row[name] for kind, row in by_kind.items() if not kinds or kind in kinds)

    gross, funded = total("sum", ItemKind.PAYMENT), total("sum", ItemKind.FUNDING)
    fee, tax = total("fees"), total("taxes")
    return Settlement(
        id=uuid7(),
        merchant=plan.merchant,
        currency=plan.currency,
        item_count=items.count(),
        gross=gross,
        deducted=gross + funded - total("sum"),
        funded=funded,
        fee=fee,
        tax=tax,
        net=total("sum") - fee - tax,
        created_at=at,
    )


def _write(batch: Settlement, items: QuerySet[SettlementItem]) -> None:
    ids: list[UUID] = list(items.values_list("pk", flat=True))
    batch.save(force_insert=True)
    for start in range(0, len(ids), _CHUNK):
        SettlementItem.objects.filter(pk__in=ids[start : start + _CHUNK]).update(settlement=batch)
    seen, at = settlement_json(batch), batch.created_at
    sql.transact([
        event(merchant_id=batch.merchant_id, type=EventType.SETTLEMENT_CREATED, subject_id=batch.pk, data=seen, at=at),
        entry(tag=Tag.SETTLEMENT_CREATED, resource_id=batch.pk, merchant_id=batch.merchant_id, details={"net": seen["net"]}, at=at),
        *_moves(batch),
    ])  # fmt: skip


def _moves(batch: Settlement) -> list[sql.Statement]:
    details: dict[str, Any] = {
        "merchant_id": batch.merchant_id,
        "currency": batch.currency,
        "at": batch.created_at,
        "subject_id": batch.pk,
        "metadata": {"settlementId": str(batch.pk)},
    }
    day = f"{batch.created_at:%Y-%m-%d}"
    fees = batch.fee + batch.tax
    owed = (
        move.statements(move.fund(amount=-batch.net, description=f"Owed for the settlement of {day}", **details)) if batch.net < 0 else []
    )
    charged = move.statements(move.charge(amount=fees, description=f"Fees of the settlement of {day}", **details)) if fees else []
    paid = move.statements(move.settle_in(amount=batch.net, description=f"Settlement of {day}", **details)) if batch.net > 0 else []
    return [*owed, *charged, *paid]


def _rest_until(plan: SettlementPlan, due_at: datetime | None) -> None:
    SettlementPlan.objects.filter(pk=plan.pk).update(
        due_at=due_at, wake_at=clock.wake_at(plan.merchant, due_at), attempts=0, revision=F("revision") + 1
    )


def postpone_settlement(pk: Any, error: Exception) -> None:
    """A run that keeps failing is tried again at the next cut-off; while a clock is advanced its present lies behind."""
    plan = SettlementPlan.objects.select_related("merchant").get(pk=pk)
    now = clock.now(plan.merchant)
    _rest_until(plan, calendar_of(plan).next_cutoff(max(now, plan.due_at or now)))
