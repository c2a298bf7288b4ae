"""Two SDKs of Paystack's API, unmodified, against a server of ours: PyPI `paystack-sdk` and `pypaystack2`."""

from collections.abc import Iterator
from typing import Any

import paystack
import pytest
from paystack.configuration import Configuration
from paystack.exceptions import ApiException
from pypaystack2 import PaystackClient
from pypaystack2.base_clients import AbstractAPIClient
from pypaystack2.enums import Channel, Currency
from pytest_django.live_server_helper import LiveServer

from emulators.paystack.tests.conftest import EMAIL, PIN, Shop


def point(key: str, url: str) -> None:
    """The key is read when a configuration is made."""
    paystack.api_key = key
    configuration = Configuration()
    configuration.host = url
    Configuration.set_default(configuration)


@pytest.fixture
def sdk(transactional_db: None, shop: Shop, live_server: LiveServer) -> Iterator[Any]:
    """`paystack-sdk`, pointed at us as our guide says."""
    point(shop.key, f"{live_server.url}/paystack")
    yield paystack
    paystack.api_key = None
    Configuration.set_default(None)


@pytest.fixture
def client(transactional_db: None, shop: Shop, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> PaystackClient:
    """`pypaystack2`, pointed at us as our guide says."""
    monkeypatch.setattr(AbstractAPIClient, "_BASE_URL", f"{live_server.url}/paystack")
    return PaystackClient(shop.key)


def test_paystack_sdk_collects_charges_and_refunds(sdk: Any, shop: Shop) -> None:
    opened = sdk.Transaction.initialize(email=EMAIL, amount=50_000, reference="sdk-1", metadata={"cart": "17"})
    assert (opened.status, opened.message, opened.data["reference"]) == (True, "Authorization URL created", "sdk-1")
    shop.pay(opened.data)
    found = sdk.Transaction.verify(reference="sdk-1").data
    assert (found["status"], found["amount"], found["metadata"]) == ("success", 50_000, {"cart": "17"})
    assert sdk.Transaction.fetch(id=found["id"]).data == found and sdk.Transaction.list(per_page=5).data == [found]
    code = found["authorization"]["authorization_code"]
    again = sdk.Transaction.charge_authorization(email=EMAIL, amount=700, authorization_code=code).data
    charged = sdk.Charge.create(email=EMAIL, amount="800", authorization_code=code).data
    assert (again["status"], charged["status"], charged["amount"]) == ("success", "success", 800)
    refund = sdk.Refund.create(transaction="sdk-1", amount=20_000, customer_note="Sorry").data
    assert refund["transaction"]["id"] == found["id"]
    fetched = sdk.Refund.fetch(id=refund["id"]).data
    assert fetched == refund | {"transaction": found["id"]}
    assert [row["id"] for row in sdk.Refund.list(per_page=5).data] == [refund["id"]]


def test_paystack_sdk_submits_what_a_charge_asks_for_and_raises_our_refusals(sdk: Any, shop: Shop, live_server: LiveServer) -> None:
    charge = shop.charged(PIN)
    assert sdk.Charge.check(reference=charge["reference"]).data["status"] == "send_pin"
    assert sdk.Charge.submit_pin(pin="1111", reference=charge["reference"]).data["status"] == "success"
    with pytest.raises(ApiException) as refused:
        sdk.Transaction.verify(reference="none")
    assert refused.value.status == 400 and "Transaction reference not found" in str(refused.value.body)
    point(shop.public_key, f"{live_server.url}/paystack")
    with pytest.raises(ApiException, match="Invalid key"):
        sdk.Transaction.list()


def test_pypaystack2_reads_all_that_we_answer(client: PaystackClient, shop: Shop) -> None:
    opened = client.transactions.initialize(50_000, EMAIL, currency=Currency.NGN, channels=[Channel.CARD], metadata={"cart": "17"})
    assert opened.data is not None and opened.data.authorization_url.endswith(opened.data.access_code)
    unpaid = client.transactions.verify(opened.data.reference).data
    assert unpaid is not None and unpaid.status == "abandoned"
    shop.pay(opened.data.model_dump())
    paid = client.transactions.verify(opened.data.reference).data
    assert paid is not None and (paid.status, paid.customer["email"], paid.authorization["last4"]) == ("success", EMAIL, "4081")
    assert client.transactions.get_transaction(paid.id).data == paid
    listed = client.transactions.get_transactions()
    assert listed.data == [paid] and listed.meta is not None and listed.meta["total"] == 1
    again = client.transactions.charge(700, EMAIL, paid.authorization["authorization_code"]).data
    assert again is not None and again.status == "success"
    refund = client.refunds.create(paid.id, amount=20_000)
    assert refund.data is not None and (refund.data.status, refund.data.transaction.id) == ("pending", paid.id)
    fetched, refunds = client.refunds.get_refund(str(refund.data.id)).data, client.refunds.get_refunds(transaction=str(paid.id)).data
    assert fetched is not None and fetched.transaction == paid.id
    assert refunds is not None and [row.id for row in refunds] == [refund.data.id] and refunds[0].created_at == fetched.created_at


def test_pypaystack2_charges_step_by_step_and_hears_refusals(client: PaystackClient, shop: Shop) -> None:
    charge = client.charge.charge(EMAIL, 50_000, bank={"code": "057", "account_number": "0000000000"})
    assert charge.data is not None and charge.data.status == "send_birthday"
    birthday = client.charge.submit_birthday("2007-04-15", charge.data.reference)
    assert birthday.data is not None and birthday.data.status == "send_otp"
    assert client.charge.submit_otp("123456", charge.data.reference).raw["data"]["status"] == "success"
    done = client.charge.check_pending_charge(charge.data.reference)
    assert done.data is not None and done.data.channel == "bank"
    refused = client.transactions.initialize(0, EMAIL)
    assert (refused.status_code, refused.status, refused.code, refused.data) == (400, False, "invalid_amount", None)
