"""What the merchant's clock will bring about next, in plain words, each with a link to what it is about."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import NoReverseMatch, reverse

from merchants.models import Merchant
from mypay.kit import scheduling
from payments.models import Dispute, Payment, Refund
from payments.services.plan import DISPUTED
from payments.states import DisputeStatus, PaymentStatus, RefundStatus
from payouts.models import Payout
from payouts.states import PayoutStatus
from webhooks.models import Delivery

SHOWN = 40
_SAID = {str(PayoutStatus.PENDING): "goes back to pending", str(PayoutStatus.PROCESSING): "is processed"}


@dataclass(frozen=True, slots=True)
class Work:
    """One thing that is due: what happens, to what, and when on the merchant's clock."""

    what: str
    about: str
    at: datetime
    url: str


@dataclass(frozen=True, slots=True)
class _Kind:
    """How one kind of work is told: its sentence, the object's name, and the route and id of the object's page."""

    what: Callable[[Any], str]
    about: Callable[[Any], str]
    link: Callable[[Any], tuple[str, Any]]
    related: tuple[str, ...] = ()


def upcoming(merchant: Merchant, limit: int = SHOWN) -> list[Work]:
    """The next works in the order of their time; one query a kind."""
    related = {name: kind.related for name, kind in _KINDS.items()}
    return [_told(kind.name, row, at) for at, kind, row in scheduling.upcoming(merchant.pk, limit=limit, related=related)]


def _told(name: str, row: Any, at: datetime) -> Work:
    kind = _KINDS.get(name)
    if kind is None:
        return Work(f"{name.replace('_', ' ').capitalize()} is due", "", at, "")
    return Work(kind.what(row), kind.about(row), at, _url(*kind.link(row)))


def _url(route: str, key: Any) -> str:
    """The object's page; empty where the portal has none."""
    try:
        return reverse(f"portal:{route}", args=[key] if key else [])
    except NoReverseMatch:
        return ""


def _payout(row: Payout) -> str:
    if not row.plan:
        return "Payout is processed; its outcome is decided"
    status = row.plan[0][0]
    return f"Payout {_SAID.get(status) or _ends(PayoutStatus(status).label)}"


def _payment(row: Payment) -> str:
    if not row.plan:
        return "Payment goes on"
    status, code, *_ = row.plan[0]
    if status == DISPUTED:
        return "The payer disputes the payment"
    if status == PaymentStatus.FAILED:
        return f"Payment fails with {code}"
    if status == PaymentStatus.VOIDED:
        return "Authorisation ends without a capture"
    return f"Payment {_ends(PaymentStatus(status).label)}"


def _refund(row: Refund) -> str:
    return f"Refund {_ends(RefundStatus(row.plan[0]).label)}" if row.plan else "Refund is decided"


def _ends(label: Any) -> str:
    return f"becomes {str(label).lower()}"


def _dispute(row: Dispute) -> str:
    if row.status == DisputeStatus.NEEDS_RESPONSE:
        return "Time to answer the dispute ends"
    return "The bank decides the dispute"


def _delivery(row: Delivery) -> str:
    return f"Webhook {row.event_name} is tried again" if row.tries > row.earlier_tries else f"Webhook {row.event_name} is sent"


def _host(row: Delivery) -> str:
    return row.url.partition("://")[2].partition("/")[0] or row.target


_KINDS: dict[str, _Kind] = {
    "payout": _Kind(_payout, lambda row: row.merchant_reference, lambda row: ("payout", row.pk), ("merchant",)),
    "checkout": _Kind(lambda row: "Checkout expires unpaid", lambda row: row.reference, lambda row: ("checkout", row.pk), ("merchant",)),
    "payment": _Kind(_payment, lambda row: row.checkout.reference, lambda row: ("payment", row.pk), ("checkout",)),
    "refund": _Kind(_refund, lambda row: row.payment.checkout.reference, lambda row: ("refund", row.pk), ("payment__checkout",)),
    "dispute": _Kind(_dispute, lambda row: row.payment.checkout.reference, lambda row: ("dispute", row.pk), ("payment__checkout",)),
    "settlement": _Kind(
        lambda row: f"{row.currency} settles", lambda row: "what has matured", lambda row: ("settlements", None), ("merchant",)
    ),
    "gateway_order": _Kind(
        lambda row: "The gateway is asked what became of the payment",
        lambda row: "its order there",
        lambda row: ("checkout", row.checkout_id),
        ("merchant",),
    ),
    "event": _Kind(lambda row: f"Event {row.type} goes out", lambda row: "your endpoints", lambda row: ("event", row.pk), ("merchant",)),
    "delivery": _Kind(_delivery, _host, lambda row: ("delivery", row.pk), ("event",)),
}
