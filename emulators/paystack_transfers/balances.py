"""What can be paid out, by currency, and the ledger's moves of it."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from emulators.ids import vendor_number
from emulators.paystack.base import PaystackView
from emulators.paystack.render import domain, envelope, integration
from emulators.paystack_transfers.bank_list import COUNTRIES
from emulators.views import answer
from ledger.models import MerchantBalance, Transfer
from ledger.states import Bucket
from merchants.models import Merchant
from mypay.kit.clock import iso

CURRENCIES = (*COUNTRIES, "USD")
# By where the money came from and went to; what a payment or refund moved is a settlement's, beyond it.
_RESPONSIBLE = {
    (Bucket.AVAILABLE, Bucket.RESERVED): "Transfer",
    (Bucket.RESERVED, Bucket.AVAILABLE): "Transfer",
    (Bucket.PENDING, Bucket.AVAILABLE): "Settlement",
    (Bucket.AVAILABLE, Bucket.PENDING): "Refund",
    (Bucket.EXTERNAL, Bucket.AVAILABLE): "Topup",
}


class Balances(PaystackView):
    def list(self, request: Request) -> HttpResponse:
        """What is free, in every currency of Paystack's that the merchant holds; no naira where it holds none."""
        held = {row.currency: row.available for row in _held(self.merchant)} or {"NGN": 0}
        return answer(envelope("Balances retrieved", [{"currency": name, "balance": amount} for name, amount in held.items()]))


class BalanceLedger(PaystackView):
    """The moves of one currency, the newest first: of the one that is asked for, else of the first that is held."""

    model, related, key = Transfer, ("balance",), "sequence"
    many = "Balance ledger retrieved"

    def rows(self) -> QuerySet[Transfer]:
        """What changed the free amount."""
        wanted = self.request.query_params.get("currency")
        held = next((row for row in _held(self.merchant) if wanted in (None, "", row.currency)), None)
        moved = Q(source=Bucket.AVAILABLE) | Q(target=Bucket.AVAILABLE)
        return Transfer.objects.filter(moved, balance=held) if held else Transfer.objects.none()

    def shown(self, rows: list[Transfer]) -> list[dict[str, Any]]:
        return [_line_json(self.merchant, row) for row in rows]


def _held(merchant: Merchant) -> list[MerchantBalance]:
    """In the order of Paystack's countries."""
    rows = MerchantBalance.objects.filter(merchant=merchant, currency__in=CURRENCIES)
    return sorted(rows, key=lambda row: CURRENCIES.index(row.currency))


def _line_json(merchant: Merchant, row: Transfer) -> dict[str, Any]:
    return {
        "integration": integration(merchant),
        "domain": domain(merchant),
        "balance": row.available_after,
        "currency": row.balance.currency,
        "difference": -row.amount if row.source == Bucket.AVAILABLE else row.amount,
        "reason": row.description,
        "model_responsible": _RESPONSIBLE.get((Bucket(row.source), Bucket(row.target)), "Balance"),
        "model_row": vendor_number(row.subject_id or row.pk),
        "id": vendor_number(row.pk),
        "createdAt": iso(row.created_at),
        "updatedAt": iso(row.created_at),
    }
