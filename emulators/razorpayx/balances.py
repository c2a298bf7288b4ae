"""The account that payouts are made from: its balance, and its statement from the ledger's transfers."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from emulators.ids import vendor_id
from emulators.razorpay.reading import read
from emulators.razorpay.render import collection
from emulators.razorpayx import payouts
from emulators.razorpayx.account import CURRENCY, account_number, own_account
from emulators.razorpayx.base import TRANSACTION, RazorpayXView, kept
from emulators.views import answer
from gateways.razorpay import wire
from ledger.models import MerchantBalance, Transfer
from ledger.states import Bucket
from merchants.models import Merchant
from mypay.kit import clock


class BankingBalances(RazorpayXView):
    def list(self, request: Request) -> HttpResponse:
        """What the account holds, and how much of it is free."""
        held = MerchantBalance.objects.filter(merchant=self.merchant, currency=CURRENCY).first()
        available, reserved = (held.available, held.reserved) if held else (0, 0)
        row = {
            "entity": "banking_balance",
            "currency": CURRENCY,
            "account_number": account_number(self.merchant),
            "account_type": "nodal",
            "bank_name": "MyPay Sandbox Bank",
            "bank_code": "MYPY",
            "amount": available + reserved,
            "available_amount": available,
            "refreshed_at": wire.seconds(clock.now(self.merchant)),
        }
        return answer(collection([row]))


class Transactions(RazorpayXView):
    """The account's statement."""

    kind, model, related, key = TRANSACTION, Transfer, ("balance",), "sequence"

    def rows(self) -> QuerySet[Transfer]:
        return moves(self.merchant)

    def shown(self, rows: list[Transfer]) -> list[dict[str, Any]]:
        sources = payouts.by_key(self.merchant, {row.subject_id for row in rows if row.subject_id})
        return [transaction_json(self.merchant, row, sources.get(row.subject_id) if row.subject_id else None) for row in rows]

    def list(self, request: Request) -> HttpResponse:
        own_account(self.merchant, read.text(request.query_params, "account_number", 40, is_required=True))
        return super().list(request)


def moves(merchant: Merchant) -> QuerySet[Transfer]:
    """What changed the free amount."""
    moved = Q(source=Bucket.AVAILABLE) | Q(target=Bucket.AVAILABLE)
    return Transfer.objects.filter(moved, balance__merchant=merchant, balance__currency=CURRENCY)


def transaction_json(merchant: Merchant, row: Transfer, source: dict[str, Any] | None) -> dict[str, Any]:
    is_debit = row.source == Bucket.AVAILABLE
    return {
        "id": vendor_id(kept.prefixes[TRANSACTION], row.pk),
        "entity": "transaction",
        "account_number": account_number(merchant),
        "amount": row.amount,
        "currency": CURRENCY,
        "credit": 0 if is_debit else row.amount,
        "debit": row.amount if is_debit else 0,
        "balance": row.available_after,
        "source": source,
        "created_at": wire.seconds(row.created_at),
    }
