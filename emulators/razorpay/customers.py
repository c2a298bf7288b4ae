"""Customers: only Razorpay has them; the same e-mail address and number make no second one."""

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from emulators.models import VendorObject
from emulators.razorpay import kept, validation
from emulators.razorpay.base import RazorpayView, answer
from emulators.razorpay.errors import BadRequest
from emulators.razorpay.paging import collection, page
from gateways.razorpay import wire

KIND = "customer"
_TEXTS = {"name": 50, "email": 64, "contact": 15, "gstin": 15}


def customer_json(row: VendorObject) -> dict[str, Any]:
    """A customer as the API shows it."""
    told = {name: row.data[name] or None for name in _TEXTS}
    return {
        "id": kept.id_of(row),
        "entity": KIND,
        **told,
        "notes": row.data["notes"] or [],
        "created_at": wire.seconds(row.created_at),
    }


class CustomersView(RazorpayView):
    def post(self, request: Request) -> HttpResponse:
        """A new customer, or with `fail_existing` 0 the one there is."""
        data = {name: validation.text(self.body, name, longest) for name, longest in _TEXTS.items()}
        same = {"email": data["email"], "contact": data["contact"]}
        row, is_new = kept.once(self.merchant, KIND, data | {"notes": validation.notes(self.body)}, same=same)
        if not is_new and validation.flag(self.body, "fail_existing", default=True):
            raise BadRequest("Customer already exists for the merchant")
        return answer(customer_json(row))

    def get(self, request: Request) -> HttpResponse:
        """Customers, newest first."""
        return answer(collection(customer_json(row) for row in page(kept.rows(self.merchant, KIND), request.query_params)))


class CustomerView(RazorpayView):
    def get(self, request: Request, customer_id: str) -> HttpResponse:
        """One customer."""
        return answer(customer_json(kept.get(self.merchant, KIND, customer_id)))
