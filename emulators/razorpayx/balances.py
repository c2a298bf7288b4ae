"""The account that payouts are made from: its balance, and its statement from the ledger's transfers."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from emulators import ids
from emulators.razorpay import validation
from emulators.razorpay.base import RazorpayView, answer
from emulators.razorpay.errors import no_such_id
from emulators.razorpay.paging import collection, page
from emulators.razorpayx import payouts
from emulators.razorpayx.account import CURRENCY, account_number, own_account
from gateways.razorpay import wire
from ledger.models import MerchantBalance, Transfer
from ledger.states import Bucket
from merchants.models import Merchant
from mypay.kit import clock

TRANSACTION = "txn_"


class BankingBalancesView(RazorpayView):
    def get(self, request: Request) -> HttpResponse:
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


class TransactionsView(RazorpayView):
    def get(self, request: Request) -> HttpResponse:
        """The account's statement, newest first."""
        own_account(self.merchant, validation.text(request.query_params.dict(), "account_number", 40, is_required=True))
        found = page(moves(self.merchant), request.query_params, related=("balance",), key="sequence")
        return answer(collection(_shown(self.merchant, found)))


class TransactionView(RazorpayView):
    def get(self, request: Request, transaction_id: str) -> HttpResponse:
        """One line of it."""
        found = ids.find(moves(self.merchant).select_related("balance"), TRANSACTION, transaction_id)
        if found is None:
            raise no_such_id()
        return answer(_shown(self.merchant, [found])[0])


def moves(merchant: Merchant) -> QuerySet[Transfer]:
    """What changed the free amount."""
    moved = Q(source=Bucket.AVAILABLE) | Q(target=Bucket.AVAILABLE)
    return Transfer.objects.filter(moved, balance__merchant=merchant, balance__currency=CURRENCY)


def _shown(merchant: Merchant, transfers: list[Transfer]) -> list[dict[str, Any]]:
    sources = payouts.by_key(merchant, {row.subject_id for row in transfers if row.subject_id})
    return [transaction_json(merchant, row, sources.get(row.subject_id) if row.subject_id else None) for row in transfers]


def transaction_json(merchant: Merchant, row: Transfer, source: dict[str, Any] | None) -> dict[str, Any]:
    is_debit = row.source == Bucket.AVAILABLE
    return {
        "id": ids.vendor_id(TRANSACTION, row.pk),
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
