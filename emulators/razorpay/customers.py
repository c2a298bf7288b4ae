"""Customers: only Razorpay has them; the same e-mail address and number make no second one."""

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from emulators.models import VendorObject
from emulators.razorpay.base import Collection, RazorpayView
from emulators.razorpay.errors import BadRequest
from emulators.razorpay.objects import CUSTOMER, kept
from emulators.razorpay.reading import read
from emulators.views import ItemView
from gateways.razorpay import wire

_TEXTS = {"name": 50, "email": 64, "contact": 15, "gstin": 15}


class _Customers(RazorpayView):
    kind = CUSTOMER

    def shown(self, rows: list[VendorObject]) -> list[dict[str, Any]]:
        return [_customer(row) for row in rows]


def _customer(row: VendorObject) -> dict[str, Any]:
    told = {name: row.data[name] or None for name in _TEXTS}
    return {
        "id": kept.id_of(row),
        "entity": "customer",
        **told,
        "notes": row.data["notes"] or [],
        "created_at": wire.seconds(row.created_at),
    }


class CustomersView(_Customers, Collection):
    def post(self, request: Request) -> HttpResponse:
        """A new customer, or with `fail_existing` 0 the one there is."""
        data = read.texts(self.body, _TEXTS)
        same = {"email": data["email"], "contact": data["contact"]}
        row, is_new = kept.once(self.merchant, CUSTOMER, data | {"notes": read.notes(self.body)}, same=same)
        if not is_new and read.flag(self.body, "fail_existing", default=True):
            raise BadRequest("Customer already exists for the merchant")
        return self.told(row)


class CustomerView(_Customers, ItemView):
    """One of them."""
