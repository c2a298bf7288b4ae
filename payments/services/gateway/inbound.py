"""Apply a kept callback: due work, once, in one transaction with what it changes."""

from datetime import datetime, timedelta
from typing import Any

import orjson
import structlog

from gateways.contract import Forged, Notice
from gateways.models import GatewayOrder, InboundEvent
from gateways.selectors import connector_of
from gateways.states import Happening, InboundStatus
from mypay.kit import clock, counters, sql
from payments.models import Payment
from payments.services.gateway.apply import apply_seen
from payments.services.gateway.refund import apply_refund_seen

log = structlog.get_logger("mypay.gateways")
# An order may become known a little after its first callback; these are real times.
_PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 3600))


def apply_inbound(pk: Any, at: datetime | None) -> None:
    """Due work: apply the callback, whichever merchant's it turns out to be. Harmless on one that was applied."""
    event = InboundEvent.objects.select_related("account").filter(pk=pk, status=InboundStatus.WAITING).first()
    if event is None:
        return
    try:
        notice = _notice(event)
    except (Forged, KeyError, ValueError):
        _end(event, InboundStatus.REJECTED, "Its account's secret was changed before it was applied")
        return
    order = _order(event, notice)
    if order is None:
        _wait_for_order(event, notice)
    elif order.account_id != event.account_id:
        _end(event, InboundStatus.MISMATCH, "Another account's order", order)
    else:
        sql.in_transaction(lambda: _apply(pk, order, notice))


def rest_inbound(pk: Any, error: Exception) -> None:
    """A callback that cannot be applied by a fault of ours is left for staff; the order is looked up anyway."""
    InboundEvent.objects.filter(pk=pk).update(due_at=None, wake_at=None, error=f"{type(error).__name__}"[:200])


def _notice(event: InboundEvent) -> Notice:
    if event.account is None:
        raise KeyError("account")
    return connector_of(event.account).notice(orjson.loads(event.headers), bytes(event.body))


def _order(event: InboundEvent, notice: Notice) -> GatewayOrder | None:
    """The order it is about, at this account or, wrongly, at another of the same gateway; one without an attempt is none yet."""
    rows = GatewayOrder.objects.select_related("account", "merchant").filter(account__gateway=event.gateway)
    if notice.order_id:
        rows = rows.filter(order_id=notice.order_id)
    elif notice.refund is not None:
        rows = rows.filter(account=event.account, paid_by=notice.refund.payment_id).exclude(paid_by="")
    else:
        return None
    found = sorted(rows.order_by("-id")[:10], key=lambda order: order.account_id != event.account_id)
    return found[0] if found and Payment.objects.filter(pk=found[0].payment_id).exists() else None


def _apply(pk: Any, order: GatewayOrder, notice: Notice) -> None:
    event = InboundEvent.objects.select_for_update().get(pk=pk)
    if event.status != InboundStatus.WAITING:
        return
    verdict = InboundStatus.IGNORED
    if notice.seen is not None:
        verdict = apply_seen(order=order, seen=notice.seen, by=Happening.NOTICED)
    elif notice.refund is not None:
        verdict = apply_refund_seen(order=order, seen=notice.refund)
    _end(event, verdict, "Its amount, currency or payment differ" if verdict == InboundStatus.MISMATCH else "", order)


def _wait_for_order(event: InboundEvent, notice: Notice) -> None:
    """Again later, a few times; what is about no order at all needs nothing."""
    if notice.seen is None and notice.refund is None:
        _end(event, InboundStatus.IGNORED, "Nothing to do about it")
    elif event.revision < len(_PAUSES):
        wake_at = clock.real_now() + _PAUSES[event.revision]
        rows = InboundEvent.objects.filter(pk=event.pk, status=InboundStatus.WAITING, revision=event.revision)
        rows.update(due_at=wake_at, wake_at=wake_at, attempts=0, revision=event.revision + 1)
    else:
        log.warning("a callback tells of an order that is not ours", inbound=str(event.pk), gateway=event.gateway)
        _end(event, InboundStatus.UNKNOWN, "No such order of ours")


def _end(event: InboundEvent, status: InboundStatus, error: str, order: GatewayOrder | None = None) -> None:
    at = clock.now(order.merchant) if order else clock.real_now()
    values: dict[str, Any] = {"status": status.value, "error": error, "applied_at": at, "due_at": None, "wake_at": None}
    if order is not None:
        values |= {"merchant_id": order.merchant_id, "order_id": order.order_id}
    InboundEvent.objects.filter(pk=event.pk, status=InboundStatus.WAITING).update(**values, revision=event.revision + 1)
    counters.inbound(event.gateway, status.value)
