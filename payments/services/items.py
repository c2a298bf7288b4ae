"""What is pending, item by item: each move of the pending bucket with the day it settles."""

from datetime import datetime
from typing import Any
from uuid import UUID

from ledger.models import MerchantBalance
from ledger.services import move
from merchants.models import Merchant
from mypay.kit import clock, sql
from mypay.kit.errors import InsufficientBalance
from mypay.kit.ids import uuid7
from payments.calendar import Calendar, Country
from payments.fees import Tariff
from payments.models import Payment, SettlementItem, SettlementPlan
from payments.states import ItemKind
from payments.terms import usual_terms

_MOVES = {
    ItemKind.PAYMENT: move.collect,
    ItemKind.REFUND: move.refund,
    ItemKind.REFUND_FAILURE: move.refund_failed,
    ItemKind.DISPUTE: move.withhold,
    ItemKind.DISPUTE_WON: move.dispute_won,
    ItemKind.REVERSAL: move.refund,
    ItemKind.FUNDING: move.fund,
}
_TEXTS = {
    ItemKind.PAYMENT: "Payment collected",
    ItemKind.REFUND: "Payment refunded",
    ItemKind.REFUND_FAILURE: "Refund failed",
    ItemKind.DISPUTE: "Payment disputed",
    ItemKind.DISPUTE_WON: "Dispute won",
    ItemKind.REVERSAL: "Payment reversed",
    ItemKind.FUNDING: "Taken from the balance for",
}


def plan_of(merchant: Merchant, currency: str) -> SettlementPlan:
    """The merchant's plan for the currency, made with the usual terms of its country if there is none."""
    found = SettlementPlan.objects.filter(merchant=merchant, currency=currency).first()
    return found or SettlementPlan.objects.get_or_create(merchant=merchant, currency=currency, defaults=usual_terms(currency))[0]


def make_ready(merchant: Merchant, currency: str) -> SettlementPlan:
    """Have balance and plan there, which it returns; best before a transaction begins.

    First payments at once that make them in their transactions lock each other out.
    """
    plan = plan_of(merchant, currency)
    MerchantBalance.objects.get_or_create(merchant=merchant, currency=currency)
    return plan


def calendar_of(plan: SettlementPlan) -> Calendar:
    return Calendar(country=Country(plan.country), delay_days=plan.delay_days, cutoff=plan.cutoff)


def tariff_of(plan: SettlementPlan) -> Tariff:
    return Tariff(fixed=plan.fee_fixed, rate_ppm=plan.fee_ppm, minimum=plan.fee_minimum, tax_ppm=plan.tax_ppm)


def brought(*, payment: Payment, kind: ItemKind, subject_id: UUID, amount: int, at: datetime) -> list[sql.Statement]:
    """Money that becomes pending, with its item: the last statements of the caller's transaction.

    A payment pays the plan's fee, what comes back to the merchant none: it settles with its payment.
    """
    plan = make_ready(payment.merchant, payment.currency)
    charge = tariff_of(plan).charge(amount) if kind == ItemKind.PAYMENT else None
    item = _item(payment, kind, subject_id, amount, at)
    item.fee, item.tax = (charge.fee, charge.tax) if charge else (0, 0)
    item.settles_at = calendar_of(plan).settles_at(at) if kind == ItemKind.PAYMENT else _settles_at(plan, payment, at)
    return [*move.statements(_move(item, payment)), sql.insert(item), _due_by(plan, payment.merchant, item.settles_at)]


def taken(*, payment: Payment, kind: ItemKind, subject_id: UUID, amount: int, at: datetime, is_forced: bool = False) -> list[sql.Statement]:
    """Money that is pending no more, with its items, as the last statements of the caller's open transaction.

    What is not pending is funded from the available balance, and raises InsufficientBalance if it is
    not there either; when forced it is taken all the same. The balance stays locked until the end.
    """
    plan = plan_of(payment.merchant, payment.currency)
    balance = MerchantBalance.objects.select_for_update().get(merchant_id=payment.merchant_id, currency=payment.currency)
    shortfall = max(0, amount - balance.pending)
    if shortfall > max(0, balance.available) and not is_forced:
        raise InsufficientBalance("Insufficient balance", field="amount")
    settles_at = _settles_at(plan, payment, at)
    items = [_item(payment, ItemKind.FUNDING, subject_id, shortfall, at)] if shortfall else []
    items.append(_item(payment, kind, subject_id, -amount, at))
    written: list[sql.Statement] = []
    for item in items:
        item.settles_at = settles_at
        written += [*move.statements(_move(item, payment, is_forced=is_forced)), sql.insert(item)]
    return [*written, _due_by(plan, payment.merchant, settles_at)]


def _settles_at(plan: SettlementPlan, payment: Payment, at: datetime) -> datetime:
    """What is taken from or comes back to a payment that settles later settles with it, anything else at the next cut-off.

    So no refund that fails makes a payment available before its day.
    """
    unsettled = SettlementItem.objects.filter(subject_id=payment.pk, kind=ItemKind.PAYMENT, settlement=None, settles_at__gt=at)
    return unsettled.values_list("settles_at", flat=True).first() or calendar_of(plan).next_cutoff(at)


def _item(payment: Payment, kind: ItemKind, subject_id: UUID, amount: int, at: datetime) -> SettlementItem:
    return SettlementItem(
        id=uuid7(),
        merchant_id=payment.merchant_id,
        currency=payment.currency,
        kind=kind.value,
        subject_id=subject_id,
        payment_id=payment.pk,
        amount=amount,
        settles_at=at,
        created_at=at,
    )


def _move(item: SettlementItem, payment: Payment, *, is_forced: bool = False) -> move.Move:
    kind, reference = ItemKind(item.kind), payment.checkout.reference
    details: dict[str, Any] = {
        "merchant_id": item.merchant_id,
        "currency": item.currency,
        "amount": abs(item.amount),
        "description": f"{_TEXTS[kind]}: {reference}"[:300],
        "at": item.created_at,
        "subject_id": payment.checkout_id if kind == ItemKind.PAYMENT else item.subject_id,
        "metadata": {"checkoutId": str(payment.checkout_id), "reference": reference},
        "forced": is_forced and _MOVES[kind] is move.fund,
    }
    return _MOVES[kind](**details)


def _due_by(plan: SettlementPlan, merchant: Merchant, settles_at: datetime) -> sql.Statement:
    """Have the plan wake for the item.

    It comes after the balance's UPDATE: a settlement run holds that row, so either it sees our item
    or we see what it left as the next due time.
    """
    connection = sql.database()
    table, field = connection.ops.quote_name(SettlementPlan._meta.db_table), SettlementPlan._meta.get_field("due_at")
    due_at, wake_at = (field.get_db_prep_save(value, connection) for value in (settles_at, clock.wake_at(merchant, settles_at)))
    text = f"UPDATE {table} SET due_at = %s, wake_at = %s, revision = revision + 1 WHERE id = %s AND (due_at IS NULL OR due_at > %s)"
    return sql.Statement(text, [due_at, wake_at, plan.pk, due_at])
