"""RazorpayX through the raw door of Razorpay's own Python SDK, which has no words for it."""

import uuid

import pytest
import razorpay
from razorpay.errors import BadRequestError

from emulators.razorpay.tests.conftest import Shop
from emulators.razorpay.tests.test_sdk import client  # noqa: F401
from ledger.services.top_up import top_up


@pytest.mark.parametrize(("number", "status"), [("12345670001", "processed"), ("12345670003", "reversed")])
def test_sdk_pays_a_contact_to_the_end(client: razorpay.Client, shop: Shop, number: str, status: str) -> None:  # noqa: F811
    top_up(merchant=shop.merchant, currency="INR", amount=500_000)
    account = client.get("/v1/banking_balances", {})["items"][0]["account_number"]
    contact = client.post("/v1/contacts", {"name": "Asha Rao", "type": "vendor"})
    bank = {"name": "Asha Rao", "ifsc": "HDFC0000053", "account_number": number}
    fund_account = client.fund_account.create({"contact_id": contact["id"], "account_type": "bank_account", "bank_account": bank})
    checked = client.post("/v1/fund_accounts/validations", {"account_number": account, "fund_account": {"id": fund_account["id"]}})
    assert client.get(f"/v1/fund_accounts/validations/{checked['id']}", {})["status"] == "completed"
    body = {
        "account_number": account, "fund_account_id": fund_account["id"], "amount": 100_000, "currency": "INR", "mode": "IMPS",
        "purpose": "vendor bill",
    }  # fmt: skip
    made = client.post("/v1/payouts", body, headers={"X-Payout-Idempotency": uuid.uuid4().hex})
    assert made["status"] == "processing"
    shop.later(minutes=1)
    ended = client.get(f"/v1/payouts/{made['id']}", {})
    assert ended["status"] == status
    assert client.get("/v1/payouts", {"account_number": account})["items"] == [ended]
    lines = client.get("/v1/transactions", {"account_number": account})["items"]
    assert lines[0]["source"]["id"] == made["id"] and lines[0]["balance"] == (400_000 if status == "processed" else 500_000)


def test_sdk_hears_of_a_missing_key_as_a_bad_request(client: razorpay.Client) -> None:  # noqa: F811
    with pytest.raises(BadRequestError, match="idempotency key"):
        client.post("/v1/payouts", {"amount": 100})
