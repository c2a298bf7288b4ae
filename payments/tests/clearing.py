"""A shop whose clock stands where the test puts it, and what it sees of its settlements."""

import csv
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO
from typing import Any

from django.test import Client

from ledger.models import Transfer
from merchants.models import Merchant
from mypay.kit import clock
from payments.tests.conftest import Shop
from sandbox.services.clock import set_to

MONEY = ("gross", "deducted", "funded", "fee", "tax", "net")


def at(text: str) -> datetime:
    """A moment such as `2026-03-02T09:00+05:00`, UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


class Desk:
    """The shop's bookkeeping: it moves the clock and reads what settles."""

    def __init__(self, shop: Shop, moment: str) -> None:
        self.shop, self.merchant = shop, shop.merchant
        self.client = Client()
        set_to(self.merchant.pk, at(moment), frozen=True)

    def until(self, moment: str) -> None:
        """Time goes on to that moment; everything due on the way is done."""
        now = clock.now(Merchant.objects.get(pk=self.merchant.pk))
        self.control("POST", "/clock/advance", {"seconds": (at(moment) - now).total_seconds()}, status=200)

    def control(self, method: str, path: str, body: Any = None, *, status: int) -> Any:
        """A sandbox control's data, or its whole answer where that is no success."""
        response = self.client.generic(
            method, f"/api/v1/sandbox{path}", _bytes(body), content_type="application/json", headers={"X-Api-Key": self.shop.key}
        )
        assert response.status_code == status, response.content
        return response.json()["data"] if status < 300 else response

    def plan(self, currency: str = "PKR", **terms: Any) -> Any:
        return self.control("PUT", f"/settlement-plans/{currency}", terms, status=200)

    def refund(self, payment_id: str, amount: str, **headers: str) -> str:
        response = self.shop.act(f"/payments/{payment_id}/refunds", {"amount": amount}, **headers)
        assert response.status_code == 201, response.content
        return str(response.json()["data"]["id"])

    def dispute(self, payment_id: str, **body: Any) -> str:
        return str(self.control("POST", "/disputes", {"paymentId": payment_id, **body}, status=201)["id"])

    def batches(self, **query: Any) -> list[Any]:
        """The settlements, oldest first."""
        found: list[Any] = self.shop.data("/settlements", query)["settlements"]
        return found[::-1]

    def lines(self, settlement_id: str) -> list[Any]:
        """All lines, page by page."""
        lines: list[Any] = []
        cursor: Any = ""
        while cursor is not None:
            page = self.shop.data(f"/settlements/{settlement_id}/lines", {"cursor": cursor, "limit": 7})
            lines, cursor = [*lines, *page["lines"]], page["pagination"]["nextCursor"]
        return lines

    def file(self, settlement_id: str) -> list[dict[str, str]]:
        """The rows of the statement's file."""
        response = self.shop.get(f"/api/v1/settlements/{settlement_id}/statement.csv")
        assert response.status_code == 200, response.content
        return list(csv.DictReader(StringIO(b"".join(response.streaming_content).decode())))

    def upcoming(self, currency: str = "PKR") -> Any:
        return next(row for row in self.shop.data("/settlements/upcoming")["upcoming"] if row["currency"] == currency)


def _bytes(body: Any) -> bytes:
    import json

    return b"" if body is None else json.dumps(body).encode()


def summed(lines: list[Any]) -> dict[str, Decimal]:
    """The sums of a statement's lines."""
    return {name: sum((Decimal(line[name]) for line in lines), Decimal(0)) for name in ("amount", "fee", "tax", "net")}


def ledger(settlement_id: str) -> dict[str, Decimal]:
    """What the transfers that name the settlement moved, out of `pending`."""
    moved = {"available": Decimal(0), "fees": Decimal(0)}
    for transfer in Transfer.objects.filter(subject_id=settlement_id):
        sign, bucket = (1, transfer.target) if transfer.source == "pending" else (-1, transfer.source)
        moved[bucket] += sign * Decimal(transfer.amount).scaleb(-2)
    return moved
