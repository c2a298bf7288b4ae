"""A little Razorpay on this machine that does as the test says: it stands in for the real one where the emulator says too little."""

import base64
import itertools
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from gateways.razorpay import wire
from gateways.tests.standin import Refusal, Standin

_numbers = itertools.count(1)


def new_id(prefix: str) -> str:
    return f"{prefix}{next(_numbers):014d}"


class Razorpay(Standin):
    """Its orders, payments and refunds lie open."""

    base = "/v1"

    def __init__(self, *, webhook_secret: str = "hush hush") -> None:
        self.key_id, self.key_secret, self.webhook_secret = f"rzp_test_{next(_numbers):014d}", "key secret", webhook_secret
        self.orders: dict[str, dict[str, Any]] = {}
        self.payments: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.keys: dict[str, dict[str, Any]] = {}
        self.refund_status = "processed"
        super().__init__()

    @property
    def begun(self) -> dict[str, Any]:
        return self.orders

    @property
    def credentials(self) -> dict[str, str]:
        return {"key_id": self.key_id, "key_secret": self.key_secret}

    def refused(self, words: str) -> Any:
        return {"error": {"code": wire.BAD_REQUEST, "description": words, "source": "business", "step": None, "reason": "x"}}

    def act(self, method: str, path: str, body: Any, headers: dict[str, str]) -> tuple[int, Any]:
        login = base64.b64encode(f"{self.key_id}:{self.key_secret}".encode()).decode()
        if headers.get("Authorization") != f"Basic {login}":
            raise Refusal(401, wire.AUTHENTICATION_FAILED)
        parts = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        match [method, *parts.path.strip("/").split("/")]:
            case ["GET", "orders"]:
                return 200, _collection([o for o in self.orders.values() if query.get("receipt") in (None, o["receipt"])])
            case ["POST", "orders"]:
                return 200, self.new_order(**body)
            case ["GET", "orders", order_id, "payments"]:
                _known(self.orders, order_id)
                return 200, _collection([p for p in self.payments.values() if p["order_id"] == order_id])
            case ["GET", "payments", payment_id]:
                return 200, _known(self.payments, payment_id)
            case ["POST", "payments", payment_id, "capture"]:
                return 200, self._capture(_known(self.payments, payment_id), body)
            case ["POST", "payments", payment_id, "refund"]:
                return 200, self._refund(_known(self.payments, payment_id), body, headers.get(wire.REFUND_KEY_HEADER, ""))
            case ["GET", "payments", _, "refunds", refund_id]:
                return 200, _known(self.refunds, refund_id)
        raise Refusal(400, "The requested URL was not found on the server.")

    def new_order(self, *, amount: int, currency: str, receipt: str, payment: dict[str, Any]) -> dict[str, Any]:
        order = {
            "id": new_id(wire.ORDER),
            "entity": "order",
            "amount": amount,
            "currency": currency,
            "receipt": receipt,
            "payment": payment,
        }
        return self.orders.setdefault(order["id"], order)

    def pay(self, order_id: str, status: str = "captured", **changes: Any) -> dict[str, Any]:
        """A payment of the order, in that status."""
        order = self.orders[order_id]
        is_failed = status == "failed"
        payment = {
            "id": new_id(wire.PAYMENT), "entity": "payment", "amount": order["amount"], "currency": order["currency"],
            "status": status, "order_id": order_id, "method": "upi", "vpa": "success@razorpay", "fee": None, "tax": None,
            "error_code": wire.BAD_REQUEST if is_failed else None, "error_reason": "payment_failed" if is_failed else None, **changes,
        }  # fmt: skip
        if payment["status"] == "captured":
            payment |= {"fee": payment["amount"] // 50, "tax": payment["amount"] // 300}
        self.payments[payment["id"]] = payment
        return payment

    def _capture(self, payment: dict[str, Any], body: Any) -> dict[str, Any]:
        if payment["status"] == "captured":
            raise Refusal(400, wire.ALREADY_CAPTURED)
        if payment["status"] != "authorized" or body["amount"] != payment["amount"]:
            raise Refusal(400, "Capture amount must be equal to the amount authorized.")
        payment |= {"status": "captured", "fee": 20, "tax": 3}
        return payment

    def _refund(self, payment: dict[str, Any], body: Any, key: str) -> dict[str, Any]:
        if key in self.keys:
            return self.keys[key]
        given = sum(refund["amount"] for refund in self.refunds.values() if refund["payment_id"] == payment["id"])
        if payment["status"] != "captured" or given + body["amount"] > payment["amount"]:
            raise Refusal(400, "The refund amount provided is greater than amount captured.")
        refund = {
            "id": new_id(wire.REFUND), "entity": "refund", "amount": body["amount"], "currency": payment["currency"],
            "payment_id": payment["id"], "status": self.refund_status,
        }  # fmt: skip
        self.refunds[refund["id"]] = self.keys[key] = refund
        return refund

    def event(self, kind: str, *, payment: Any = None, refund: Any = None, key: str = "") -> tuple[dict[str, str], bytes]:
        """A signed webhook, its headers and body, telling of the objects as they are now."""
        payload = {name: {"entity": entity} for name, entity in (("payment", payment), ("refund", refund)) if entity}
        body = json.dumps({"entity": "event", "event": kind, "contains": list(payload), "payload": payload, "created_at": 1}).encode()
        signature = wire.webhook_signature(body, self.webhook_secret)
        return {wire.SIGNATURE_HEADER: signature, wire.EVENT_ID_HEADER: key or f"evt{next(_numbers)}"}, body

    def signed_return(self, payment: dict[str, Any]) -> dict[str, str]:
        """What a payer's browser brings back from the checkout page."""
        return {
            "razorpay_payment_id": payment["id"],
            "razorpay_order_id": payment["order_id"],
            "razorpay_signature": wire.payment_signature(payment["order_id"], payment["id"], self.key_secret),
        }


def _collection(items: list[Any]) -> dict[str, Any]:
    return {"entity": "collection", "count": len(items), "items": items}


def _known(rows: dict[str, dict[str, Any]], key: str) -> dict[str, Any]:
    if not re.fullmatch(r"[a-z]{2,6}_[A-Za-z0-9]{14}", key) or key not in rows:
        raise Refusal(400, wire.UNKNOWN_ID)
    return rows[key]


@contextmanager
def standing_in(**changes: Any) -> Iterator[Razorpay]:
    """One that is stopped at the end."""
    standin = Razorpay(**changes)
    try:
        yield standin
    finally:
        standin.stop()
