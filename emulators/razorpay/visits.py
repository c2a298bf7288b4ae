"""Razorpay's payer: at the checkout of an order, opened by a shop's form, or of a payment link. Whoever has the address may pay."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from emulators import ids
from emulators.bodies import FormBody
from emulators.hosted.opening import said
from emulators.hosted.visits import Ending, OneTimePassword, Onward, Visit
from emulators.models import Vendor, VendorObject
from emulators.razorpay import magic, objects, render
from emulators.razorpay.base import RazorpayKey
from emulators.razorpay.errors import BadRequest
from emulators.razorpay.reading import read
from gateways.razorpay import wire
from merchants.authentication import find_pair
from merchants.selectors import newest_secret
from merchants.states import Scope
from mypay.settings import environment
from payments.models import Checkout, Payment
from payments.scenarios import Sample
from payments.selectors import find_session
from payments.states import CANCELLED_CODE, Method

KIND = "visit"


class RazorpayVisit(Visit):
    """The visit of an order or a link; what the shop is told of a payment is signed."""

    password = OneTimePassword(re.compile(r"[0-9]{4,10}", re.ASCII), "4 to 10 digits succeed, fewer fail.")
    methods = {Method.CARD: "Card", Method.UPI: "UPI", Method.NETBANKING: "Netbanking", Method.WALLET: "Wallet"}
    paid_by_leaving = frozenset({Method.UPI})  # as Razorpay's test mode has it

    @property
    def is_link(self) -> bool:
        return self.row.kind == objects.LINK

    @property
    def path(self) -> str:
        page = f"{environment.VENDORS_BASE_URL}/razorpay/v1/checkout/{self.row.pk}"
        url = render.link_page(self.checkout.pk) if self.is_link else page
        return urlsplit(url).path

    @property
    def usual_method(self) -> str:
        return str(self.row.data.get("prefill", {}).get("method", ""))

    def samples(self, method: Method) -> Sequence[Sample]:
        return magic.samples(method)

    def keep(self, payment: Payment, method: Method, body: Mapping[str, Any]) -> None:
        payer = self.row.data.get("customer" if self.is_link else "prefill", {})
        known = {"email": payer.get("email"), "contact": payer.get("contact"), "description": self.description}
        extra = {**magic.about(method, body), **known, "notes": self.row.data.get("notes")}
        changes = {name: value for name, value in extra.items() if value}
        objects.kept.note(self.checkout.merchant, objects.PAYMENT, payment.pk, **changes)

    def paid(self, payment: Payment) -> Ending:
        payment_id = ids.vendor_id(wire.PAYMENT, payment.pk)
        fields = self._link_fields(payment_id) if self.is_link else self._order_fields(payment_id)
        onward = self.back(fields, is_posted=not self.is_link)
        return Ending({"event": "success", "payload": fields}, onward, payment_id)

    def failed(self, payment: Payment) -> Ending:
        payment_id, failure = ids.vendor_id(wire.PAYMENT, payment.pk), wire.failure_of(payment.status_code)
        error = self._error(failure, payment_id=payment_id)
        told = {"event": "failed", "payload": error}
        return Ending(told, self._back_unpaid(error), payment_id, reason=failure.reason, problem=failure.description)

    def left(self) -> Ending:
        return Ending({"event": "dismissed"}, self._back_unpaid(self._error(wire.failure_of(CANCELLED_CODE))))

    def _order_fields(self, payment_id: str) -> dict[str, str]:
        order_id = ids.vendor_id(wire.ORDER, self.checkout.pk)
        signature = wire.payment_signature(order_id, payment_id, self._secret())
        return {"razorpay_payment_id": payment_id, "razorpay_order_id": order_id, "razorpay_signature": signature}

    def _link_fields(self, payment_id: str) -> dict[str, str]:
        link_id, reference = ids.vendor_id(wire.LINK, self.checkout.pk), str(self.row.data.get("reference_id", ""))
        status = render.link_status(self.checkout)
        return {
            "razorpay_payment_id": payment_id,
            "razorpay_payment_link_id": link_id,
            "razorpay_payment_link_reference_id": reference,
            "razorpay_payment_link_status": status,
            "razorpay_signature": wire.link_signature(link_id, reference, status, payment_id, self._secret()),
        }

    def _secret(self) -> str:
        """What outcomes are signed with: the shop's key, of a link the merchant's newest; empty when that works no more."""
        if self.is_link:
            return newest_secret(self.checkout.merchant, Scope.RAZORPAY)
        pair = find_pair(self.row.data["key_id"], RazorpayKey.scopes)
        return pair.secret if pair else ""

    def _error(self, failure: wire.Failure, **payment: str) -> dict[str, Any]:
        words = {name: getattr(failure, name) for name in wire.ERROR_WORDS}
        return {**words, "metadata": {"order_id": ids.vendor_id(wire.ORDER, self.checkout.pk), **payment}}

    def _back_unpaid(self, error: Mapping[str, Any]) -> Onward | None:
        """Of a link nobody hears that it was not paid."""
        fields = {f"error[{name}]": json.dumps(value) if name == "metadata" else value for name, value in error.items()}
        return None if self.is_link else self.back(fields, is_posted=True)


def open_visit(form: FormBody) -> RazorpayVisit:
    """The visit of an order that a shop's form asks for; its key id alone shows who the shop is. Raises ApiError naming the field."""
    pair = find_pair(read.text(form, "key_id", 60, is_required=True), RazorpayKey.scopes)
    if pair is None:
        raise BadRequest("The key_id is not that of a working key.", field="key_id")
    order_id = read.text(form, "order_id", 40, is_required=True)
    order = ids.find(Checkout.objects.filter(merchant=pair.merchant), wire.ORDER, order_id)
    if order is None:
        raise BadRequest("There is no such order.", field="order_id")
    if form.get("amount") and read.whole(form, "amount") != order.amount:
        raise BadRequest("The amount is different from the order's.", field="amount")
    if form.get("currency", order.currency) != order.currency:
        raise BadRequest("The currency is different from the order's.", field="currency")
    data = {
        "order": str(order.pk),
        "key_id": form["key_id"],
        **said(read, form),
        "prefill": {name: str(text)[:100] for name, text in read.member(form, "prefill").items()},
        "notes": read.notes(form),
    }
    row = objects.kept.new(pair.merchant, KIND, data)
    row.save(force_insert=True)
    return RazorpayVisit(row, order)


def find_visit(visit_id: UUID | None = None, link_id: str = "") -> RazorpayVisit | None:
    """The visit of that address; None for an unknown one, or of a merchant that does not work any more."""
    rows = VendorObject.objects.filter(vendor=Vendor.RAZORPAY, kind=KIND if visit_id else objects.LINK)
    row = rows.filter(pk=visit_id).first() if visit_id else ids.find(rows, wire.LINK, link_id, by="subject_id")
    order = find_session(row.data.get("order") or str(row.subject_id)) if row else None
    return RazorpayVisit(row, order) if row and order else None
