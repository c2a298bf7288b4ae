"""The balance and its ledger over HTTP."""

import pytest

from emulators.paystack_transfers.tests.till import Till
from merchants.models import Merchant

pytestmark = pytest.mark.django_db


def test_balance_of_a_new_merchant_is_no_naira_and_rupees_are_not_told(merchant: Merchant) -> None:
    till = Till(merchant)
    status, told = till.answer("get", "/balance")
    assert (status, told) == (200, {"status": True, "message": "Balances retrieved", "data": [{"currency": "NGN", "balance": 0}]})
    assert till.data("get", "/balance/ledger") == []


def test_ledger_is_what_moved_the_balance(merchant: Merchant) -> None:
    till = Till(merchant)
    till.fund()
    back = till.send(till.recipient(account_number="0123450003"))
    till.later(minutes=1)
    till.fund(700, "KES")
    lines = till.data("get", "/balance/ledger")
    assert [(line["difference"], line["balance"], line["model_responsible"]) for line in lines] == [
        (100_000, 5_000_000, "Transfer"), (-100_000, 4_900_000, "Transfer"), (5_000_000, 5_000_000, "Topup"),
    ]  # fmt: skip
    assert lines[0]["model_row"] == lines[1]["model_row"] == back["id"] and len({line["id"] for line in lines}) == 3
    assert till.data("get", "/balance/ledger?perPage=1&page=3") == [lines[2]]
    assert [line["currency"] for line in till.data("get", "/balance/ledger?currency=KES")] == ["KES"]
