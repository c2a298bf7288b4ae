"""Transfers over HTTP: one, many, with a password, to the end."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import Api
from emulators.paystack_transfers.tests.till import Till
from merchants.models import Merchant
from payouts.models import Payout

pytestmark = pytest.mark.django_db
UNKNOWN = (404, "Transfer not found", "transfer_not_found")
TOO_LITTLE = (400, "Your balance is not enough to fulfil this request", "insufficient_balance")
TAKEN = (400, "Please provide a unique reference. Reference already exists on a transfer", "duplicate_reference")


@pytest.fixture
def till(merchant: Merchant) -> Till:
    """A shop with NGN 50,000."""
    till = Till(merchant)
    till.fund()
    return till


def test_create_transfer_is_pending_then_success(till: Till) -> None:
    code = till.recipient()
    recipient = till.data("get", f"/transferrecipient/{code}")
    status, told = till.answer("post", "/transfer", till.order(code, amount="100000"))
    made = told["data"]
    assert (status, told["message"]) == (200, "Transfer has been queued")
    assert re.fullmatch(r"TRF_[0-9A-Za-z]{14}", made["transfer_code"]) and isinstance(made["id"], int)
    assert {name: made[name] for name in made if name not in ("id", "request", "transfer_code", "createdAt", "updatedAt")} == {
        "integration": 100_000 + till.merchant.pk, "domain": "test", "amount": 100_000, "currency": "NGN", "source": "balance",
        "source_details": None, "reason": "Holiday", "reference": "transfer-0000000001", "recipient": recipient["id"],
        "status": "pending", "failures": None, "titan_code": None, "transferred_at": None, "transfersessionid": [],
        "transfertrials": [], "session": {"provider": None, "id": None}, "fee_charged": 0, "fees_breakdown": None,
        "gateway_response": None,
    }  # fmt: skip
    assert till.balance() == 4_900_000
    till.later(seconds=10)
    done = till.data("get", "/transfer/verify/transfer-0000000001")
    assert (done["status"], done["recipient"], done["session"]["provider"]) == ("success", recipient, "nip")
    assert done["transferred_at"] and done["session"]["id"] and till.balance() == 4_900_000
    for text in (made["transfer_code"], made["id"]):
        assert till.data("get", f"/transfer/{text}") == done
    assert till.data("get", "/transfer") == [done]


@pytest.mark.parametrize(
    ("number", "status", "balance"),
    [("0123450001", "success", 4_900_000), ("0123450003", "failed", 5_000_000), ("0123450004", "pending", 4_900_000)],
)
def test_transfer_ends_as_its_account_number_says(till: Till, number: str, status: str, balance: int) -> None:
    made = till.send(till.recipient(account_number=number))
    till.later(minutes=5)
    ended = till.data("get", f"/transfer/{made['transfer_code']}")
    assert (ended["status"], till.balance()) == (status, balance)
    assert (ended["gateway_response"] is not None) == (status == "failed")


def test_transfer_by_a_scenario_is_reversed_or_waits(till: Till, api: Api) -> None:
    rule = {"flow": "payout", "outcome": "pending_then_failed", "reason": "Reversed by the bank", "match": {"amount": "555"}}
    assert api.post("/sandbox/rules", rule).status_code == 201
    made = [till.send(amount=55_500), till.send(scenario="pending"), till.send(scenario="failed"), till.send()]
    till.later(minutes=5)
    names = ("reversed", "pending", "failed", "success")
    for status, transfer in zip(names, made, strict=True):
        found = till.data("get", f"/transfer?status={status}")
        assert [(each["reference"], each["status"]) for each in found] == [(transfer["reference"], status)]
    assert till.data("get", "/transfer?status=otp") == till.data("get", "/transfer?status=no-such") == []
    assert till.balance() == 4_800_000


@pytest.mark.parametrize(
    ("changes", "message", "code"),
    [
        ({"source": None}, "Source is required", "missing_params"), ({"source": "card"}, "Source must be balance", "invalid_params"),
        ({"amount": None}, "Amount is required", "missing_params"), ({"amount": 0}, "Invalid Amount Sent", "invalid_amount"),
        ({"recipient": None}, "Recipient is required", "missing_params"),
        ({"recipient": "RCP_00000000000000"}, "Recipient specified is invalid", "invalid_transfer_recipient"),
        ({"reference": None}, "Reference is required", "missing_params"),
        ({"reference": "short"}, "Reference must be of 16 to 50 lowercase letters, digits, - and _", "invalid_params"),
        ({"currency": "KES"}, "Currency is not the recipient's", "invalid_params"),
        ({"amount": 5_000_001}, *TOO_LITTLE[1:]),
    ],
)  # fmt: skip
def test_create_transfer_with_a_bad_member_is_refused(till: Till, changes: dict[str, Any], message: str, code: str) -> None:
    order = {**till.order(), **changes}
    assert till.refused("post", "/transfer", order) == (400, message, code)
    assert (Payout.objects.count(), till.balance(), till.data("get", "/transfer")) == (0, 5_000_000, [])


def test_create_transfer_in_a_currency_that_is_not_held_is_refused(till: Till) -> None:
    phone = till.recipient(type="mobile_money", account_number="0551234987", bank_code="MTN")
    assert till.refused("post", "/transfer", till.order(phone)) == TOO_LITTLE
    till.fund(100_000, "GHS")
    assert till.send(phone)["currency"] == "GHS"
    assert till.data("get", "/balance") == [{"currency": "NGN", "balance": 5_000_000}, {"currency": "GHS", "balance": 0}]


def test_create_transfer_with_a_used_reference_is_refused(till: Till) -> None:
    order = till.order()
    till.data("post", "/transfer", order)
    assert till.refused("post", "/transfer", {**order, "amount": 1}) == TAKEN
    assert (Payout.objects.count(), till.balance()) == (1, 4_900_000)


def test_create_transfer_whose_reference_was_refused_may_come_again(till: Till) -> None:
    order = till.order(amount=6_000_000)
    assert till.refused("post", "/transfer", order) == TOO_LITTLE
    till.fund(1_000_000)
    assert till.data("post", "/transfer", order)["status"] == "pending"


def test_bulk_transfers_are_sent_together_or_not_at_all(till: Till) -> None:
    first, second = ({**till.order(amount=amount), "currency": "NGN"} for amount in (100_000, 200_000))
    body: dict[str, Any] = {"source": "balance", "currency": "NGN", "transfers": [first, second]}
    for spoilt, refusal in (
        ({**second, "amount": 4_900_001}, TOO_LITTLE), ({**second, "reference": first["reference"]}, TAKEN),
        ({**second, "recipient": "RCP_00000000000000"}, (400, "Recipient specified is invalid", "invalid_transfer_recipient")),
    ):  # fmt: skip
        assert till.refused("post", "/transfer/bulk", {**body, "transfers": [first, spoilt]}) == refusal
    assert (Payout.objects.count(), till.balance()) == (0, 5_000_000)
    status, told = till.answer("post", "/transfer/bulk", body)
    assert (status, told["message"]) == (200, "2 transfers queued.")
    assert [(each["reference"], each["amount"], each["status"]) for each in told["data"]] == [
        (first["reference"], 100_000, "pending"), (second["reference"], 200_000, "pending"),
    ]  # fmt: skip
    assert {each["transfer_code"] for each in told["data"]} == {each["transfer_code"] for each in till.data("get", "/transfer")}
    assert till.balance() == 4_700_000
    assert till.refused("post", "/transfer/bulk", body) == TAKEN
    assert till.refused("post", "/transfer/bulk", {**body, "transfers": []})[1] == "Transfers must be a list of 1 to 100 transfers"


def test_transfer_that_asks_for_a_password_is_sent_with_it(till: Till) -> None:
    till.data("post", "/transfer/enable_otp")
    order = till.order()
    _, told = till.answer("post", "/transfer", order)
    made = told["data"]
    assert (told["message"], made["status"], till.balance()) == ("Transfer requires OTP to continue", "otp", 5_000_000)
    assert till.refused("post", "/transfer", order) == TAKEN
    assert till.refused("post", "/transfer", till.order(amount=9_000_000)) == TOO_LITTLE
    assert till.refused("post", "/transfer/bulk", {"source": "balance", "transfers": [order]})[2] == "otp_enabled"
    assert [each["status"] for each in till.data("get", "/transfer?status=otp")] == ["otp"]
    code = {"transfer_code": made["transfer_code"]}
    till.data("post", "/transfer/resend_otp", {**code, "reason": "transfer"})
    assert till.refused("post", "/transfer/finalize_transfer", {**code, "otp": "000000"})[2] == "invalid_otp"
    assert till.balance() == 5_000_000
    sent = till.data("post", "/transfer/finalize_transfer", {**code, "otp": "123456"})
    assert (sent["status"], sent["id"], till.balance()) == ("pending", made["id"], 4_900_000)
    again = till.refused("post", "/transfer/finalize_transfer", {**code, "otp": "123456"})
    assert again == (400, "Transfer is not currently awaiting OTP", "invalid_transfer_status")
    assert till.refused("post", "/transfer/finalize_transfer", {"transfer_code": "TRF_00000000000000", "otp": "123456"}) == UNKNOWN
    assert (Payout.objects.count(), till.balance()) == (1, 4_900_000)
    till.data("post", "/transfer/disable_otp")
    till.data("post", "/transfer/disable_otp_finalize", {"otp": "123456"})
    assert till.send()["status"] == "pending"


def test_list_transfers_of_a_recipient(till: Till) -> None:
    other = till.recipient(account_number="0123450002")
    till.send()
    to_other = till.send(other)
    for text in (other, to_other["recipient"]):
        assert [each["id"] for each in till.data("get", f"/transfer?recipient={text}")] == [to_other["id"]]
    assert till.data("get", "/transfer?recipient=RCP_00000000000000") == []


def test_list_transfers_asks_as_often_for_many_as_for_one(till: Till) -> None:
    asked = []
    for _ in range(2):
        till.send()
        till.send(till.recipient(account_number="0123450002"))
        with CaptureQueriesContext(connection) as queries:
            assert till.data("get", "/transfer/?perPage=50")
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_transfer_of_another_merchant_is_unknown(till: Till, stranger: Merchant) -> None:
    made, other = till.send(), Till(stranger)
    for text in (made["transfer_code"], made["id"], f"verify/{made['reference']}"):
        assert other.refused("get", f"/transfer/{text}") == UNKNOWN
    assert other.refused("post", "/transfer", other.order(till.recipient()))[2] == "invalid_transfer_recipient"
    assert other.data("get", "/transfer") == []


def test_transfer_is_a_payout_of_the_merchants_under_its_own_reference(till: Till, api: Api) -> None:
    made = till.send()
    core = api.get("/payouts").json()["data"]["payouts"][0]
    assert (core["merchantReference"], core["currency"], core["amount"]) == (made["reference"], "NGN", "1000.00")
    assert (core["bankCode"], core["accountNumber"], core["accountTitle"]) == ("058", "0123450001", "Ada Obi")
