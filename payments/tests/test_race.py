"""Many at once: one checkout is paid once. Real threads and a database that lets them run."""

from collections import Counter
from typing import Any

from ledger.models import MerchantBalance
from ledger.services.check import findings
from merchants.tests.factories import make_merchant
from payments.models import Checkout, Payment
from payments.tests.acts import at_once
from payments.tests.conftest import Payer, Shop
from tests.threads import WITH_THREADS
from webhooks.models import Event

pytestmark = WITH_THREADS


def test_complete_by_20_threads_pays_once() -> None:
    shop = Shop(make_merchant())
    for _ in range(5):
        checkout_id = shop.opened()
        answers = at_once(20, lambda _: Payer().wallet(checkout_id, "03030000000").json())  # noqa: B023
        assert Counter(answer["message"] for answer in answers) == {"Payment successful": 1, "Payment already processed": 19}
    assert (Payment.objects.count(), MerchantBalance.objects.get().pending) == (5, 500_000)
    assert Event.objects.filter(type="payment.completed").count() == 5
    assert list(findings()) == []


def test_complete_and_cancel_at_once_have_one_end() -> None:
    shop = Shop(make_merchant())
    for _ in range(5):
        checkout_id = shop.opened()

        def end(number: int, checkout_id: str = checkout_id) -> Any:
            payer = Payer()
            if number % 2:
                return payer.client.post(f"/payment/{checkout_id}/cancel", headers={"Accept": "application/json"}).json()
            return payer.wallet(checkout_id, "03030000000").json()

        answers = at_once(10, end)
        assert sum(answer["success"] for answer in answers) == 1
    completed = Checkout.objects.filter(status="completed").count()
    assert MerchantBalance.objects.get().pending == completed * 100_000
    assert Event.objects.filter(type__in=("payment.completed", "payment.cancelled")).count() == 5
    assert list(findings()) == []


def test_create_by_20_threads_with_one_reference_makes_one() -> None:
    shop = Shop(make_merchant())
    answers = at_once(20, lambda _: Shop(shop.merchant).create(reference="SAME").status_code)
    assert Counter(answers) == {200: 1, 400: 19}
    assert (Checkout.objects.count(), Event.objects.count()) == (1, 1)


def test_first_payments_of_a_merchant_at_once_open_one_balance() -> None:
    shop = Shop(make_merchant(rupees=0))
    made = [shop.opened() for _ in range(10)]
    answers = at_once(10, lambda number: Payer().wallet(made[number], "03030000000").json()["success"])
    assert answers == [True] * 10
    assert MerchantBalance.objects.get().pending == 1_000_000 and list(findings()) == []
