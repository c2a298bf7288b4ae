"""Send a payer to a gateway: choose one, open the order there, remember the attempt."""

import time
from dataclasses import dataclass
from typing import Any

from gateways.contract import ErrorCode, FateUnknown, GatewayRefused, Order, Redirect
from gateways.errors import NoGateway
from gateways.models import GatewayOrder
from gateways.selectors import connector_of, live_order
from gateways.services.choose import choose
from gateways.services.circuit import UNKNOWN, count_failure, count_success
from gateways.services.note import Note, note
from gateways.states import Happening, OrderStatus
from mypay.kit import clock, sql
from mypay.kit.errors import StaleState
from mypay.kit.ids import uuid7
from payments import links
from payments.models import Checkout
from payments.services.gateway import orders
from payments.services.transition import Attempt, Change, open_attempt
from payments.states import ACTION_CODE, CaptureMode, PaymentStatus

# A definite refusal is followed by one other gateway, once (contract lightspeedpay section 4).
_TRIES = 2
_MAX_TEXT = 250


@dataclass(frozen=True, slots=True)
class Way:
    """How the payer goes on: to a gateway's page, or on our own; `is_waiting` while nobody knows yet whether there is an order."""

    redirect: Redirect | None = None
    is_waiting: bool = False


STAYS = Way()


def way_to_pay(*, checkout: Checkout) -> Way:
    """How the payer of a pending checkout goes on; one who was sent before goes there again.

    Asks gateways, so call it outside any transaction. Raises NoGateway (503) when none can take it; the
    checkout stays open.
    """
    order = live_order(checkout.pk) or _begun(checkout)
    if order.status != OrderStatus.OPEN:
        return Way(is_waiting=True)
    try:
        return Way(connector_of(order.account).redirect(order.order_id, request_of(checkout, order)))
    except KeyError:
        raise NoGateway from None


def request_of(checkout: Checkout, order: GatewayOrder) -> Order:
    """The order as its gateway is asked for it."""
    user: dict[str, Any] = checkout.user_data or {}
    return_url = links.gateway_return_url(checkout, order.pk)
    return Order(
        reference=str(order.pk),
        amount=order.amount,
        currency=order.currency,
        return_url=return_url,
        cancel_url=return_url,
        description=checkout.description[:_MAX_TEXT],
        name=_text(user, "name"),
        email=_text(user, "email"),
        phone=_text(user, "phone"),
        is_captured_at_once=not _is_held(checkout),
        expires_at=checkout.expires_at,
        page=order.page,
    )


def _is_held(checkout: Checkout) -> bool:
    return checkout.capture_mode == CaptureMode.MANUAL


def _text(user: dict[str, Any], name: str) -> str:
    value = user.get(name)
    return value[:_MAX_TEXT] if isinstance(value, str) else ""


def _begun(checkout: Checkout) -> GatewayOrder:
    payment_id, refused = uuid7(), list[int]()
    for _ in range(_TRIES):
        order = choose(
            merchant=checkout.merchant, amount=checkout.owed, currency=checkout.currency, checkout_id=checkout.pk,
            payment_id=payment_id, is_held=_is_held(checkout), excluding=refused,
        )  # fmt: skip
        if opened := _open(checkout, order):
            return opened
        refused.append(order.account_id)
    note(merchant=checkout.merchant, subject_id=checkout.pk, notes=[Note(Happening.NONE_LEFT, text="A second one refused, too")])
    raise NoGateway


def _open(checkout: Checkout, order: GatewayOrder) -> GatewayOrder | None:
    """The order, open or of unknown fate; None when the gateway refused it."""
    started = time.monotonic()
    try:
        begun = connector_of(order.account).begin(request_of(checkout, order))
    except KeyError:
        refuse(order, ErrorCode.UNAVAILABLE)
        return None
    except GatewayRefused as no:
        refuse(order, no.code)
        return None
    except FateUnknown:
        _doubt(order)
        return order
    latency_ms = round((time.monotonic() - started) * 1000)
    return opened(checkout, order, begun.order_id, latency_ms=latency_ms, stays=begun.redirect is None, page=begun.page)


def refuse(order: GatewayOrder, code: ErrorCode, happening: Happening = Happening.REFUSED) -> None:
    """The gateway has no such order: what it reserved is free, and the checkout open to another try."""
    at = clock.now(order.merchant)

    def effect() -> None:
        orders.decide(order, at, is_paid=False, status=OrderStatus.REFUSED, due_at=None)
        orders.tell(order, happening, str(code.label))

    sql.in_transaction(effect)
    count_failure(merchant=order.merchant, order=order, code=code)


def _doubt(order: GatewayOrder) -> None:
    at = clock.now(order.merchant)

    def effect() -> None:
        orders.change(order, at, status=OrderStatus.UNKNOWN.value, due_at=at + orders.FIRST_LOOK)
        orders.tell(order, Happening.UNKNOWN, "No answer; it is asked later, and no other gateway meanwhile")

    sql.in_transaction(effect)
    count_failure(merchant=order.merchant, order=order, code=UNKNOWN)


def opened(checkout: Checkout, order: GatewayOrder, order_id: str, *, latency_ms: int | None, stays: bool, page: str = "") -> GatewayOrder:
    """The order is open; unless the payer stays with us, it is his attempt from now on.

    Of two windows of one payer the second's order is ended: nobody was sent to it. Raises StaleState when
    the checkout was closed meanwhile.
    """
    at = clock.now(order.merchant)

    def effect() -> None:
        orders.change(
            order, at, status=OrderStatus.OPEN.value, order_id=order_id, page=page, latency_ms=latency_ms,
            due_at=min(at + orders.FIRST_LOOK, max(checkout.expires_at, at)),
        )  # fmt: skip
        if not stays:
            attempt = Attempt(payer=None, decision=None, amount=order.amount, payment_id=order.payment_id)
            open_attempt(checkout, attempt, Change(PaymentStatus.REQUIRES_ACTION, ACTION_CODE, at))

    try:
        sql.in_transaction(effect)
    except StaleState:
        order.refresh_from_db(fields=["status", "revision", "is_paid"])
        if order.is_paid is None:
            sql.in_transaction(lambda: orders.decide(order, at, is_paid=False, order_id=order_id, due_at=None))
        other = live_order(checkout.pk)
        if other is None:
            raise
        return other
    count_success(merchant=order.merchant, order=order)
    return order
