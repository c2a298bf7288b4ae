"""Webhooks of transfers, heard by a server and checked by Paystack's own SDK."""

import json

import pytest
from pypaystack2 import PaystackClient

from conftest import Api
from emulators.paystack_transfers.tests.till import Till
from merchants.models import Merchant
from webhooks import dialects
from webhooks.models import Event
from webhooks.states import Dialect
from webhooks.tests.factories import make_endpoint
from webhooks.tests.receiver import Receiver

pytestmark = pytest.mark.django_db


@pytest.fixture
def till(merchant: Merchant) -> Till:
    till = Till(merchant)
    till.fund()
    return till


def test_end_of_a_transfer_is_told_as_it_was_then(till: Till, api: Api, receiver: Receiver) -> None:
    make_endpoint(till.merchant, receiver.url, dialect=Dialect.PAYSTACK.value)
    rule = {"flow": "payout", "outcome": "failed", "reason": "Reversed by the bank", "match": {"amount": "7"}}
    api.post("/sandbox/rules", rule)
    waiting, bad = till.recipient(account_number="0123450004"), till.recipient(account_number="0123450003")
    till.send(waiting)
    made = {"success": till.send(), "failed": till.send(bad), "reversed": till.send(amount=700)}
    till.later(minutes=1)
    till.work()
    heard = {call.json["event"]: call for call in receiver.received}
    assert set(heard) == {f"transfer.{status}" for status in made} and len(receiver.received) == 3
    for status, transfer in made.items():
        call = heard[f"transfer.{status}"]
        seen = till.data("get", f"/transfer/{transfer['id']}")
        about = {"id": seen["integration"], "is_live": False, "business_name": till.merchant.company_name}
        assert call.json == {"event": f"transfer.{status}", "data": {**seen, "integration": about}}
        assert call.json["data"]["status"] == status
        signature = call.headers["x-paystack-signature"]
        assert PaystackClient(secret_key=till.key).is_verified_webhook_payload(call.body, signature)
        assert not PaystackClient(secret_key="sk_test_other").is_verified_webhook_payload(call.body, signature)


def test_payouts_of_other_apis_are_no_transfers(till: Till, api: Api) -> None:
    assert api.payout().status_code == 201
    till.work()
    form = dialects.form(Dialect.PAYSTACK, "payout.updated")
    told = Event.objects.filter(type="payout.updated").get()
    assert form is not None and form.names(told.type, json.loads(told.data)) == ()
    other = {**json.loads(told.data), "currency": "NGN"}
    assert other["status"] == "SUCCESS" and form.names(told.type, other) == ()
