"""Collect at the gateway what it authorised, before it is collected here."""

from contextlib import suppress

from gateways.contract import ErrorCode, FateUnknown, GatewayRefused
from gateways.models import GatewayOrder
from gateways.selectors import connector_of
from gateways.states import Happening
from mypay.kit import clock
from mypay.kit.errors import ApiError, InvalidStatus, StaleState, ValidationError
from payments.models import Payment
from payments.services.gateway import orders
from payments.services.gateway.apply import apply_seen
from payments.states import PaymentStatus

_RETRY_SECONDS = 60
_FINAL = (ErrorCode.BAD_REQUEST, ErrorCode.NOT_FOUND)


class CaptureUnknown(ApiError):
    """502: nobody knows yet whether it was captured; the payment itself will tell."""

    status = 502
    code = "CAPTURE_UNKNOWN"

    def __init__(self) -> None:
        super().__init__("The capture could not be confirmed; look at the payment before trying again", retry_after=_RETRY_SECONDS)


def capture_at_gateway(order: GatewayOrder, amount: int) -> Payment:
    """The captured payment, with its checkout and merchant; call it outside any transaction.

    Raises ValidationError for less than all, InvalidStatus when the gateway refuses, CaptureUnknown when
    nobody knows: the next look settles it.
    """
    if amount != order.amount:
        raise ValidationError("amount must be all that was authorized", field="amount")
    try:
        seen = connector_of(order.account).capture(order.paid_by, amount, order.currency)
    except GatewayRefused as no:
        if no.code in _FINAL:
            orders.tell(order, Happening.REFUSED, f"The capture: {no.code.label}")
            raise InvalidStatus("The capture was refused", field="status") from no
        raise _unknown(order) from no
    except (FateUnknown, KeyError) as problem:
        raise _unknown(order) from problem
    apply_seen(order=order, seen=seen, by=Happening.LOOKED)
    payment = Payment.objects.select_related("merchant", "checkout__merchant").get(pk=order.payment_id)
    if payment.status != PaymentStatus.CAPTURED:
        raise _unknown(order)
    return payment


def cannot_void() -> InvalidStatus:
    """A gateway gives an authorisation up by itself, in time."""
    return InvalidStatus("This authorization cannot be voided; left alone, it ends by itself", code="VOID_NOT_SUPPORTED", field="status")


def _unknown(order: GatewayOrder) -> CaptureUnknown:
    """Have it looked up soon."""
    now = clock.now(order.merchant)
    with suppress(StaleState):  # somebody else just learnt more
        orders.change(order, now, due_at=now + orders.FIRST_LOOK)
    return CaptureUnknown()
