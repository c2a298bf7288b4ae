"""Customers: only Razorpay has them; the same e-mail address and number make no second one."""

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from emulators.models import VendorObject
from emulators.razorpay.base import RazorpayView
from emulators.razorpay.errors import BadRequest
from emulators.razorpay.objects import CUSTOMER, kept
from emulators.razorpay.reading import read
from gateways.razorpay import wire

_TEXTS = {"name": 50, "email": 64, "contact": 15, "gstin": 15}


class Customers(RazorpayView):
    kind = CUSTOMER

    def shown(self, rows: list[VendorObject]) -> list[dict[str, Any]]:
        return [_customer(row) for row in rows]

    def create(self, request: Request) -> HttpResponse:
        """A new one, or with `fail_existing` 0 the one there is."""
        data = read.texts(self.body, _TEXTS)
        same = {"email": data["email"], "contact": data["contact"]}
        row, is_new = kept.once(self.merchant, CUSTOMER, data | {"notes": read.notes(self.body)}, same=same)
        if not is_new and read.flag(self.body, "fail_existing", default=True):
            raise BadRequest("Customer already exists for the merchant")
        return self.told(row)


def _customer(row: VendorObject) -> dict[str, Any]:
    return {
        "id": kept.id_of(row),
        "entity": "customer",
        **{name: row.data[name] or None for name in _TEXTS},
        "notes": row.data["notes"] or [],
        "created_at": wire.seconds(row.created_at),
    }
