"""A shop that pays out by Paystack."""

from datetime import timedelta
from typing import Any

from django.test import Client

from ledger.services.top_up import top_up
from merchants.models import Merchant
from merchants.states import Scope
from merchants.tests.factories import make_key
from mypay.kit import scheduling
from sandbox.services.clock import advance

ADA = {"type": "nuban", "name": "Ada Obi", "account_number": "0123450001", "bank_code": "058"}


class Till:
    """A merchant's secret key and a client of its Paystack."""

    def __init__(self, merchant: Merchant) -> None:
        self.merchant, self.client = merchant, Client()
        self.key = make_key(merchant, Scope.PAYSTACK).key
        self.count = 0

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        sent = {"Authorization": f"Bearer {self.key}", **headers}
        about = {} if method == "get" else {"data": body or {}, "content_type": "application/json"}
        response = getattr(self.client, method)(f"/paystack{path}", headers=sent, **about)
        return response.status_code, response.json()

    def data(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """What a call that went well tells."""
        status, told = self.call(method, path, body, **headers)
        assert status in (200, 201) and told["status"] is True, told
        return told.get("data")

    def refused(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, str, str]:
        """Status, message and code of a refusal."""
        status, told = self.call(method, path, body, **headers)
        assert told["status"] is False and told["meta"]["nextStep"]
        return status, told["message"], told["code"]

    def recipient(self, **changes: Any) -> str:
        """The code of Ada's account, or another one's."""
        return str(self.data("post", "/transferrecipient", {**ADA, **changes})["recipient_code"])

    def order(self, recipient: str = "", **changes: Any) -> dict[str, Any]:
        """The body of a transfer with a reference of its own."""
        self.count += 1
        body = {"source": "balance", "amount": 100_000, "recipient": recipient or self.recipient(), "reason": "Holiday"}
        return {**body, "reference": f"transfer-{self.count:010d}", **changes}

    def send(self, recipient: str = "", *, scenario: str = "", **changes: Any) -> dict[str, Any]:
        """A new transfer."""
        headers = {"X-Mock-Scenario": scenario} if scenario else {}
        made: dict[str, Any] = self.data("post", "/transfer", self.order(recipient, **changes), **headers)
        return made

    def fund(self, amount: int = 5_000_000, currency: str = "NGN") -> None:
        top_up(merchant=self.merchant, currency=currency, amount=amount)

    def balance(self) -> int:
        free: int = self.data("get", "/balance")[0]["balance"]
        return free

    def later(self, **span: float) -> None:
        """Advance the merchant's clock, and do what is due until then."""
        advance(merchant=Merchant.objects.get(pk=self.merchant.pk), by=timedelta(**span))

    def work(self) -> None:
        """Do all that is due now."""
        while scheduling.sweep():
            pass
