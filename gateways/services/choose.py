"""Choose the account that carries a payment, and reserve its volume (contract lightspeedpay section 4)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Case, F, Value, When

from gateways import circuits, eligibility, routing
from gateways.calendar import day_of
from gateways.errors import NoGateway
from gateways.models import GatewayAccount, GatewayAssignment, GatewayOrder, GatewayUsage, RoutingPolicy
from gateways.selectors import Spent, performance, spent
from gateways.services.note import Note, note
from gateways.states import Happening, Mode, OrderStatus
from merchants.models import Merchant
from mypay.kit import clock, sql
from mypay.kit.ids import uuid7

# A process that dies while it opens the order leaves it to whoever asks the gateway after that time.
BEGIN_WITHIN = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Wish:
    """The payment to be carried; `now` is the merchant's time, `is_held` where it is to be captured later."""

    merchant: Merchant
    amount: int
    currency: str
    checkout_id: UUID
    payment_id: UUID
    now: datetime
    is_held: bool

    @property
    def day(self) -> date:
        return day_of(self.now)


def choose(
    *,
    merchant: Merchant,
    amount: int,
    currency: str,
    checkout_id: UUID,
    payment_id: UUID,
    is_held: bool = False,
    excluding: Collection[int] = (),
) -> GatewayOrder:
    """A new order, BEGINNING, at the account that was picked; it comes with its account.

    `excluding` are accounts that refused this payment. Call it outside any transaction: what it noted must stand when it raises
    NoGateway (503), and no other payment may wait for what comes after.
    """

    def effect() -> GatewayOrder | None:
        policy = RoutingPolicy.objects.select_for_update().filter(merchant=merchant).first()
        # The time is that of the lock: who waited for it is later than who had it.
        wish = Wish(merchant, amount, currency, checkout_id, payment_id, clock.now(merchant), is_held)
        return _choose(policy, wish, excluding)

    order: GatewayOrder | None = sql.in_transaction(effect)
    if order is None:
        raise NoGateway
    return order


def _choose(policy: RoutingPolicy | None, wish: Wish, excluding: Collection[int]) -> GatewayOrder | None:
    rows = {row.pk: row for row in GatewayAssignment.objects.filter(merchant=wish.merchant).order_by("rotation_order")}
    accounts = _accounts(list(rows.values()))
    used = spent(wish.merchant, list(accounts.values()), wish.day)
    reasons = {
        pk: eligibility.reason_against(
            row, accounts[row.account_id], wish.amount, wish.currency, wish.now, used, excluding, is_held=wish.is_held
        )
        for pk, row in rows.items()
    }
    notes = [Note(Happening.PASSED_OVER, rows[pk].account_id, reason) for pk, reason in reasons.items() if reason]
    eligible = [rows[pk] for pk, reason in reasons.items() if not reason]
    if policy is None or not eligible:
        note(merchant=wish.merchant, subject_id=wish.checkout_id, notes=[*notes, Note(Happening.NONE_LEFT, text=_none_left(rows))])
        return None
    picked = routing.pick(Mode(policy.mode), _candidates(wish, Mode(policy.mode), eligible, accounts), _position(policy, wish.day))
    row = rows[picked.chosen.id]
    _remember(wish, policy, picked, row)
    why = f"{picked.why}, to try whether it works again" if picked.chosen.is_trial else picked.why
    note(merchant=wish.merchant, subject_id=wish.checkout_id, notes=[*notes, Note(Happening.CHOSEN, row.account_id, why)])
    order = _order(wish, accounts[row.account_id])
    _reserve(wish, row, used)
    return order


def _none_left(rows: Mapping[int, GatewayAssignment]) -> str:
    return "All were passed over" if rows else "The merchant has none"


def _accounts(rows: list[GatewayAssignment]) -> dict[int, GatewayAccount]:
    """Their accounts; those with a limit a month locked, in one order, as other merchants' payments count to it too."""
    ids = [row.account_id for row in rows]
    accounts = {account.pk: account for account in GatewayAccount.objects.filter(pk__in=ids)}
    limited = [account.pk for account in accounts.values() if account.monthly_limit is not None]
    if limited:
        locked = GatewayAccount.objects.select_for_update().filter(pk__in=limited).order_by("pk")
        accounts |= {account.pk: account for account in locked}
    return accounts


def _position(policy: RoutingPolicy, day: date) -> int:
    return 0 if policy.resets_daily and policy.position_day != day else policy.position


def _candidates(wish: Wish, mode: Mode, rows: list[GatewayAssignment], accounts: Mapping[int, GatewayAccount]) -> list[routing.Candidate]:
    asks = mode in (Mode.PRIORITY, Mode.SMART)
    seen = performance(wish.merchant, [row.account_id for row in rows], wish.now) if asks else {}
    return [
        routing.Candidate(
            id=row.pk,
            place=row.rotation_order,
            weight=row.weight,
            current_weight=row.current_weight,
            priority=accounts[row.account_id].priority,
            rate=seen[row.account_id].rate if row.account_id in seen else 1.0,
            latency=seen[row.account_id].latency if row.account_id in seen else 0.0,
            last_used_at=row.last_used_at,
            is_trial=circuits.is_half_open(row, wish.now),
        )
        for row in rows
    ]


def _remember(wish: Wish, policy: RoutingPolicy, picked: routing.Pick, row: GatewayAssignment) -> None:
    """Where the modes are, for the next payment; a trial keeps others off until it is over."""
    if policy.mode == Mode.ROUND_ROBIN:
        RoutingPolicy.objects.filter(pk=policy.pk).update(position=row.rotation_order, position_day=wish.day)
    if picked.weights:
        by_pk = [When(pk=pk, then=Value(weight)) for pk, weight in picked.weights.items()]
        GatewayAssignment.objects.filter(pk__in=picked.weights).update(current_weight=Case(*by_pk))
    trial = {"open_until": wish.now + circuits.OPEN_FOR} if picked.chosen.is_trial else {}
    GatewayAssignment.objects.filter(pk=row.pk).update(last_used_at=wish.now, **trial)


def _order(wish: Wish, account: GatewayAccount) -> GatewayOrder:
    due_at = wish.now + BEGIN_WITHIN
    return GatewayOrder.objects.create(
        id=uuid7(), merchant=wish.merchant, account=account, checkout_id=wish.checkout_id, payment_id=wish.payment_id,
        amount=wish.amount, currency=wish.currency, status=OrderStatus.BEGINNING, day=wish.day, created_at=wish.now,
        updated_at=wish.now, due_at=due_at, wake_at=clock.wake_at(wish.merchant, due_at),
    )  # fmt: skip


def _reserve(wish: Wish, row: GatewayAssignment, used: Spent) -> None:
    same = {"merchant": wish.merchant, "account_id": row.account_id, "day": wish.day}
    if row.account_id in used.days:
        GatewayUsage.objects.filter(**same).update(reserved=F("reserved") + wish.amount)
    else:
        GatewayUsage.objects.create(**same, reserved=wish.amount)
