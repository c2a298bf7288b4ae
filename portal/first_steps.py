"""The first steps with the API: what each is, a command that takes it, and whether it is taken."""

import json
from dataclasses import dataclass
from typing import Any

from merchants.models import ApiKey, Merchant
from merchants.services.issue_key import reveal_key
from merchants.states import Scope
from mypay.kit import clock
from mypay.kit.ids import random_text
from portal import overview, quickstart
from portal.links import room

YOUR_KEY = {Scope.PAYOUTS: "YOUR_PAYOUT_KEY", Scope.PAYMENTS: "YOUR_PAYMENT_KEY"}


@dataclass(frozen=True, slots=True)
class Step:
    """A step; `curl` takes it from a terminal, `url` is the room where one sees it."""

    title: str
    text: str
    is_done: bool
    curl: str
    url: str


def steps(merchant: Merchant, base_url: str, keys: dict[Scope, str]) -> list[Step]:
    """The five steps, in their order; one query."""
    done = overview.first_steps(merchant)
    payouts, payments = keys[Scope.PAYOUTS], keys[Scope.PAYMENTS]
    checkout = {"merchant_ref": f"CART-{random_text(6)}", "amount": 1200}
    return [
        Step(
            "Use an API key",
            "Ask for your balance; the answer shows that the key works.",
            done.key_used,
            _curl("GET", f"{base_url}/api/v1/balance", payouts),
            room("keys"),
        ),
        Step(
            "Make a payout",
            "The end of the account number decides what becomes of it.",
            done.payout,
            quickstart.curl(base_url, payouts),
            room("payouts"),
        ),
        Step(
            "Have a checkout paid",
            "Open the answer’s checkoutUrl and pay with one of the test numbers beside the form.",
            done.paid,
            _curl("POST", f"{base_url}/api/checkout/create", payments, checkout),
            room("checkouts"),
        ),
        Step(
            "Add a webhook endpoint",
            "Put your server’s address in; the answer has the secret that signs.",
            done.endpoint,
            _curl("POST", f"{base_url}/api/v1/webhooks/endpoints", payments, {"url": "http://127.0.0.1:9000/webhooks", "events": ["*"]}),
            room("endpoints"),
        ),
        Step(
            "Answer a webhook",
            "Fire an event and let your server answer it with 200.",
            done.answered,
            _curl("POST", f"{base_url}/api/v1/webhooks/trigger", payments, {"type": "payout.updated"}),
            room("events"),
        ),
    ]


def working_keys(merchant: Merchant) -> dict[Scope, str]:
    """The newest working key of each API in clear, every reveal audited; a name in place of one that is not there."""
    now = clock.real_now()
    rows = ApiKey.objects.filter(merchant=merchant, scope__in=YOUR_KEY, is_active=True).order_by("pk")
    newest = {Scope(row.scope): row for row in rows if row.expires_at is None or row.expires_at > now}
    return {**YOUR_KEY, **{scope: reveal_key(row).key for scope, row in newest.items()}}


def _curl(method: str, url: str, key: str, body: dict[str, Any] | None = None) -> str:
    lines = [f"curl -X {method} {url}", f"-H 'X-API-KEY: {key}'"]
    if body is not None:
        lines += ["-H 'Content-Type: application/json'", f"-d '{json.dumps(body)}'"]
    return " \\\n  ".join(lines)
