"""A little Razorpay on this machine that does as the test says: it stands in for the real one where the emulator says too little."""

import base64
import itertools
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from gateways.razorpay import wire

_numbers = itertools.count(1)


def new_id(prefix: str) -> str:
    return f"{prefix}{next(_numbers):014d}"


class Refusal(Exception):
    def __init__(self, status: int, description: str, code: str = wire.BAD_REQUEST) -> None:
        super().__init__(description)
        self.status, self.description, self.code = status, description, code


class Razorpay:
    """Its orders, payments and refunds lie open. `troubles` befall the next requests, one each:

    `refuse` (400, nothing done), `busy` (429), `down` (503, nothing done), `cut` (done, but no answer comes),
    `garble` (done, the answer is no JSON).
    """

    def __init__(self, *, webhook_secret: str = "hush hush") -> None:
        self.key_id, self.key_secret, self.webhook_secret = f"rzp_test_{next(_numbers):014d}", "key secret", webhook_secret
        self.orders: dict[str, dict[str, Any]] = {}
        self.payments: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.keys: dict[str, dict[str, Any]] = {}
        self.troubles: list[str] = []
        self.calls: list[tuple[str, str]] = []
        self.refund_status = "processed"
        standin = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer("GET", {})

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                self._answer("POST", json.loads(self.rfile.read(length) or b"{}"))

            def _answer(self, method: str, body: Any) -> None:
                path = self.path.removeprefix("/v1")
                standin.calls.append((method, path))
                trouble = standin.troubles.pop(0) if standin.troubles else ""
                try:
                    status, content = standin.act(method, path, body, dict(self.headers), trouble)
                except Refusal as no:
                    error = {"code": no.code, "description": no.description, "source": "business", "step": None, "reason": "x"}
                    status, content = no.status, {"error": error}
                if trouble == "cut":
                    self.close_connection = True
                    return
                told = b"<html>" if trouble == "garble" else json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(told)))
                self.end_headers()
                self.wfile.write(told)

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """From now on nothing listens there."""
        self.server.shutdown()
        self.server.server_close()

    @property
    def credentials(self) -> dict[str, str]:
        return {"key_id": self.key_id, "key_secret": self.key_secret}

    def act(self, method: str, path: str, body: Any, headers: dict[str, str], trouble: str) -> tuple[int, Any]:
        login = base64.b64encode(f"{self.key_id}:{self.key_secret}".encode()).decode()
        if headers.get("Authorization") != f"Basic {login}":
            raise Refusal(401, wire.AUTHENTICATION_FAILED)
        if trouble == "refuse":
            raise Refusal(400, "Refused by the test")
        if trouble == "busy":
            raise Refusal(429, "Too many requests")
        if trouble == "down":
            raise Refusal(503, "Out of order", wire.SERVER_ERROR)
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
