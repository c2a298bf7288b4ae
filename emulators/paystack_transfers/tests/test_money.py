"""Requests that meet: one reference is one payout, and no more goes out than there is."""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

from django.db import connection

from emulators.paystack_transfers.tests.till import Till
from merchants.models import Merchant
from payouts.models import Payout
from tests.threads import WITH_THREADS

pytestmark = WITH_THREADS
_THREADS = 6


def _at_once(calls: list[Callable[[], tuple[int, Any]]]) -> Counter[str]:
    """What so many calls told that began together."""
    start, told = threading.Barrier(len(calls)), []

    def run(call: Callable[[], tuple[int, Any]]) -> None:
        start.wait()
        try:
            told.append(call()[1])
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter("" if each["status"] else each["code"] for each in told)


def _posting(till: Till, path: str, body: dict[str, Any]) -> Callable[[], tuple[int, Any]]:
    return lambda: till.answer("post", path, body)


def test_one_reference_at_once_is_one_payout(merchant: Merchant) -> None:
    till = Till(merchant)
    till.fund(1_000_000)
    order = till.order(amount=10_000)
    bulk = {"source": "balance", "transfers": [order, till.order(order["recipient"], amount=10_000)]}
    calls = [_posting(till, "/transfer", order)] * (_THREADS - 1) + [_posting(till, "/transfer/bulk", bulk)]
    assert _at_once(calls) == {"": 1, "duplicate_reference": _THREADS - 1}
    assert Payout.objects.filter(merchant_reference=order["reference"]).count() == 1
    assert till.balance() == 1_000_000 - 10_000 * Payout.objects.count()


def test_transfers_at_once_take_no_more_than_there_is(merchant: Merchant) -> None:
    till = Till(merchant)
    till.fund(30_000)
    recipient = till.recipient()
    calls = [_posting(till, "/transfer", till.order(recipient, amount=10_000)) for _ in range(_THREADS)]
    assert _at_once(calls) == {"": 3, "insufficient_balance": 3}
    assert (Payout.objects.count(), till.balance()) == (3, 0)


def test_transfer_finalized_twice_at_once_is_one_payout(merchant: Merchant) -> None:
    till = Till(merchant)
    till.fund(1_000_000)
    till.data("post", "/transfer/enable_otp")
    order = till.order()
    assert _at_once([_posting(till, "/transfer", order)] * _THREADS) == {"": 1, "duplicate_reference": _THREADS - 1}
    password = {"transfer_code": till.data("get", "/transfer")[0]["transfer_code"], "otp": "123456"}
    calls = [_posting(till, "/transfer/finalize_transfer", password)] * _THREADS
    assert _at_once(calls) == {"": 1, "invalid_transfer_status": _THREADS - 1}
    assert (Payout.objects.count(), till.balance()) == (1, 900_000)
