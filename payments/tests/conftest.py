"""How shops and payers call the payment API."""

import itertools
import uuid
from typing import Any

import pytest
from django.test import Client

from merchants.models import Merchant
from merchants.states import Scope
from merchants.tests.factories import make_key
from payments.models import Payment
from sandbox.services.clock import advance
from webhooks.tests.receiver import receiver  # noqa: F401

_numbers = itertools.count(1)


class Shop:
    """A shop's server: it holds a payment key."""

    def __init__(self, merchant: Merchant) -> None:
        self.merchant = merchant
        self.key = make_key(merchant, Scope.PAYMENTS).key
        self.client = Client()

    def get(self, path: str, query: dict[str, Any] | None = None) -> Any:
        return self.client.get(path, query or {}, headers={"X-Api-Key": self.key})

    def post(self, path: str, body: Any, **headers: str) -> Any:
        return self.client.post(path, body, content_type="application/json", headers={"X-Api-Key": self.key, **headers})

    def act(self, path: str, body: Any = None, *, key: str | None = None, **headers: str) -> Any:
        """POST under `/api/v1` with an idempotency key, a new one unless told."""
        sent = {"X-Idempotency-Key": key or str(uuid.uuid4()), **headers}
        return self.post(f"/api/v1{path}", {} if body is None else body, **sent)

    def data(self, path: str, query: dict[str, Any] | None = None) -> Any:
        """What a core-dialect GET under `/api/v1` answers."""
        response = self.get(f"/api/v1{path}", query)
        assert response.status_code == 200, response.content
        return response.json()["data"]

    def paid(self, headers: dict[str, str] | None = None, **changes: Any) -> str:
        """The id of a payment by card that came about as the scenario of its checkout says."""
        checkout_id = self.opened(headers, **{"paymentMethod": "card", **changes})
        Payer().card(checkout_id, "4242424242424242")
        return str(Payment.objects.get(checkout=checkout_id).pk)

    def authorized(self, headers: dict[str, str] | None = None, **changes: Any) -> str:
        """The id of a payment that waits for its capture."""
        return self.paid(headers, captureMode="manual", **changes)

    def create(self, headers: dict[str, str] | None = None, **changes: Any) -> Any:
        """POST /api/v1/checkouts; returns the response."""
        return self.post("/api/v1/checkouts", checkout_body(**changes), **(headers or {}))

    def opened(self, headers: dict[str, str] | None = None, **changes: Any) -> str:
        """A new checkout's id."""
        response = self.create(headers, **changes)
        assert response.status_code == 200, response.content
        return str(response.json()["checkoutId"])

    def open_method(self, **changes: Any) -> str:
        """A new checkout without a method: the payer chooses."""
        response = self.post("/api/checkout/create", {"merchant_ref": f"L-{next(_numbers)}", "amount": 1000, **changes})
        return str(response.json()["checkoutId"])

    def checkout(self, checkout_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"/checkouts/{checkout_id}").json()["checkout"]
        return found

    def transaction(self, checkout_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"/transactions/{self.checkout(checkout_id)['reference']}").json()["transaction"]
        return found


def checkout_body(**changes: Any) -> dict[str, Any]:
    """A valid strict body, changed as told; None takes a member away."""
    body = {
        "reference": f"ORDER-{next(_numbers)}",
        "amount": 1000,
        "paymentMethod": "jazzcash",
        "paymentType": "onetime",
        "successUrl": "http://127.0.0.1:9/hook",
        "returnUrl": "https://shop.example/thanks",
        **changes,
    }
    return {name: value for name, value in body.items() if value is not None}


class Payer:
    """A payer's browser: no key."""

    def __init__(self) -> None:
        self.client = Client(enforce_csrf_checks=True)

    def complete(self, checkout_id: str, body: Any = None, **members: Any) -> Any:
        return self.client.post(f"/payment/{checkout_id}/complete", members if body is None else body, content_type="application/json")

    def wallet(self, checkout_id: str, number: str) -> Any:
        return self.complete(checkout_id, mobileNumber=number, pin="1234")

    def card(self, checkout_id: str, number: str, **changes: Any) -> Any:
        return self.complete(checkout_id, cardNumber=number, **{"expiryDate": "12/39", "cvv": "123", "cardholderName": "A Khan", **changes})


@pytest.fixture
def shop(merchant: Merchant) -> Shop:
    return Shop(merchant)


@pytest.fixture
def rival(stranger: Merchant) -> Shop:
    """Another merchant's server."""
    return Shop(stranger)


@pytest.fixture
def payer() -> Payer:
    return Payer()


@pytest.fixture
def pass_time(merchant: Merchant) -> Any:
    """Move the merchant's clock and do what comes due on the way."""

    def move(**units: float) -> None:
        from datetime import timedelta

        merchant.refresh_from_db()
        advance(merchant=merchant, by=timedelta(**units))

    return move
