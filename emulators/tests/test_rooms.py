"""The rooms that all vendors share, tried with one that has other ways than Razorpay in everything."""

from typing import Any

import pytest
from django.test import Client

from merchants.models import Merchant
from merchants.states import Scope
from merchants.tests.factories import make_key
from payments.models import Checkout
from payments.services.complete import complete_payment

pytestmark = [pytest.mark.urls("emulators.tests.acme"), pytest.mark.django_db]
CARD = {"paymentMethod": "card", "cardNumber": "4111111111111111", "expiryDate": "12/49", "cvv": "123", "cardholderName": "A Khan"}


class Acme:
    """A merchant's client."""

    def __init__(self, merchant: Merchant) -> None:
        self.headers = {"Authorization": f"Bearer {make_key(merchant, Scope.PAYMENTS).key}"}

    def get(self, path: str) -> tuple[int, Any]:
        response = Client().get(path, headers=self.headers)
        return response.status_code, response.json()

    def post(self, path: str, body: Any, content_type: str = "application/json") -> tuple[int, Any]:
        response = Client().post(path, body, content_type=content_type, headers=self.headers)
        return response.status_code, response.json()

    def opened(self, reference: str, amount: Any = "5000") -> None:
        assert self.post("/transaction", {"amount": amount, "reference": reference})[0] == 201


@pytest.fixture
def acme(merchant: Merchant) -> Acme:
    return Acme(merchant)


def no(message: str) -> dict[str, Any]:
    return {"status": False, "message": message}


def test_other_key_is_refused_in_the_vendors_envelope(acme: Acme) -> None:
    acme.headers = {"Authorization": "Bearer wrong"}
    assert acme.get("/transaction") == (401, no("Invalid key"))


def test_route_with_a_slash_is_the_route_and_any_other_the_vendors_404(acme: Acme) -> None:
    assert acme.get("/customer/")[0] == 200
    assert acme.get("/customer/a/b/") == acme.get("/nothing") == (404, no("No such route"))
    assert Client().delete("/customer", headers=acme.headers)["Allow"] == "GET, POST, HEAD, OPTIONS"


def test_checkout_opens_under_the_merchants_reference_once(acme: Acme) -> None:
    body = {"amount": "5000", "reference": "r1", "callback": "https://shop.example/back", "meta": {"a": "b"}}
    told = {"reference": "r1", "amount": 5000, "callback": "https://shop.example/back", "meta": {"a": "b"}}
    assert acme.post("/transaction", body) == (201, {"status": True, "data": told})
    assert acme.get("/transaction/r1") == (200, {"status": True, "data": told})
    status, refused = acme.post("/transaction", body)
    assert (status >= 400, refused["status"]) == (True, False)
    assert Checkout.objects.count() == 1


def test_pages_are_counted_the_vendors_way(acme: Acme) -> None:
    for number in range(3):
        acme.opened(f"r{number}")
    _, told = acme.get("/transaction?perPage=2&page=2")
    assert [each["reference"] for each in told["data"]] == ["r0"]
    assert told["meta"] == {"total": 3, "page": 2, "perPage": 2}
    assert acme.get("/transaction?page=0") == (400, no("page must be at least 1"))
    assert acme.get("/transaction?perPage=x") == (400, no("perPage must be an integer"))


def test_rows_of_the_engine_come_with_their_fates_and_charges(acme: Acme) -> None:
    acme.opened("r1")
    complete_payment(checkout_id=str(Checkout.objects.get().pk), body=CARD)
    _, told = acme.get("/payment")
    assert told["data"] == [{"of": "r1", "fate": "captured", "charge": told["data"][0]["charge"]}]
    assert len(told["data"][0]["charge"]) == 2


def test_object_of_the_vendors_own_is_made_once_and_is_nobody_elses(acme: Acme, stranger: Merchant) -> None:
    (first, made), (second, again) = acme.post("/customer", {"email": "a@b.test"}), acme.post("/customer", {"email": "a@b.test"})
    assert (first, second) == (201, 200) and made == again
    code = made["data"]["code"]
    assert code.startswith("CUS_") and acme.get(f"/customer/{code}")[1] == made
    assert Acme(stranger).get(f"/customer/{code}") == acme.get("/customer/CUS_0") == (404, no("Customer not found"))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"reference": "r1"}, "amount is missing"),
        ({"amount": "5.5", "reference": "r1"}, "amount must be an integer"),
        ({"amount": True, "reference": "r1"}, "amount must be an integer"),
        ({"amount": 500, "reference": ["r1"]}, "reference must be a string"),
        ({"amount": 500, "reference": "r" * 41}, "reference must be at most 40 characters"),
        ({"amount": 500, "reference": "r1", "currency": "XXX"}, "currency must be a currency that is taken here"),
        ({"amount": 500, "reference": "r1", "callback": "ftp://a"}, "callback must be an http or https URL"),
        ({"amount": 500, "reference": "r1", "meta": "x"}, "meta must be an object"),
        ({"amount": 500, "reference": "r1", "meta": {"a": 1, "b": 2, "c": 3}}, "meta must have at most 2 members"),
        ({"amount": 500, "reference": "r1", "meta": {"a": "longer"}}, "meta must have short text as values, of at most 5 characters"),
    ],
)
def test_member_that_is_wrong_is_named_in_the_vendors_words(acme: Acme, body: dict[str, Any], message: str) -> None:
    assert acme.post("/transaction", body) == (400, no(message))
    assert not Checkout.objects.exists()


def test_member_that_nobody_knows_is_refused(acme: Acme) -> None:
    assert acme.post("/customer", {"email": "a@b.test", "other": 1}) == (400, no("other must not be sent"))


def test_form_nests_and_its_numbers_are_text(acme: Acme) -> None:
    form = "amount=5000&reference=r1&meta[a]=b"
    status, told = acme.post("/transaction", form, content_type="application/x-www-form-urlencoded")
    assert (status, told["data"]) == (201, {"reference": "r1", "amount": 5000, "meta": {"a": "b"}})
