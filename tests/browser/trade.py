"""A merchant with a bit of everything, made over the API, for the portal's pages to show."""

import json
import uuid
from dataclasses import dataclass
from typing import Any

import requests

from tests.processes.conftest import World

BANKS = ("HBL", "UBL", "MCB")
_CARD = {"cardNumber": "4242424242424242", "expiryDate": "12/39", "cvv": "123", "cardholderName": "Ayesha Khan"}


@dataclass(frozen=True)
class Trader:
    """A merchant's login and its keys."""

    url: str
    email: str
    password: str
    payout_key: str
    payment_key: str

    def call(self, method: str, path: str, body: dict[str, Any] | None = None, **headers: str) -> Any:
        """Call the API; returns the `data`, or the body where there is none."""
        key = self.payout_key if path.startswith(("/payouts", "/sandbox", "/beneficiaries")) else self.payment_key
        sent = {"X-Api-Key": key, "X-Idempotency-Key": str(uuid.uuid4()), **headers}
        response = requests.request(method, f"{self.url}/api/v1{path}", json=body, headers=sent, timeout=60)
        assert response.status_code < 300, f"{method} {path}: {response.text}"
        answer = response.json()
        return answer.get("data", answer)

    def post(self, path: str, body: dict[str, Any] | None = None, **headers: str) -> Any:
        return self.call("POST", path, body or {}, **headers)

    def pay_out(self, reference: str, amount: str, account: str, **more: Any) -> str:
        """A payout's id."""
        bank = BANKS[len(reference) % len(BANKS)]
        body = {"merchantReference": reference, "amount": amount, "destType": "BANK", "bankCode": bank, "accountNumber": account, **more}
        return str(self.post("/payouts", body)["id"])

    def sell(
        self, reference: str, amount: str, *, hook: str, pay: dict[str, Any] | None = None, method: str = "jazzcash", **headers: str
    ) -> str:
        """A checkout's id; `pay` is what its payer fills in."""
        about = {"reference": reference, "amount": amount, "paymentMethod": method, "paymentType": "onetime"}
        urls = {"successUrl": hook, "returnUrl": "http://127.0.0.1:9/back"}
        made = self.post("/checkouts", {**about, **urls, "description": "Two lamps, a carpet"}, **headers)
        if pay:
            requests.post(f"{self.url}/api/v1/payment/{made['checkoutId']}/complete", json=pay, timeout=60)
        return str(made["checkoutId"])

    def pass_time(self, seconds: int) -> None:
        self.post("/sandbox/clock/advance", {"seconds": seconds})


def open_shop(world: World, email: str, company: str) -> Trader:
    """A new merchant."""
    made = json.loads(world.manage("create_merchant", "--email", email, "--name", "Ayesha Khan", "--company", company, "--json").stdout)
    return Trader(world.url, made["email"], made["password"], made["payouts_key"], made["payments_key"])


def trade(trader: Trader, hook: str) -> None:
    """Days of business, webhooks going to `hook`; afterwards the clock stands, with some work ahead of it."""
    trader.post("/sandbox/clock/freeze")
    trader.post("/webhooks/endpoints", {"url": hook, "description": "The shop's server"})
    for number in range(1, 9):
        payer = {"mobileNumber": "03030000000" if number % 4 else "03035555555", "pin": "1234"}
        trader.sell(f"ORDER-{1000 + number}", f"{number * 725}.50", pay=payer, hook=hook)
        trader.pass_time(1800)
    trader.sell("ORDER-1009", "4300", pay=_CARD, method="card", hook=hook)
    for number, ending in enumerate(("0001", "0002", "0003", "0005", "0001"), start=1):
        trader.pay_out(f"INVOICE-{200 + number}", f"{number * 1250}", f"1234567{ending}", accountTitle="Bilal Traders")
    trader.pay_out("INVOICE-206", "150000", "123456780001", accountTitle="Karachi Steel")
    trader.pass_time(4 * 86_400)
    payments = trader.call("GET", "/payments?limit=20&status=captured")["payments"]
    trader.post(f"/payments/{payments[0]['id']}/refunds", {"amount": "500", "reason": "One lamp was broken"})
    trader.post("/sandbox/disputes", {"paymentId": payments[1]["id"], "reason": "product_not_received"})
    trader.sell("ORDER-1010", "990", pay={"mobileNumber": "03030000000", "pin": "1234"}, hook=hook)
    trader.sell("ORDER-1011", "2750", hook=hook)
    trader.pass_time(60)
    _prepare(trader)
    trader.pay_out("INVOICE-207", "8400", "123456780001", accountTitle="Lahore Textiles")


def _prepare(trader: Trader) -> None:
    """Rules, faults, a snapshot, a child."""
    trader.post(
        "/sandbox/rules", {"match": {"numberEndsWith": "77", "minAmount": "5000"}, "outcome": "failed", "reason": "Account is closed"}
    )
    trader.post("/sandbox/rules", {"outcome": "pending_then_success", "delayMs": 3_600_000, "uses": 1, "match": {"amount": "4711"}})
    trader.post("/sandbox/rules", {"flow": "payment", "outcome": "success", "challenge": "otp", "match": {"method": "card"}})
    fault = {"kind": "error_after", "match": {"method": "POST", "route": "/payouts/:id/reinitiate"}, "probability": 0.1, "seed": "ci"}
    trader.post("/sandbox/faults", fault)
    trader.post("/sandbox/webhook-tricks", {"trick": "duplicate", "match": {"type": "refund.*"}, "uses": 2})
    trader.post("/sandbox/snapshots", {"name": "Before the experiment"})
    trader.post("/sandbox/children", {"name": "CI run 4711", "ttlSeconds": 86_400})
