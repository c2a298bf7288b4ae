"""A checkout's way through the gateways. It names none: merchants read of "Gateway 2", the second in their turn."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from gateways.models import GatewayAssignment, GatewayOrder, InboundEvent, RoutingNote
from gateways.states import Happening, InboundStatus, OrderStatus
from merchants.models import Merchant
from mypay.kit.money import to_text
from portal.timeline.moments import Fact, Moments

_MOST = 300
_BAD = frozenset({Happening.REFUSED, Happening.UNKNOWN, Happening.NONE_LEFT, Happening.CIRCUIT_OPENED, Happening.MISMATCH})
_BAD_CALLBACK = (InboundStatus.MISMATCH, InboundStatus.REJECTED)


def add_gateways(moments: Moments, merchant: Merchant, checkout_id: UUID) -> None:
    """Choices, orders, callbacks and looks, each at its time on the merchant's clock; at most four reads, one where nothing was routed."""
    notes = list(RoutingNote.objects.filter(subject_id=checkout_id, merchant=merchant).order_by("id")[:_MOST])
    if not notes:  # the first thing that is told of any order is that its gateway was chosen
        return
    orders = list(GatewayOrder.objects.filter(checkout_id=checkout_id, merchant=merchant).order_by("id")[:_MOST])
    labels = _labels(merchant)
    for note in notes:
        moments.at(note.created_at).facts.append(_told(note, labels))
    chosen = {note.account_id: note.created_at for note in reversed(notes) if note.happening == Happening.CHOSEN}
    for order in orders:  # told with the choice that led to it
        moments.at(chosen.get(order.account_id, order.created_at)).facts.append(_order(order, labels))
    _callbacks(moments, merchant, orders, labels)


def _labels(merchant: Merchant) -> dict[int | None, str]:
    rows = GatewayAssignment.objects.filter(merchant=merchant).values_list("account_id", "rotation_order")
    return {account_id: f"Gateway {place}" for account_id, place in rows}


def _label(labels: Mapping[int | None, str], account_id: int | None) -> str:
    return labels.get(account_id, "A gateway")


def _told(note: RoutingNote, labels: Mapping[int | None, str]) -> Fact:
    happening = Happening(note.happening)
    who = f", {_label(labels, note.account_id)}" if note.account_id else ""
    return Fact("Rail", f"{happening.label}{who}", note.text, is_bad=happening in _BAD)


def _order(order: GatewayOrder, labels: Mapping[int | None, str]) -> Fact:
    paid = {True: "paid", False: "not paid", None: ""}[order.is_paid]
    fee = f"fee {order.currency} {to_text(order.fee, order.currency)}" if order.fee is not None else ""
    took = f"opened in {order.latency_ms} ms" if order.latency_ms is not None else ""
    note = ", ".join(part for part in (took, paid, fee) if part)
    text = f"Order at {_label(labels, order.account_id)}: {OrderStatus(order.status).label.lower()}"
    return Fact("Rail", text, note, order.amount, order.currency)


def _callbacks(moments: Moments, merchant: Merchant, orders: Sequence[GatewayOrder], labels: Mapping[int | None, str]) -> None:
    keys = {(order.account_id, order.order_id) for order in orders if order.order_id}
    if not keys:
        return
    rows = InboundEvent.objects.filter(
        merchant=merchant, account_id__in={account_id for account_id, _ in keys}, order_id__in={order_id for _, order_id in keys}
    )
    for event in rows.defer("body", "headers").order_by("id")[:_MOST]:
        status = InboundStatus(event.status)
        note = ", ".join(part for part in (status.label, event.error) if part)
        fact = Fact("Rail", f"Callback of {_label(labels, event.account_id)}: {event.kind}", note, is_bad=status in _BAD_CALLBACK)
        moments.at(event.applied_at or event.received_at).facts.append(fact)
