"""Reads of balances and their history."""

from collections.abc import Mapping

from ledger.models import MerchantBalance, Transfer
from ledger.states import HISTORY
from merchants.models import Merchant
from mypay.kit import paging
from mypay.kit.errors import NotFound


def balance(merchant: Merchant, currency: str = "PKR") -> MerchantBalance:
    """The merchant's balance; raises NotFound when it has none in that currency."""
    row = MerchantBalance.objects.filter(merchant=merchant, currency=currency).first()
    if row is None:
        raise NotFound("Balance not found")
    return row


def history(merchant: Merchant, query: Mapping[str, str], currency: str = "PKR") -> paging.Page:
    """The balance's lines of the contract's types, newest first; collections are pending, no part of it."""
    lines = Transfer.objects.filter(balance=balance(merchant, currency), entry_type__in=HISTORY)
    return paging.page(lines, query, key="sequence")
