"""A little Paystack on this machine that does as the test says: it stands in for the real one where the emulator says too little."""

import itertools
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from gateways.paystack import wire
from gateways.tests.standin import Refusal, Standin

_numbers = itertools.count(4_099_260_516)


class Paystack(Standin):
    """Its transactions, by their reference, and its refunds lie open."""

    def __init__(self) -> None:
        self.secret_key = f"sk_test_{next(_numbers)}"
        self.transactions: dict[str, dict[str, Any]] = {}
        self.asked: dict[str, dict[str, Any]] = {}
        self.refunds: dict[int, dict[str, Any]] = {}
        self.refund_status = "pending"
        super().__init__()

    @property
    def begun(self) -> dict[str, Any]:
        return self.transactions

    @property
    def credentials(self) -> dict[str, str]:
        return {"secret_key": self.secret_key}

    def refused(self, words: str) -> Any:
        return {"status": False, "message": words, "meta": {"nextStep": "See what it says"}, "type": "validation_error", "code": "x"}

    def act(self, method: str, path: str, body: Any, headers: dict[str, str]) -> tuple[int, Any]:
        if headers.get("Authorization") != f"Bearer {self.secret_key}":
            raise Refusal(401, wire.INVALID_KEY)
        parts = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        match [method, *parts.path.strip("/").split("/")]:
            case ["GET", "transaction"]:
                return _told(list(self.transactions.values()))
            case ["POST", "transaction", "initialize"]:
                return _told(self._opened(body))
            case ["GET", "transaction", "verify", reference]:
                if reference not in self.transactions:
                    raise Refusal(400, wire.NO_TRANSACTION)
                return _told(self.transactions[reference])
            case ["POST", "refund"]:
                return _told(self._refunded(body))
            case ["GET", "refund"]:
                of = [_flat(each) for each in self.refunds.values() if str(each["transaction"]["id"]) == query["transaction"]]
                return _told(of[::-1])
            case ["GET", "refund", refund_id]:
                return _told(_flat(self.refunds[int(refund_id)]))
        raise Refusal(404, "Not here")

    def _opened(self, body: Any) -> dict[str, Any]:
        reference = body["reference"]
        if reference in self.transactions:
            raise Refusal(400, wire.DUPLICATE_REFERENCE)
        self.asked[reference] = body
        self.transactions[reference] = {
            "id": next(_numbers), "domain": "test", "status": "abandoned", "reference": reference, "amount": body["amount"],
            "requested_amount": body["amount"], "currency": body["currency"], "gateway_response": "The transaction was not completed",
            "channel": "card", "fees": None, "metadata": body["metadata"], "authorization": {}, "customer": {"email": body["email"]},
        }  # fmt: skip
        code = f"code{next(_numbers)}"
        return {"authorization_url": f"{self.url}/{code}", "access_code": code, "reference": reference}

    def pay(self, reference: str, status: str = "success", /, **changes: Any) -> dict[str, Any]:
        """Somebody tried to pay the transaction, and it went like that."""
        transaction = self.transactions[reference]
        is_paid = status == "success"
        transaction |= {
            "status": status, "gateway_response": "Successful" if is_paid else "Declined", "fees": transaction["amount"] // 50,
            "authorization": {"last4": "4081", "bank": "TEST BANK", "channel": "card"}, **changes,
        }  # fmt: skip
        return transaction

    def _refunded(self, body: Any) -> dict[str, Any]:
        of = next(each for each in self.transactions.values() if str(each["id"]) == body["transaction"])
        given = sum(each["amount"] for each in self.refunds.values() if each["transaction"]["id"] == of["id"])
        if of["status"] != "success" or given + body["amount"] > of["amount"]:
            raise Refusal(400, wire.FULLY_REVERSED)
        refund = {
            "id": next(_numbers), "transaction": of, "amount": body["amount"], "currency": of["currency"], "status": self.refund_status,
            "merchant_note": body["merchant_note"],
        }  # fmt: skip
        self.refunds[refund["id"]] = refund
        return refund

    def event(self, kind: str, data: Any) -> tuple[dict[str, str], bytes]:
        """A signed webhook, its headers and body."""
        body = json.dumps({"event": kind, "data": data}, separators=(",", ":")).encode()
        return {wire.SIGNATURE_HEADER: wire.signature(body, self.secret_key)}, body

    def refund_event(self, refund: dict[str, Any]) -> tuple[dict[str, str], bytes]:
        """Of a refund as it is now: it names no refund, and its amount is text."""
        told = {
            "status": refund["status"], "transaction_reference": refund["transaction"]["reference"], "refund_reference": None,
            "amount": str(refund["amount"]), "currency": refund["currency"], "processor": "instant-transfer",
        }  # fmt: skip
        return self.event(f"refund.{refund['status']}", told)


def _told(data: Any) -> tuple[int, Any]:
    return 200, {"status": True, "message": "Told", "data": data}


def _flat(refund: dict[str, Any]) -> dict[str, Any]:
    return {**refund, "transaction": refund["transaction"]["id"]}
