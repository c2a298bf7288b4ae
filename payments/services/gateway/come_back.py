"""The payer's browser comes back from a gateway's page."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import structlog

from gateways.contract import Capability, Fate, Forged
from gateways.models import GatewayOrder, RoutingNote
from gateways.selectors import can, connector_of
from gateways.states import Happening, OrderStatus
from mypay.kit import clock
from mypay.kit.errors import NotFound, StaleState
from mypay.kit.ids import is_uuid
from payments import links
from payments.models import Payment
from payments.selectors import get_session
from payments.services.gateway import orders
from payments.services.gateway.poll import look
from payments.states import CheckoutStatus, PaymentStatus

log = structlog.get_logger("mypay.gateways")
_UNDECIDED = (PaymentStatus.REQUIRES_ACTION, PaymentStatus.PROCESSING, PaymentStatus.FAILED)
_SOON = timedelta(seconds=5)


def come_back(*, checkout_id: str, order_id: str, fields: Mapping[str, str]) -> str:
    """Where the browser goes: to the shop once the payment is decided, else to the page that waits.

    What it brings is checked but not believed: the gateway is asked. Raises NotFound for an order that the
    checkout does not have, Forged for a return that is not the gateway's.
    """
    checkout = get_session(checkout_id)
    order = _order(checkout.pk, order_id)
    payment = Payment.objects.filter(pk=order.payment_id).first()
    if payment is not None and payment.status in _UNDECIDED:
        _learn(order, fields)
        checkout = get_session(checkout_id)
    return links.waiting_url(checkout) if checkout.status == CheckoutStatus.PENDING else links.return_url(checkout)


def _order(checkout_pk: UUID, order_id: str) -> GatewayOrder:
    rows = GatewayOrder.objects.select_related("account", "merchant").filter(checkout_id=checkout_pk)
    order = rows.filter(pk=UUID(order_id)).exclude(status=OrderStatus.REFUSED).first() if is_uuid(order_id) else None
    if order is None or not can(order, Capability.LOOK):
        raise NotFound("There is no such payment")
    return order


def _learn(order: GatewayOrder, fields: Mapping[str, str]) -> None:
    try:
        is_good = connector_of(order.account).returned(order.order_id, fields)
    except Forged:
        log.warning("a payer came back with a wrong signature", order=str(order.pk))
        raise
    told = "The payer came back from a payment that went well" if is_good else "The payer came back without having paid"
    known = RoutingNote.objects.filter(subject_id=order.checkout_id, happening=Happening.RETURNED, account=order.account_id, text=told)
    if not known.exists():
        orders.tell(order, Happening.RETURNED, told)
    seen = look(order, get_session(str(order.checkout_id)))
    if is_good and (seen is None or seen.fate == Fate.PENDING):
        _hurry(order)


def _hurry(order: GatewayOrder) -> None:
    """The gateway says it went well, and does not know of it itself yet."""
    now = clock.now(order.merchant)
    with suppress(StaleState):
        orders.change(order, now, due_at=now + _SOON)
