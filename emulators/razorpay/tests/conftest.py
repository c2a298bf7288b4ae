"""A shop that speaks Razorpay, and who pays it."""

import base64
from typing import Any

import pytest
from django.test import Client

from emulators.ids import bounds
from emulators.tests.shop import ShopInTime
from merchants.models import Merchant
from merchants.states import Scope
from merchants.tests.factories import make_key
from payments.models import Checkout
from payments.services.complete import complete_payment
from webhooks.tests.receiver import receiver  # noqa: F401

CARD = {"paymentMethod": "card", "cardNumber": "4111111111111111", "expiryDate": "12/49", "cvv": "123", "cardholderName": "A Khan"}


class Shop(ShopInTime):
    """A merchant's key pair and a client of its Razorpay."""

    def __init__(self, merchant: Merchant) -> None:
        super().__init__(merchant)
        pair = make_key(merchant, Scope.RAZORPAY)
        self.key_id, self.secret = pair.key, pair.secret
        self.client = Client()

    def call(self, method: str, path: str, body: Any = None, *, content_type: str = "application/json", **headers: str) -> Any:
        basic = base64.b64encode(f"{self.key_id}:{self.secret}".encode()).decode()
        sent = {"Authorization": f"Basic {basic}", **headers}
        send = getattr(self.client, method)
        if method == "get":
            return send(f"/razorpay/v1{path}", headers=sent)
        return send(f"/razorpay/v1{path}", {} if body is None else body, content_type=content_type, headers=sent)

    def get(self, path: str) -> Any:
        """The answer's JSON; it is a good one."""
        response = self.call("get", path)
        assert response.status_code == 200, response.content
        return response.json()

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        response = self.call("post", path, body, **headers)
        assert response.status_code == 200, response.content
        return response.json()

    def refused(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, str, str]:
        """Status, description and field of a refusal."""
        response = self.call(method, path, body, **headers)
        error = response.json()["error"]
        return response.status_code, error["description"], error.get("field", "")

    def order(self, **changes: Any) -> dict[str, Any]:
        """A new order."""
        body: dict[str, Any] = {"amount": 50_000, "currency": "INR", **changes}
        made: dict[str, Any] = self.post("/orders", body)
        return made

    def pay(self, order_id: str, **body: Any) -> dict[str, Any]:
        """Somebody pays the order, with a good card unless told; returns the payment."""
        checkout = self.checkout(order_id)
        complete_payment(checkout_id=str(checkout.pk), body=body or CARD)
        made: dict[str, Any] = self.get(f"/orders/{order_id}/payments")["items"][0]
        return made

    def paid(self, **changes: Any) -> dict[str, Any]:
        """A captured payment of a new order."""
        return self.pay(self.order(payment_capture=1, **changes)["id"])

    def checkout(self, object_id: str) -> Checkout:
        between = bounds(object_id[: object_id.index("_") + 1], object_id)
        return Checkout.objects.get(pk__range=between)


@pytest.fixture
def shop(merchant: Merchant) -> Shop:
    return Shop(merchant)


@pytest.fixture
def other_shop(stranger: Merchant) -> Shop:
    """Somebody else's."""
    return Shop(stranger)
