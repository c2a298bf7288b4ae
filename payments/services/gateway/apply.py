"""Let what a gateway says of a payment come true: forward only, once, whoever says it and in whatever order."""

from dataclasses import replace
from typing import Any, NamedTuple

from gateways.contract import Fate, Seen
from gateways.models import GatewayOrder, RoutingNote
from gateways.services.circuit import count_failure
from gateways.states import Happening, InboundStatus, OrderStatus
from mypay.kit import clock, sql
from mypay.kit.money import to_text
from payments.models import Checkout, Payment
from payments.services import items
from payments.services.gateway import orders
from payments.services.plan import Step
from payments.services.transition import Change, may_succeed_late, move
from payments.states import AUTHORIZATION_EXPIRED_CODE, AUTHORIZED_CODE, PAYMENT_MOVES, CaptureMode, PaymentStatus
from sandbox.states import Outcome

_DAY_MS = 86_400_000
_SUCCESS, _FAILED = Outcome.SUCCESS.value.upper(), Outcome.FAILED.value.upper()
_S = PaymentStatus


class _Held(NamedTuple):
    payment: Payment
    order: GatewayOrder


def apply_seen(*, order: GatewayOrder, seen: Seen, by: Happening) -> InboundStatus:
    """APPLIED when the payment moved, IGNORED when it is there already or further, MISMATCH when it cannot be true of it.

    One transaction, or part of the caller's. `by` says how we know. Raises Payment.DoesNotExist for an
    order that is not open yet.
    """
    if seen.fate == Fate.CAPTURED:
        items.make_ready(order.merchant, order.currency)
    verdict: InboundStatus = sql.in_transaction(lambda: _apply(hold(order), seen, by))
    if verdict == InboundStatus.APPLIED and seen.fate == Fate.FAILED:
        count_failure(merchant=order.merchant, order=order, code=seen.code)
    return verdict


def hold(order: GatewayOrder) -> _Held:
    """The payment, locked for the rest of the transaction, and its order as it then is; the merchant with its clock as given."""
    payment = Payment.objects.select_for_update().get(pk=order.payment_id)
    fresh = GatewayOrder.objects.get(pk=order.pk)
    payment.checkout = Checkout.objects.get(pk=payment.checkout_id)
    payment.merchant = payment.checkout.merchant = fresh.merchant = order.merchant
    return _Held(payment, fresh)


def _apply(held: _Held, seen: Seen, by: Happening) -> InboundStatus:
    payment, order = held
    if seen.fate == Fate.PENDING:
        return InboundStatus.IGNORED
    if (seen.amount, seen.currency) != (order.amount, order.currency):
        told = f"{seen.currency[:5]} {seen.amount} in its smallest unit" if seen.currency != order.currency else _money(seen)
        return _mismatch(order, f"It tells of {told} for an order of {order.currency} {to_text(order.amount, order.currency)}")
    if seen.fate in (Fate.CAPTURED, Fate.REFUNDED) and order.is_paid and seen.payment_id != order.paid_by:
        return _mismatch(order, "A second payment of the same order was collected")
    change = _change(held, seen)
    if change is None:
        is_too_late = seen.fate == Fate.CAPTURED and payment.status == _S.VOIDED
        return _mismatch(order, "Collected after it was given up here") if is_too_late else InboundStatus.IGNORED
    if payment.status == _S.FAILED and not may_succeed_late(payment, change.at):
        return _mismatch(order, "Collected after its checkout was paid otherwise")
    after = move(payment, change)
    _follow(order, after, seen, change)
    orders.tell(order, by, f"{Fate(seen.fate).label}{f' ({seen.code})' if seen.code else ''}: the payment is {after.status}")
    return InboundStatus.APPLIED


def _change(held: _Held, seen: Seen) -> Change | None:
    """The move that makes it true, None when the payment is there already, further, or has to wait for more."""
    payment, at = held.payment, clock.now(held.payment.merchant)
    is_manual = payment.checkout.capture_mode == CaptureMode.MANUAL
    match seen.fate:
        case Fate.REFUNDED if payment.status == _S.AUTHORIZED:
            change = Change(_S.VOIDED, AUTHORIZATION_EXPIRED_CODE, at)
        case Fate.CAPTURED | Fate.REFUNDED:
            change = Change(_S.CAPTURED, _SUCCESS, at)
        case Fate.AUTHORIZED if is_manual:
            ends = Step(_S.VOIDED, AUTHORIZATION_EXPIRED_CODE, payment.checkout.authorization_days * _DAY_MS)
            change = Change(_S.AUTHORIZED, AUTHORIZED_CODE, at, (ends,))
        case Fate.FAILED:
            change = Change(_S.FAILED, seen.code or _FAILED, at)
        case _:
            return None
    known = replace(change, method=seen.method, payer=seen.payer)
    return known if change.status in PAYMENT_MOVES[_S(payment.status)] else None


def _follow(order: GatewayOrder, payment: Payment, seen: Seen, change: Change) -> None:
    """The order as its payment now makes it. One that failed is still looked after: it may succeed late."""
    told: dict[str, Any] = {"paid_by": seen.payment_id, "fee": seen.fee, "tax": seen.tax}
    match payment.status:
        case _S.CAPTURED:
            orders.decide(order, change.at, is_paid=True, due_at=None, **told)
        case _S.AUTHORIZED:
            orders.change(order, change.at, status=OrderStatus.OPEN.value, **told)
        case _S.VOIDED:
            orders.decide(order, change.at, is_paid=False, due_at=None)
        case _:
            orders.decide(order, change.at, is_paid=False)


def _mismatch(order: GatewayOrder, text: str) -> InboundStatus:
    """For staff to see to; told once, however often it is heard."""
    known = RoutingNote.objects.filter(subject_id=order.checkout_id, happening=Happening.MISMATCH, account=order.account_id, text=text)
    if not known.exists():
        orders.tell(order, Happening.MISMATCH, text)
    return InboundStatus.MISMATCH


def _money(seen: Seen) -> str:
    return f"{seen.currency} {to_text(seen.amount, seen.currency)}"
