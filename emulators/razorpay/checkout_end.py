"""How a visit ends: what the shop is told, by which way, and the pages' own policy."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render as render_page

from emulators.ids import vendor_id
from emulators.razorpay import render
from emulators.razorpay.visits import Visit
from gateways.razorpay import wire
from mypay.kit.money import to_text
from payments.models import Payment
from payments.states import CANCELLED_CODE, PAID, CheckoutStatus, PaymentStatus

_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors {}; form-action {}"


@dataclass(frozen=True)
class Onward:
    """The form that leads the browser back to the shop."""

    method: str
    url: str
    fields: Mapping[str, str]


def guarded(response: HttpResponse, visit: Visit | None) -> HttpResponse:
    """No inline script or style, no frame but of the shop's page, and forms to the shop only where it has an address."""
    data = visit.row.data if visit else {"frame_origin": "*"}
    shop = "'self' http: https:" if data.get("callback_url") or data.get("cancel_url") else "'self'"
    response["Content-Security-Policy"] = _POLICY.format(data.get("frame_origin", "'self'"), shop)
    return response


def summary(visit: Visit, payment: Payment | None) -> dict[str, Any]:
    """Whom the payer pays, and how much."""
    order = visit.checkout
    amount = payment.amount if payment else order.owed
    return {"visit": visit, "money": f"{order.currency} {to_text(amount, order.currency)}"}


def ended(request: HttpRequest, visit: Visit, payment: Payment) -> HttpResponse:
    """The page of a decided payment."""
    is_paid = payment.status in PAID or payment.status in (PaymentStatus.VOIDED, PaymentStatus.REVERSED)
    payment_id = vendor_id(wire.PAYMENT, payment.pk)
    failure = wire.failure_of(payment.status_code)
    if is_paid:
        fields = _link_fields(visit, payment_id) if visit.is_link else _order_fields(visit, payment_id)
        told, onward = {"event": "success", "payload": fields}, _back(visit, fields)
    else:
        error = _error(failure, visit, payment_id)
        told, onward = {"event": "failed", "payload": error}, None if visit.is_link else _back(visit, _flat(error))
    shown = {
        **summary(visit, payment),
        "message": "Payment successful" if is_paid else failure.description,
        "is_paid": is_paid,
        "payment_id": payment_id,
        "reason": "" if is_paid else failure.reason,
        "may_retry": not is_paid and visit.checkout.status == CheckoutStatus.PENDING,
        "onward": onward,
        "told": json.dumps(told),
    }
    return render_page(request, "emulators/razorpay/end.html", shown)


def left(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The page of a payer who went away unpaid."""
    error = _error(wire.failure_of(CANCELLED_CODE), visit, "")
    shown = {
        **summary(visit, None),
        "message": "You left the payment",
        "is_paid": False,
        "may_retry": True,
        "onward": None if visit.is_link else _back(visit, _flat(error)),
        "told": json.dumps({"event": "dismissed"}),
    }
    return render_page(request, "emulators/razorpay/end.html", shown)


def _order_fields(visit: Visit, payment_id: str) -> dict[str, str]:
    signature = wire.payment_signature(visit.order_id, payment_id, visit.secret())
    return {"razorpay_payment_id": payment_id, "razorpay_order_id": visit.order_id, "razorpay_signature": signature}


def _link_fields(visit: Visit, payment_id: str) -> dict[str, str]:
    link_id, reference = vendor_id(wire.LINK, visit.checkout.pk), str(visit.row.data.get("reference_id", ""))
    status = render.link_status(visit.checkout)
    return {
        "razorpay_payment_id": payment_id,
        "razorpay_payment_link_id": link_id,
        "razorpay_payment_link_reference_id": reference,
        "razorpay_payment_link_status": status,
        "razorpay_signature": wire.link_signature(link_id, reference, status, payment_id, visit.secret()),
    }


def _error(failure: wire.Failure, visit: Visit, payment_id: str) -> dict[str, Any]:
    ids = {"order_id": visit.order_id, **({"payment_id": payment_id} if payment_id else {})}
    words = {name: getattr(failure, name) for name in ("code", "description", "source", "step", "reason")}
    return {**words, "metadata": ids}


def _flat(error: Mapping[str, Any]) -> dict[str, str]:
    return {f"error[{name}]": json.dumps(value) if name == "metadata" else value for name, value in error.items()}


def _back(visit: Visit, fields: Mapping[str, str]) -> Onward | None:
    """To the shop's callback: posted, of a link by GET with what its address asks for besides."""
    url = visit.row.data.get("callback_url")
    if not url or visit.origin:
        return None
    if not visit.is_link:
        return Onward("post", url, fields)
    parts = urlsplit(url)
    return Onward("get", urlunsplit(parts._replace(query="")), {**dict(parse_qsl(parts.query)), **fields})
