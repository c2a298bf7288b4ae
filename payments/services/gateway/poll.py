"""Ask a gateway what became of an order: the work of its row that comes due, and what a payer's return asks for at once."""

from datetime import datetime
from typing import Any

import structlog

from gateways.contract import Capability, ErrorCode, Fate, FateUnknown, GatewayRefused, Seen
from gateways.models import GatewayOrder
from gateways.selectors import can, connector_of
from gateways.states import Happening, OrderStatus
from mypay.kit import clock, scheduling, sql
from mypay.kit.errors import InvalidStatus, StaleState
from payments.models import Checkout, Payment
from payments.services.gateway import orders
from payments.services.gateway.apply import apply_seen
from payments.services.gateway.begin import opened, refuse
from payments.services.transition import close
from payments.states import EXPIRED_CODE, CaptureMode, CheckoutStatus, PaymentStatus

log = structlog.get_logger("mypay.gateways")
_WAITING = (PaymentStatus.REQUIRES_ACTION, PaymentStatus.PROCESSING)
_PAID = (PaymentStatus.CAPTURED, PaymentStatus.REVERSED)


def look_at_order(pk: Any, at: datetime | None) -> None:
    """Due work: learn what became of the order if it is due at `at` (None: now on the merchant's clock).

    Harmless on an order that is not due or was decided meanwhile.
    """
    due = scheduling.due(GatewayOrder.objects.select_related("merchant", "account"), pk, at)
    if due is None:
        return
    order, now = due
    if at is not None:  # the clock is on its way: it still stands where it started
        order.merchant.clock_frozen_ms = clock.to_ms(at)
    checkout = Checkout.objects.get(pk=order.checkout_id)
    checkout.merchant = order.merchant
    try:
        if order.status in (OrderStatus.BEGINNING, OrderStatus.UNKNOWN):
            _find(order, checkout, now)
        elif not can(order, Capability.LOOK):
            _follow(order, checkout, now)
        else:
            _look(order, checkout, now)
    except StaleState:
        return


def postpone_order(pk: Any, error: Exception) -> None:
    """A look that keeps failing by a fault of ours is tried again in an hour: a payment depends on it."""
    order = GatewayOrder.objects.select_related("merchant").filter(pk=pk).first()
    if order is not None and order.due_at is not None:
        now = clock.now(order.merchant)
        orders.change(order, now, due_at=now + orders.AFTER_A_FAULT)


def look(order: GatewayOrder, checkout: Checkout) -> Seen | None:
    """Ask now and let it come true; None when the gateway gave no answer.

    What is authorised of a checkout that is captured at once is captured: the gateway may not do it by itself.
    """
    seen = _ask(order, checkout)
    if seen is not None:
        apply_seen(order=order, seen=seen, by=Happening.LOOKED)
    return seen


def _ask(order: GatewayOrder, checkout: Checkout) -> Seen | None:
    try:
        connector = connector_of(order.account)
        seen = connector.look(order.order_id)
        is_ours = (seen.amount, seen.currency) == (order.amount, order.currency)
        if seen.fate == Fate.AUTHORIZED and is_ours and checkout.capture_mode == CaptureMode.AUTOMATIC:
            seen = connector.capture(seen.payment_id, seen.amount, seen.currency)
    except (GatewayRefused, FateUnknown, KeyError) as problem:
        log.warning("a gateway did not say what became of an order", order=str(order.pk), problem=str(problem)[:200])
        return None
    return seen


def _look(order: GatewayOrder, checkout: Checkout, now: datetime) -> None:
    seen = look(order, checkout)
    payment = Payment.objects.get(pk=order.payment_id)
    is_over = now >= checkout.expires_at if seen is not None else now >= checkout.expires_at + orders.LOST_AFTER
    if is_over and payment.status in _WAITING:
        _expire(order, now)
        payment.refresh_from_db()
    order = _again(order)
    if order.due_at is None:
        return
    order.looks += 1
    if payment.status in (*_WAITING, PaymentStatus.AUTHORIZED):
        _postpone(order, checkout, now, is_held=True)
        return
    is_paid = payment.status in _PAID
    due_at = None if is_paid else orders.next_look(order, checkout.expires_at, now)
    sql.in_transaction(lambda: orders.decide(order, now, is_paid=is_paid, looks=order.looks, due_at=due_at))


def _again(order: GatewayOrder) -> GatewayOrder:
    """The order as it is now, its merchant's clock as it was given."""
    again = GatewayOrder.objects.select_related("account").get(pk=order.pk)
    again.merchant = order.merchant
    return again


def _postpone(order: GatewayOrder, checkout: Checkout, now: datetime, *, is_held: bool = False) -> None:
    orders.change(order, now, looks=order.looks, due_at=orders.next_look(order, checkout.expires_at, now, is_held=is_held))


def _expire(order: GatewayOrder, now: datetime) -> None:
    """The gateway has just said that nobody paid: the checkout is over. It is looked after for a day all the same."""

    def effect() -> None:
        checkout = Checkout.objects.select_related("merchant").get(pk=order.checkout_id)
        close(checkout, EXPIRED_CODE, now)
        orders.decide(_again(order), now, is_paid=False)

    try:
        sql.in_transaction(effect)
    except (StaleState, InvalidStatus):
        return


def _find(order: GatewayOrder, checkout: Checkout, now: datetime) -> None:
    """Whether an order of unknown fate was opened. Nobody was sent to it, so one that was not leaves the checkout free."""
    try:
        order_id = connector_of(order.account).find(str(order.pk)) if can(order, Capability.LOOK) else ""
    except (GatewayRefused, FateUnknown) as problem:
        log.warning("a gateway did not say whether it opened an order", order=str(order.pk), problem=str(problem)[:200])
        _doubt_on(order, checkout, now)
        return
    if order_id and checkout.status == CheckoutStatus.PENDING and checkout.attempt_id is None:
        opened(checkout, order, order_id, latency_ms=None, stays=False)
    elif order_id:
        sql.in_transaction(lambda: orders.decide(order, now, is_paid=False, order_id=order_id, due_at=None))
    else:
        refuse(order, ErrorCode.NOT_FOUND, Happening.LOOKED)


def _doubt_on(order: GatewayOrder, checkout: Checkout, now: datetime) -> None:
    if orders.next_look(order, checkout.expires_at, now) is None:
        sql.in_transaction(lambda: orders.decide(order, now, is_paid=False, due_at=None))
    else:
        order.looks += 1
        orders.change(order, now, status=OrderStatus.UNKNOWN.value)
        _postpone(order, checkout, now)


def _follow(order: GatewayOrder, checkout: Checkout, now: datetime) -> None:
    """The engine decides this payment itself: its order ends as the payment does."""
    payment = Payment.objects.filter(pk=checkout.attempt_id).first() if checkout.attempt_id else None
    if payment is not None and payment.status not in (*_WAITING, PaymentStatus.AUTHORIZED):
        is_paid = payment.status in _PAID
        sql.in_transaction(lambda: orders.decide(order, now, is_paid=is_paid, payment_id=payment.pk, due_at=None))
    elif payment is None and checkout.status != CheckoutStatus.PENDING:
        sql.in_transaction(lambda: orders.decide(order, now, is_paid=False, due_at=None))
    else:
        order.looks += 1
        if payment is not None:
            orders.change(order, now, payment_id=payment.pk)
        _postpone(order, checkout, now, is_held=True)
