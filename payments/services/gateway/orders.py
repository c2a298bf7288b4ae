"""The row of an order at a gateway: how it changes, and when the gateway is asked again."""

from datetime import datetime, timedelta
from typing import Any

from gateways.models import GatewayOrder
from gateways.services.note import Note, note
from gateways.services.settle_usage import settle_usage
from gateways.states import Happening, OrderStatus
from mypay.kit import clock, sql

FIRST_LOOK = timedelta(minutes=1)
AFTER_A_FAULT = timedelta(hours=1)
# A gateway that has not answered so long after the checkout's expiry does not expect to be waited for.
LOST_AFTER = timedelta(days=7)
_LONGEST_PAUSE = timedelta(hours=3)
_FOLLOWED_FOR = timedelta(days=1)
_MOST_DOUBLINGS = 10


def change(order: GatewayOrder, at: datetime, **values: Any) -> None:
    """Change the row unless somebody else did; raises StaleState then. A new `due_at` wakes it."""
    if "due_at" in values:
        values |= {"wake_at": clock.wake_at(order.merchant, values["due_at"]), "attempts": 0}
    values |= {"updated_at": at, "revision": order.revision + 1}
    sql.transact([sql.update(GatewayOrder, {"id": order.pk, "revision": order.revision}, values, refuse=sql.stale)])
    for name, value in values.items():
        setattr(order, name, value)


def decide(order: GatewayOrder, at: datetime, *, is_paid: bool, status: OrderStatus = OrderStatus.ENDED, **values: Any) -> None:
    """The order ended; what it reserved becomes paid or is free again. Call it in the transaction that decides the payment."""
    settle_usage(order=order, is_paid=is_paid)
    change(order, at, status=status.value, is_paid=is_paid, **values)


def tell(order: GatewayOrder, happening: Happening, text: str) -> None:
    """A line on the checkout's timeline; names no gateway."""
    note(merchant=order.merchant, subject_id=order.checkout_id, notes=[Note(happening, order.account_id, text)])


def next_look(order: GatewayOrder, expires_at: datetime, at: datetime, *, is_held: bool = False) -> datetime | None:
    """After one minute, two, four and so on, up to three hours; once just as the checkout expires; None a day after that.

    A held payment, authorised and to be captured, is asked about as long as it is.
    """
    if at >= expires_at + _FOLLOWED_FOR and not is_held:
        return None
    due_at = at + min(FIRST_LOOK * 2 ** min(order.looks, _MOST_DOUBLINGS), _LONGEST_PAUSE)
    return expires_at if at < expires_at < due_at else due_at
