"""How the tests call the portal and admin APIs, and what they put into them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import time_machine
from django.test import Client

from merchants.models import Merchant, User
from merchants.states import StaffRole
from mypay.kit import clock, ids
from mypay.kit.ids import uuid7
from payments.models import Checkout, Payment

PORTAL = "/api/v1/portal"
ADMIN = "/api/v1/admin"
STAFF_PASSWORD = "staff-password-1"


class Rest:
    """A client with a bearer token and a path before every path."""

    def __init__(self, prefix: str, token: str = "") -> None:
        self.prefix, self.token, self.client = prefix, token, Client()

    def send(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        data = json.dumps(body) if body is not None else ""
        return self.client.generic(method, f"{self.prefix}{path}", data, "application/json", headers=headers, **more)

    def get(self, path: str, query: str = "") -> Any:
        return self.send("GET", f"{path}?{query}" if query else path)

    def post(self, path: str, body: Any = None, **more: Any) -> Any:
        return self.send("POST", path, {} if body is None else body, **more)

    def put(self, path: str, body: Any) -> Any:
        return self.send("PUT", path, body)

    def sign_in(self, email: str, password: str) -> "Rest":
        response = self.post("/auth/login", {"email": email, "password": password})
        assert response.status_code == 200, response.content
        self.token = response.json()["token"]
        return self


@contextmanager
def later(**by: int) -> Iterator[None]:
    """So much later; afterwards it is now again, for ids too, which else would go on from there."""
    last = ids._last
    with time_machine.travel(clock.real_now() + timedelta(**by), tick=True):
        yield
    ids._last = last


def refusal(response: Any, status: int, error: str) -> None:
    """The dialect's refusal, to the letter."""
    assert (response.status_code, response.json()) == (status, {"success": False, "error": error})


def make_checkout(merchant: Merchant, reference: str = "", *, at: datetime | None = None, payer: str = "", **changes: Any) -> Checkout:
    """A checkout as the payment API leaves it; `payer` adds an attempt to pay."""
    at = at or clock.now(merchant)
    details = {
        "id": uuid7(),
        "reference": reference or str(uuid7()),
        "amount": 100_050,
        "currency": "PKR",
        "method": "jazzcash",
        "success_url": "https://shop.example/hook",
        "return_url": "https://shop.example/back",
        "status": "completed",
        "status_code": "SUCCESS",
        **changes,
    }
    made = Checkout.objects.create(merchant=merchant, created_at=at, updated_at=at, expires_at=at, **details)
    if payer:
        Payment.objects.create(
            id=uuid7(), merchant=merchant, checkout=made, amount=made.amount, currency="PKR", method=made.method, payer=payer,
            status="captured", captured=made.amount, created_at=at, updated_at=at,
        )  # fmt: skip
    return made


def make_staff(email: str = "staff@mypay.example", *, is_superuser: bool = False, role: str = StaffRole.ADMINISTRATOR) -> User:
    """A member of staff."""
    return User.objects.create_user(email, STAFF_PASSWORD, name="Staff", is_staff=True, is_superuser=is_superuser, staff_role=role)
