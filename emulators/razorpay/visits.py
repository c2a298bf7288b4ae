"""A payer at the checkout: of an order, opened by a shop's form, or of a payment link. Whoever has the address may pay."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from emulators import ids
from emulators.models import Vendor, VendorObject
from emulators.razorpay import objects, render
from emulators.razorpay.base import RazorpayKey
from emulators.razorpay.errors import BadRequest
from emulators.razorpay.objects import kept
from emulators.razorpay.reading import read as validation
from gateways.razorpay import wire
from merchants.authentication import find_pair
from merchants.models import ApiKey
from merchants.services.issue_key import secret_of
from merchants.states import Scope
from mypay.kit.outbound import OutboundRefused, check_url
from mypay.settings import environment
from payments.models import Checkout, Payment
from payments.selectors import find_session

KIND = "visit"
_URLS = ("callback_url", "cancel_url", "frame_origin")
_TEXTS = {"name": 100, "description": 255}


@dataclass(frozen=True)
class Visit:
    """Where the payer is (`row`: what the shop said of it) and what is to be paid, with its merchant."""

    row: VendorObject
    checkout: Checkout
    path: str

    @property
    def is_link(self) -> bool:
        return self.row.kind == objects.LINK

    @property
    def name(self) -> str:
        """Who is paid."""
        return str(self.row.data.get("name") or self.checkout.merchant.company_name)

    @property
    def description(self) -> str:
        return str(self.row.data.get("description") or self.checkout.description)

    @property
    def origin(self) -> str:
        """Of the page whose frame this is; empty in a window of its own."""
        return str(self.row.data.get("frame_origin", ""))

    @property
    def order_id(self) -> str:
        return ids.vendor_id(wire.ORDER, self.checkout.pk)

    def last_payment(self) -> Payment | None:
        """The newest attempt, whatever became of it."""
        return Payment.objects.select_related("checkout").filter(checkout=self.checkout).order_by("-pk").first()

    def secret(self) -> str:
        """What outcomes are signed with: the shop's key, of a link the merchant's newest; empty when that works no more."""
        if not self.is_link:
            pair = find_pair(self.row.data["key_id"], RazorpayKey.scopes)
            return pair.secret if pair else ""
        keys = ApiKey.objects.filter(merchant=self.checkout.merchant, scope=Scope.RAZORPAY, is_active=True)
        newest = keys.order_by("-pk").first()
        return secret_of(newest.secret_encrypted) if newest else ""


def open_visit(form: dict[str, Any]) -> Visit:
    """A visit as the shop's form asks for it; its key id alone shows who the shop is. Raises BadRequest naming the field."""
    pair = find_pair(validation.text(form, "key_id", 60, is_required=True), RazorpayKey.scopes)
    if pair is None:
        raise BadRequest("The key_id is not that of a working key.", field="key_id")
    order_id = validation.text(form, "order_id", 40, is_required=True)
    try:
        order = objects.find_order(pair.merchant, order_id)
    except BadRequest:
        raise BadRequest("There is no such order.", field="order_id") from None
    if form.get("amount") and validation.whole(form, "amount") != order.amount:
        raise BadRequest("The amount is different from the order's.", field="amount")
    if form.get("currency", order.currency) != order.currency:
        raise BadRequest("The currency is different from the order's.", field="currency")
    data = {
        "order": str(order.pk),
        "key_id": form["key_id"],
        **{name: validation.text(form, name, longest) for name, longest in _TEXTS.items()},
        **{name: _url(form, name) for name in _URLS},
        "prefill": {name: str(text)[:100] for name, text in validation.member(form, "prefill").items()},
        "notes": validation.notes(form),
    }
    row = kept.new(pair.merchant, KIND, {name: value for name, value in data.items() if value})
    row.save(force_insert=True)
    return _of_order(row, order)


def _url(form: dict[str, Any], name: str) -> str:
    url = validation.text(form, name, 2048)
    try:
        parts = check_url(url or "http://localhost")
    except OutboundRefused:
        raise BadRequest(f"The {name} must be an http or https URL.", field=name) from None
    return f"{parts.scheme}://{parts.netloc}" if url and name == "frame_origin" else url


def find_visit(visit_id: UUID | None, link_id: str) -> Visit | None:
    """The visit of that address; None for an unknown one, or of a merchant that does not work any more."""
    if visit_id is not None:
        row = VendorObject.objects.filter(pk=visit_id, vendor=Vendor.RAZORPAY, kind=KIND).first()
        order = find_session(row.data["order"]) if row else None
        return _of_order(row, order) if row and order else None
    found = ids.find(Checkout.objects.all(), wire.LINK, link_id)
    order = find_session(str(found.pk)) if found else None
    row = VendorObject.objects.filter(vendor=Vendor.RAZORPAY, kind=objects.LINK, subject_id=order.pk).first() if order else None
    return Visit(row, order, urlsplit(render.link_page(order.pk)).path) if row and order else None


def _of_order(row: VendorObject, order: Checkout) -> Visit:
    return Visit(row, order, f"{urlsplit(environment.RAZORPAY_BASE_URL).path}/v1/checkout/{row.pk}")
