"""Whatever happens in whatever order, the ledger adds up (contract section 2, invariants)."""

import hashlib
import hmac
import json
import uuid
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from conftest import Api
from ledger.models import MerchantBalance, Transfer
from ledger.services.check import findings
from ledger.services.top_up import top_up
from merchants.tests.factories import make_merchant
from mypay.kit import scheduling
from mypay.settings import environment
from payouts.models import Payout
from payouts.tests.factories import make_directory

_OPENING_RUPEES = 5000
_AMOUNTS = st.integers(1, 400_000)
_ENDINGS = st.sampled_from(["0001", "0002", "0003", "0004", "0005", "7777"])


class Shop(RuleBasedStateMachine):
    """A merchant with little money, doing all it can."""

    def __init__(self) -> None:
        super().__init__()
        make_directory()
        self.merchant = make_merchant(rupees=_OPENING_RUPEES)
        self.api = Api(self.merchant)
        self.paid_in = _OPENING_RUPEES * 100

    def _ids(self, *statuses: str) -> list[uuid.UUID]:
        return list(Payout.objects.filter(merchant=self.merchant, status__in=statuses).order_by("id").values_list("id", flat=True))

    def _balance(self) -> MerchantBalance:
        return MerchantBalance.objects.get(merchant=self.merchant)

    @rule(amount=_AMOUNTS, ending=_ENDINGS)
    def create(self, amount: int, ending: str) -> None:
        enough = self._balance().available >= amount
        response = self.api.payout(f"1234567{ending}", amount=f"{amount // 100}.{amount % 100:02d}")
        assert response.status_code == (201 if enough else 400), response.content

    @rule()
    def work(self) -> None:
        scheduling.sweep()

    @rule(data=st.data(), status=st.sampled_from(["SUCCESS", "FAILED", "ON_HOLD", "IN_REVIEW"]))
    @precondition(lambda self: self._ids("PENDING", "PROCESSING", "RETRY", "ON_HOLD", "IN_REVIEW", "SUCCESS", "FAILED"))
    def bank_says(self, data: Any, status: str) -> None:
        every = self._ids("PENDING", "PROCESSING", "RETRY", "ON_HOLD", "IN_REVIEW", "SUCCESS", "FAILED")
        payout_id = data.draw(st.sampled_from(every))
        raw = json.dumps({"payoutId": str(payout_id), "status": status}).encode()
        signature = hmac.new(environment.IPN_SECRET.encode(), raw, hashlib.sha256).hexdigest()
        sent = {"X-MyPay-Signature": signature}
        assert Client().post("/ipn/callback", raw, content_type="application/json", headers=sent).status_code in (200, 409)

    @rule(data=st.data())
    @precondition(lambda self: self._ids("FAILED"))
    def reinitiate(self, data: Any) -> None:
        payout_id = data.draw(st.sampled_from(self._ids("FAILED")))
        enough = self._balance().available >= Payout.objects.get(pk=payout_id).amount
        assert self.api.post(f"/payouts/{payout_id}/reinitiate").status_code == (200 if enough else 400)

    @rule(amount=_AMOUNTS)
    def pay_in(self, amount: int) -> None:
        top_up(merchant=self.merchant, currency="PKR", amount=amount)
        self.paid_in += amount

    @invariant()
    def adds_up(self) -> None:
        assert list(findings(self.merchant.pk)) == []
        row = self._balance()
        balance, locked = row.available + row.reserved, row.reserved
        assert 0 <= locked <= balance
        assert row.version == Transfer.objects.filter(balance=row).count()
        amounts = Payout.objects.filter(merchant=self.merchant).values_list("status", "amount")
        assert locked == sum(amount for status, amount in amounts if status not in ("SUCCESS", "FAILED"))
        assert balance == self.paid_in - sum(amount for status, amount in amounts if status == "SUCCESS")


@pytest.mark.django_db
def test_ledger_any_sequence_of_acts_adds_up() -> None:
    run_state_machine_as_test(
        Shop,
        settings=settings(
            max_examples=15, stateful_step_count=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
        ),
    )
