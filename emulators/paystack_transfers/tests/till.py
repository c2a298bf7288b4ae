"""A shop that pays out by Paystack."""

from typing import Any

from emulators.paystack.tests.conftest import Shop
from ledger.services.top_up import top_up

ADA = {"type": "nuban", "name": "Ada Obi", "account_number": "0123450001", "bank_code": "058"}


class Till(Shop):
    """A shop, and what it pays."""

    count = 0

    def answer(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Status and JSON, whether it went well or not."""
        response = self.call(method, path, body, **headers)
        return response.status_code, response.json()

    def data(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """What a call that went well tells."""
        status, told = self.answer(method, path, body, **headers)
        assert status in (200, 201) and told["status"] is True, told
        return told.get("data")

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
