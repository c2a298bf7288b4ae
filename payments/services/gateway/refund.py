"""A refund of a payment that a gateway carries: asked for there once, then looked up or heard of until it ends."""

from copy import copy
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import IntegrityError, transaction

from gateways.contract import ErrorCode, Fate, FateUnknown, GatewayRefused, RefundSeen
from gateways.models import GatewayOrder, GatewayRefund
from gateways.selectors import carrying, connector_of
from gateways.states import Happening, InboundStatus
from mypay.kit import clock, sql
from mypay.kit.errors import StaleState
from mypay.kit.money import to_text
from payments.models import Refund
from payments.services.end_refund import NOT_ARRIVED, end_refund
from payments.services.gateway import orders
from payments.states import RefundStatus

log = structlog.get_logger("mypay.gateways")
# The plan of such a refund: no status is decided yet; it is asked for at once.
AT_GATEWAY: list[Any] = ["", "", 0]
_SHORTEST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=3)
# Refusals that will not change by asking again.
_FINAL = (ErrorCode.BAD_REQUEST, ErrorCode.NOT_FOUND)


def carry_refund(refund: Refund, now: datetime, *, is_under_way: bool) -> None:
    """Due work of the refund: have its gateway make it, or ask what became of it. `is_under_way`: the clock is being moved.

    The refund's id is the gateway's idempotency key, so asking again after an unknown fate is the same refund.
    """
    order = carrying(refund.payment_id)
    if order is None:
        Refund.objects.filter(pk=refund.pk).update(due_at=None, wake_at=None)
        return
    if is_under_way:
        order.merchant.clock_frozen_ms = clock.to_ms(now)
    try:
        seen = _ask(order, refund)
        _remember(order, refund, seen, now)
        _apply(order, refund, seen)
    except GatewayRefused as no:
        if no.code in _FINAL:
            orders.tell(order, Happening.REFUSED, f"The refund of {_money(refund)}: {no.code.label}")
            _end(refund, RefundStatus.FAILED, now)
        else:
            _postpone(order, refund, now)
    except (FateUnknown, KeyError) as problem:
        log.warning("a gateway did not say what became of a refund", refund=str(refund.pk), problem=str(problem)[:200])
        _postpone(order, refund, now)
    else:
        if seen.fate == Fate.PENDING:
            _postpone(order, refund, now)


def _ask(order: GatewayOrder, refund: Refund) -> RefundSeen:
    connector = connector_of(order.account)
    kept = GatewayRefund.objects.filter(pk=refund.pk).first()
    if kept:
        try:
            return connector.look_refund(order.paid_by, kept.refund_id)
        except GatewayRefused as no:  # that it is made there is known
            raise FateUnknown(no.detail) from no
    return connector.refund(order.paid_by, refund.amount, refund.currency, key=str(refund.pk))


def _remember(order: GatewayOrder, refund: Refund, seen: RefundSeen, now: datetime) -> None:
    try:
        with transaction.atomic():
            GatewayRefund.objects.get_or_create(
                id=refund.pk, defaults={"merchant": order.merchant, "order": order, "refund_id": seen.refund_id, "created_at": now}
            )
    except IntegrityError:
        raise FateUnknown("one refund of the gateway for two of ours") from None


def apply_refund_seen(*, order: GatewayOrder, seen: RefundSeen) -> InboundStatus:
    """Let what a callback says of a refund come true; part of the caller's transaction or one of its own.

    One that the gateway tells of before it answered our request is looked up soon, as is what it does not name by its id;
    any other is not ours: MISMATCH.
    """
    if not seen.refund_id:
        return _look_soon(order, seen)
    kept = GatewayRefund.objects.filter(order=order, refund_id=seen.refund_id).first()
    if kept is not None:
        refund = Refund.objects.select_related("payment__checkout").get(pk=kept.pk)
        refund.payment.merchant = refund.payment.checkout.merchant = order.merchant
        return _apply(order, refund, seen)
    pending = Refund.objects.filter(payment_id=order.payment_id, status=RefundStatus.PENDING, amount=seen.amount)
    known = GatewayRefund.objects.filter(order=order).values("pk")
    if pending.exclude(pk__in=known).exists():
        return InboundStatus.IGNORED
    return _not_ours(order, seen)


def _look_soon(order: GatewayOrder, seen: RefundSeen) -> InboundStatus:
    """Whichever of that amount is under way has ended, maybe: its gateway is asked at once."""
    if seen.fate == Fate.PENDING:
        return InboundStatus.IGNORED
    ours, now = Refund.objects.filter(payment_id=order.payment_id, amount=seen.amount), clock.now(order.merchant)
    if not ours.exists():
        return _not_ours(order, seen)
    ours.filter(status=RefundStatus.PENDING).update(due_at=now, wake_at=clock.wake_at(order.merchant, now), attempts=0)
    return InboundStatus.IGNORED


def _not_ours(order: GatewayOrder, seen: RefundSeen) -> InboundStatus:
    told = to_text(seen.amount, order.currency)
    orders.tell(order, Happening.MISMATCH, f"A refund of {order.currency} {told} that was not asked for here")
    return InboundStatus.MISMATCH


def _apply(order: GatewayOrder, refund: Refund, seen: RefundSeen) -> InboundStatus:
    if seen.amount != refund.amount:
        told = to_text(seen.amount, refund.currency)
        orders.tell(order, Happening.MISMATCH, f"A refund of {_money(refund)} became {refund.currency} {told}")
        return InboundStatus.MISMATCH
    status = {Fate.REFUNDED: RefundStatus.SUCCEEDED, Fate.FAILED: RefundStatus.FAILED}.get(seen.fate)
    if status is None or refund.status != RefundStatus.PENDING:
        return InboundStatus.IGNORED
    return InboundStatus.APPLIED if _end(refund, status, clock.now(order.merchant)) else InboundStatus.IGNORED


def _end(refund: Refund, status: RefundStatus, at: datetime) -> bool:
    """Whether it was us who ended it."""
    reason = NOT_ARRIVED if status == RefundStatus.FAILED else ""
    try:
        sql.in_transaction(lambda: end_refund(copy(refund), status, reason=reason, at=at))
    except StaleState:
        return False
    return True


def _postpone(order: GatewayOrder, refund: Refund, now: datetime) -> None:
    """The longer it takes the more seldom it is asked about: after as long as it took till now."""
    due_at = now + min(max(now - refund.created_at, _SHORTEST_PAUSE), _LONGEST_PAUSE)
    rows = Refund.objects.filter(pk=refund.pk, revision=refund.revision, status=RefundStatus.PENDING)
    rows.update(due_at=due_at, wake_at=clock.wake_at(order.merchant, due_at), attempts=0)


def _money(refund: Refund) -> str:
    return f"{refund.currency} {to_text(refund.amount, refund.currency)}"
