"""A shop that speaks Paystack, and who pays it."""

from typing import Any

import pytest
from django.test import Client

from emulators.tests.shop import ShopInTime
from merchants.models import Merchant
from merchants.states import Scope
from merchants.tests.factories import make_key
from webhooks.tests.receiver import receiver  # noqa: F401

GOOD, DECLINED, PIN, PIN_OTP, PIN_PHONE_OTP = (
    "4084084084084081", "4084080000005408", "507850785078507812", "5060666666666666666", "507850785078507804",
)  # fmt: skip
EMAIL = "ada@example.com"


def card(number: str = GOOD, cvv: str = "408") -> dict[str, str]:
    """As `/charge` takes one."""
    return {"number": number, "cvv": cvv, "expiry_month": "9", "expiry_year": "2049"}


class Shop(ShopInTime):
    """A merchant's secret key and a client of its Paystack."""

    def __init__(self, merchant: Merchant) -> None:
        super().__init__(merchant)
        made = make_key(merchant, Scope.PAYSTACK)
        self.key, self.public_key = made.key, made.public_key
        self.client = Client()

    def call(self, method: str, path: str, body: Any = None, *, content_type: str = "application/json", **headers: str) -> Any:
        sent = {"Authorization": f"Bearer {self.key}", **headers}
        if method == "get":
            return self.client.get(f"/paystack{path}", headers=sent)
        return getattr(self.client, method)(f"/paystack{path}", {} if body is None else body, content_type=content_type, headers=sent)

    def whole(self, method: str, path: str, body: Any = None, *, status: int = 200, **headers: str) -> dict[str, Any]:
        """All of a good answer."""
        response = self.call(method, path, body, **headers)
        assert response.status_code == status, response.content
        told: dict[str, Any] = response.json()
        assert told["status"] is True
        return told

    def get(self, path: str) -> Any:
        """The data of a good answer."""
        return self.whole("get", path)["data"]

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.whole("post", path, body, **headers)["data"]

    def refused(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, str, str]:
        """Status, message and code of a refusal."""
        response = self.call(method, path, body, **headers)
        told = response.json()
        assert told["status"] is False
        return response.status_code, told["message"], told.get("code", "")

    def opened(self, **changes: Any) -> dict[str, Any]:
        """A new transaction, to be paid on the page."""
        made: dict[str, Any] = self.post("/transaction/initialize", {"email": EMAIL, "amount": 50_000, **changes})
        return made

    def charged(self, number: str = GOOD, **changes: Any) -> dict[str, Any]:
        """What becomes of a new charge of a card."""
        body = {"email": EMAIL, "amount": 50_000, "card": card(number), **changes}
        made: dict[str, Any] = self.post("/charge", body)
        return made

    def verified(self, reference: str) -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"/transaction/verify/{reference}")
        return found

    def pay(self, opened: dict[str, Any], **body: Any) -> dict[str, Any]:
        """Somebody pays it on the page, with a good card unless told; the transaction."""
        good = {"paymentMethod": "card", "cardNumber": GOOD, "expiryDate": "12/49", "cvv": "408", "cardholderName": "Ada Obi"}
        response = self.client.post(f"/paystack/checkout/{opened['access_code']}/pay", body or good)
        assert response.status_code == 302, response.content
        return self.verified(opened["reference"])


@pytest.fixture
def shop(merchant: Merchant) -> Shop:
    return Shop(merchant)


@pytest.fixture
def other_shop(stranger: Merchant) -> Shop:
    """Somebody else's."""
    return Shop(stranger)
