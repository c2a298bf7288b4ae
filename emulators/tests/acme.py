"""A vendor that is none: bearer keys, another envelope, pages by number, amounts as text, the merchant's own references."""

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import path, re_path
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from emulators.bodies import Reader
from emulators.fates import payment_fate
from emulators.models import VendorObject
from emulators.selectors import charges, newest
from emulators.shelf import Shelf
from emulators.views import VendorView, answer, elsewhere
from merchants.authentication import find_key
from merchants.states import Scope
from mypay.kit import clock
from mypay.kit.api import Reply
from mypay.kit.errors import ApiError, AuthenticationError, NotFound, ValidationError
from mypay.kit.money import to_text
from payments.models import Checkout, Payment
from payments.services.create import Terms

kept = Shelf("acme", {"transaction": "trx_", "payment": "pay_", "customer": "CUS_"}, lambda kind: NotFound(f"{kind.title()} not found"))


class BearerKey(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[Any, str]:
        found = find_key(request.headers.get("Authorization", "").removeprefix("Bearer "), (Scope.PAYMENTS,))
        if found is None:
            raise AuthenticationError("Invalid key")
        return found.merchant, ""


class _Reader(Reader):
    missing = "{name} is missing"
    has_text_numbers = True

    def refusal(self, words: str, name: str) -> ApiError:
        return ValidationError(words, field=name)


read = _Reader()


def refused(problem: ApiError) -> Reply:
    return Reply.of(problem.status, {"status": False, "message": problem.message}, problem.headers)


class AcmeView(VendorView):
    authentication_classes = [BearerKey]
    shelf = kept

    def error_reply(self, refused_: ApiError) -> Reply:
        return refused(refused_)

    def told(self, row: Any, status: int = 200) -> HttpResponse:
        return answer({"status": True, "data": self.shown([row])[0]}, status)

    def listed(self, rows: QuerySet[Any]) -> HttpResponse:
        query = self.request.query_params
        size = read.number(query, "perPage", default=50, least=1, most=100)
        number = read.number(query, "page", default=1, least=1, most=10_000)
        found = newest(rows, skip=(number - 1) * size, count=size, related=self.related)
        return answer({"status": True, "data": self.shown(found), "meta": {"total": rows.count(), "page": number, "perPage": size}})


class Transactions(AcmeView):
    kind, model = "transaction", Checkout

    def find(self, reference: str) -> Checkout:
        found: Checkout | None = self.rows().filter(reference=reference).first()
        return found or super().find(reference)

    def shown(self, rows: list[Checkout]) -> list[dict[str, Any]]:
        extra = kept.extras("transaction", [row.pk for row in rows])
        return [{"reference": row.reference, "amount": row.amount, **extra[row.pk]} for row in rows]

    def create(self, request: Request) -> HttpResponse:
        body = self.body
        made = {
            "amount": to_text(read.whole(body, "amount"), "PKR"),
            "currency": read.currency(body, default="PKR"),
            "reference": read.text(body, "reference", 40, is_required=True),
        }
        terms = Terms(is_reusable=True, expires_at=clock.now(self.merchant) + timedelta(hours=1))
        extra = {"callback": read.url(body, "callback"), "meta": read.pairs(body, "meta", 2, 5)}
        return self.told(self.open_checkout(made, extra, terms), 201)


class Payments(AcmeView):
    kind, model, related = "payment", Payment, ("checkout",)

    def shown(self, rows: list[Payment]) -> list[dict[str, Any]]:
        charge = charges(row.pk for row in rows)
        return [{"of": row.checkout.reference, "fate": payment_fate(row).value, "charge": charge[row.pk]} for row in rows]


class Customers(AcmeView):
    kind = "customer"

    def shown(self, rows: list[VendorObject]) -> list[dict[str, Any]]:
        return [{"code": kept.id_of(row), **row.data} for row in rows]

    def create(self, request: Request) -> HttpResponse:
        read.only(self.body, {"email", "is_new"})
        row, is_new = kept.once(self.merchant, "customer", read.texts(self.body, {"email": 20}))
        return self.told(row, 201 if is_new else 200)


urlpatterns = [
    path("transaction", Transactions.as_view({"get": "list", "post": "create"})),
    path("transaction/<str:reference>", Transactions.as_view({"get": "retrieve"})),
    path("payment", Payments.as_view({"get": "list"})),
    path("customer", Customers.as_view({"get": "list", "post": "create"})),
    path("customer/<str:code>", Customers.as_view({"get": "retrieve"})),
    re_path(r"", elsewhere(lambda: refused(NotFound("No such route")))),
]
