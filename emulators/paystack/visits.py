"""Paystack's payer, at `authorization_url`. Whoever has the address may pay."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from audit import context
from emulators import ids
from emulators.hosted.visits import Ending, OneTimePassword, Visit
from emulators.models import Vendor, VendorObject
from emulators.paystack import magic, objects, render
from gateways.paystack import wire
from payments.models import Payment
from payments.scenarios import Sample
from payments.selectors import find_session
from payments.states import Method
from payments.validation import currencies_of

_LABELS = {Method.CARD: "Card", Method.BANK_TRANSFER: "Bank transfer", Method.MPESA: "M-Pesa"}


def methods_of(channels: Sequence[str], currency: str) -> dict[Method, str]:
    """What the page offers for those channels, all of them where none is named: in the shop's order."""
    wanted = dict.fromkeys(Method(wire.METHODS[name]) for name in channels or wire.METHODS if name in wire.METHODS)
    return {method: _LABELS[method] for method in wanted if currency in currencies_of(method)}


class PaystackVisit(Visit):
    """The visit of a transaction; a failed attempt stays on the page, as at Paystack."""

    password = OneTimePassword(re.compile(magic.PASSWORDS), "123456 succeeds, or a test card’s PIN; anything else fails.")

    @property
    def path(self) -> str:
        return urlsplit(render.page(self.checkout.pk)).path

    @property
    def methods(self) -> Mapping[Method, str]:
        return methods_of(self.row.data.get("channels", ()), self.checkout.currency)

    def samples(self, method: Method) -> Sequence[Sample]:
        return magic.samples(method)

    def keep(self, payment: Payment, method: Method, body: Mapping[str, Any]) -> None:
        known = {**magic.about(method, body), "ip": context.current().ip}
        objects.kept.note(self.checkout.merchant, objects.AUTHORIZATION, payment.pk, **known)

    def paid(self, payment: Payment) -> Ending:
        reference = self.checkout.reference
        fields = {"trxref": reference, "reference": reference}
        return Ending({"event": "success", **fields}, self.back(fields), reference)

    def failed(self, payment: Payment) -> Ending:
        words = wire.failure_words(payment.status_code)
        return Ending({"event": "failed"}, None, self.checkout.reference, reason=payment.status_code, problem=words)

    def left(self) -> Ending:
        return Ending({"event": "cancelled"})


def find_visit(access_code: str) -> PaystackVisit | None:
    """The visit of that access code; None for an unknown one, or of a merchant that does not work any more."""
    rows = VendorObject.objects.filter(vendor=Vendor.PAYSTACK, kind=objects.TRANSACTION)
    row = ids.find(rows, "", access_code, by="subject_id")
    checkout = find_session(str(row.subject_id)) if row else None
    return PaystackVisit(row, checkout) if row and checkout else None
