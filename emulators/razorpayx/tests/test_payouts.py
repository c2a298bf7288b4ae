"""RazorpayX over HTTP: payouts over the engine, their queue, balances, the statement, validations."""

import re
import uuid
from typing import Any

import pytest

from conftest import Api
from emulators.razorpay.tests.conftest import Shop
from emulators.razorpayx.account import account_number
from emulators.razorpayx.tests.test_contacts import ASHA, BANK
from ledger.services.top_up import top_up
from merchants.models import Merchant
from payouts.models import Payout

pytestmark = pytest.mark.django_db

POUT = {"amount": 100_000, "currency": "INR", "mode": "IMPS", "purpose": "refund"}
TOO_LITTLE = "Your account does not have enough balance to carry out the payout operation."


@pytest.fixture
def rich(shop: Shop) -> Shop:
    """A shop with Rs 50,000."""
    top_up(merchant=shop.merchant, currency="INR", amount=5_000_000)
    return shop


def fund_account(shop: Shop, number: str = "765432123456789", **changes: Any) -> str:
    """A bank account that ends as told, or a UPI address."""
    contact = shop.call("post", "/contacts", ASHA).json()["id"]
    details = {"account_type": "bank_account", "bank_account": {**BANK, "account_number": number}}
    if "@" in number:
        details = {"account_type": "vpa", "vpa": {"address": number}}
    made = shop.call("post", "/fund_accounts", {"contact_id": contact, **details, **changes})
    return str(made.json()["id"])


def _body(shop: Shop, **changes: Any) -> dict[str, Any]:
    body = {**POUT, "account_number": account_number(shop.merchant), **changes}
    if not {"fund_account", "fund_account_id"} & set(body):
        body["fund_account_id"] = fund_account(shop)
    return {name: value for name, value in body.items() if value is not None}


def pay(shop: Shop, key: str = "", **changes: Any) -> Any:
    """Create a payout; returns the response."""
    return shop.call("post", "/payouts", _body(shop, **changes), **{"X-Payout-Idempotency": key or uuid.uuid4().hex})


def _balance(shop: Shop) -> tuple[int, int]:
    row = shop.get("/banking_balances")["items"][0]
    return row["amount"], row["available_amount"]


def test_create_payout_is_processing_then_processed(rich: Shop) -> None:
    response = pay(rich, reference_id="P-7", narration="Refund 7", notes={"order": "7"})
    made = response.json()
    assert response.status_code == 200 and re.fullmatch(r"pout_[0-9A-Za-z]{14}", made["id"])
    assert {name: made[name] for name in (*POUT, "reference_id", "narration", "notes", "status", "utr", "entity", "batch_id")} == {
        **POUT, "reference_id": "P-7", "narration": "Refund 7", "notes": {"order": "7"}, "status": "processing", "utr": None,
        "entity": "payout", "batch_id": None,
    }  # fmt: skip
    assert (made["fees"], made["tax"], made["fee_type"]) == (0, 0, "free_payout")
    assert _balance(rich) == (5_000_000, 4_900_000)
    rich.work()
    rich.later(seconds=10)
    done = rich.get(f"/payouts/{made['id']}")
    assert (done["status"], done["status_details"]["reason"], bool(done["utr"])) == ("processed", "payout_processed", True)
    assert _balance(rich) == (4_900_000, 4_900_000)
    assert rich.get(f"/payouts?account_number={account_number(rich.merchant)}")["items"] == [done]


@pytest.mark.parametrize(
    ("number", "status", "reason"),
    [
        ("12345670001", "processed", "payout_processed"), ("12345670002", "processed", "payout_processed"),
        ("12345670003", "reversed", "bank_account_invalid"), ("12345670004", "processing", "beneficiary_bank_confirmation_pending"),
        ("12345670005", "processing", "beneficiary_bank_confirmation_pending"), ("asha@okbank", "processed", "payout_processed"),
    ],
)  # fmt: skip
def test_payout_ends_as_its_account_number_says(rich: Shop, number: str, status: str, reason: str) -> None:
    mode = "UPI" if "@" in number else "NEFT"
    made = pay(rich, fund_account_id=fund_account(rich, number), mode=mode).json()
    rich.later(minutes=5)
    ended = rich.get(f"/payouts/{made['id']}")
    assert (ended["status"], ended["status_details"]["reason"]) == (status, reason)
    if status == "reversed":
        assert _balance(rich) == (5_000_000, 5_000_000)


def test_payout_by_the_scenario_header_waits_or_ends_as_told(rich: Shop) -> None:
    told = {}
    for scenario in ("pending", "failed", "in_review"):
        headers = {"X-Payout-Idempotency": uuid.uuid4().hex, "X-Mock-Scenario": scenario}
        made = rich.call("post", "/payouts", _body(rich), **headers).json()
        rich.later(minutes=5)
        told[scenario] = rich.get(f"/payouts/{made['id']}")["status"]
    assert told == {"pending": "processing", "failed": "reversed", "in_review": "pending"}


def test_create_payout_twice_under_one_key_is_one(rich: Shop) -> None:
    body = _body(rich)
    first, again = (rich.call("post", "/payouts", body, **{"X-Payout-Idempotency": "key-1"}) for _ in range(2))
    assert first.json() == again.json() and Payout.objects.count() == 1
    status, words, _ = rich.refused("post", "/payouts", {**body, "amount": 200}, **{"X-Payout-Idempotency": "key-1"})
    assert (status, words) == (409, "Different request with the same idempotency key has already been processed.")
    assert Payout.objects.count() == 1


@pytest.mark.parametrize("key", ["", "abc", "x" * 37, "with space"])
def test_create_payout_without_a_good_key_is_refused(rich: Shop, key: str) -> None:
    headers = {"X-Payout-Idempotency": key} if key else {}
    status, _, field = rich.refused("post", "/payouts", _body(rich), **headers)
    assert (status, field, Payout.objects.count()) == (400, "X-Payout-Idempotency", 0)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"account_number": "7878780080316316"}, "account_number"), ({"fund_account_id": "fa_00000000000000"}, ""),
        ({"amount": 99}, "amount"), ({"amount": "1000"}, "amount"), ({"currency": "PKR"}, "currency"), ({"mode": "UPI"}, "mode"),
        ({"mode": "imps"}, "mode"), ({"purpose": "fun"}, "purpose"), ({"narration": "no-dash"}, "narration"),
        ({"narration": "x" * 31}, "narration"), ({"reference_id": "x" * 41}, "reference_id"), ({"colour": "red"}, "colour"),
    ],
)  # fmt: skip
def test_create_payout_with_a_bad_field_is_refused_by_name(rich: Shop, changes: dict[str, Any], field: str) -> None:
    status, _, named = rich.refused("post", "/payouts", _body(rich, **changes), **{"X-Payout-Idempotency": uuid.uuid4().hex})
    assert (status, named, Payout.objects.count(), _balance(rich)) == (400, field, 0, (5_000_000, 5_000_000))


@pytest.mark.parametrize("what", ["contact", "fund account"])
def test_create_payout_to_what_is_switched_off_is_refused(rich: Shop, what: str) -> None:
    account = fund_account(rich)
    contact = rich.get(f"/fund_accounts/{account}")["contact_id"]
    path = f"/contacts/{contact}" if what == "contact" else f"/fund_accounts/{account}"
    rich.call("patch", path, {"active": False})
    response = pay(rich, fund_account_id=account)
    assert (response.status_code, response.json()["error"]["field"]) == (400, "fund_account_id")


def test_create_payout_composite_makes_contact_and_account_once(rich: Shop) -> None:
    whole = {"account_type": "vpa", "vpa": {"address": "ravi@okbank"}, "contact": {"name": "Ravi", "type": "employee"}}
    made = [pay(rich, fund_account=whole, mode="UPI").json() for _ in range(2)]
    assert made[0]["fund_account_id"] == made[1]["fund_account_id"] and made[0]["id"] != made[1]["id"]
    account = rich.get(f"/fund_accounts/{made[0]['fund_account_id']}")
    assert (account["vpa"]["address"], rich.get(f"/contacts/{account['contact_id']}")["name"]) == ("ravi@okbank", "Ravi")


def test_create_payout_with_too_little_money_is_refused(shop: Shop) -> None:
    for _ in range(2):  # with no balance at all, then with too small a one
        response = pay(shop)
        error = response.json()["error"]
        assert (response.status_code, error["description"], error["reason"]) == (400, TOO_LITTLE, "insufficient_funds")
        top_up(merchant=shop.merchant, currency="INR", amount=500)
    assert Payout.objects.count() == 0


def test_queued_payout_is_sent_when_there_is_money(shop: Shop) -> None:
    made = pay(shop, queue_if_low_balance=True).json()
    assert (made["status"], made["status_details"]["reason"], made["fee_type"]) == ("queued", "low_balance", None)
    assert shop.get(f"/payouts/{made['id']}") == made
    top_up(merchant=shop.merchant, currency="INR", amount=100_000)
    assert shop.get(f"/payouts/{made['id']}")["status"] == "processing"
    shop.later(minutes=5)
    assert (shop.get(f"/payouts/{made['id']}")["status"], _balance(shop)) == ("processed", (0, 0))
    assert shop.refused("post", f"/payouts/{made['id']}/cancel", {})[0] == 400


def test_cancel_queued_payout_is_final(shop: Shop) -> None:
    made = pay(shop, queue_if_low_balance=True).json()
    assert shop.post(f"/payouts/{made['id']}/cancel")["status"] == "cancelled"
    top_up(merchant=shop.merchant, currency="INR", amount=1_000_000)
    assert shop.get(f"/payouts/{made['id']}")["status"] == "cancelled"
    assert shop.refused("post", f"/payouts/{made['id']}/cancel", {})[0] == 400


def test_payout_is_one_of_the_merchants_in_the_core_api(rich: Shop, merchant: Merchant, api: Api) -> None:
    made = pay(rich, reference_id="P-8").json()
    core = api.get("/payouts").json()["data"]["payouts"][0]
    assert (core["merchantReference"], core["currency"], core["amount"], core["bankCode"]) == (made["id"], "INR", "1000.00", "HDFC0000053")


def test_payouts_of_another_merchant_are_unknown(rich: Shop, other_shop: Shop) -> None:
    made = pay(rich).json()
    for method, path in (("get", f"/payouts/{made['id']}"), ("post", f"/payouts/{made['id']}/cancel")):
        assert other_shop.refused(method, path, None if method == "get" else {}) == (400, "The id provided does not exist", "")
    assert other_shop.refused("get", f"/payouts?account_number={account_number(rich.merchant)}")[2] == "account_number"
    assert other_shop.refused("get", "/payouts")[2] == "account_number"


def test_transactions_are_the_ledgers_lines(rich: Shop) -> None:
    done, back = (pay(rich, fund_account_id=fund_account(rich, number)).json() for number in ("12345670001", "12345670003"))
    rich.later(minutes=5)
    lines = rich.get(f"/transactions?account_number={account_number(rich.merchant)}")["items"]
    assert [(line["credit"], line["debit"], line["balance"]) for line in lines] == [
        (100_000, 0, 4_900_000), (0, 100_000, 4_800_000), (0, 100_000, 4_900_000), (5_000_000, 0, 5_000_000),
    ]  # fmt: skip
    assert [line["source"] and line["source"]["id"] for line in lines] == [back["id"], back["id"], done["id"], None]
    assert rich.get(f"/transactions/{lines[0]['id']}") == lines[0]
    assert rich.refused("get", "/transactions/txn_00000000000000")[0] == 400


def test_balance_of_a_new_merchant_is_nothing(shop: Shop) -> None:
    told = shop.get("/banking_balances")
    assert (told["count"], _balance(shop), told["items"][0]["account_number"]) == (1, (0, 0), account_number(shop.merchant))


@pytest.mark.parametrize(
    ("number", "status", "account_status"),
    [
        ("765432123456789", "completed", "active"), ("12345670003", "completed", "invalid"), ("12345670004", "created", None),
        ("12345670005", "failed", None),
    ],
)  # fmt: skip
def test_validation_ends_as_its_account_number_says(shop: Shop, number: str, status: str, account_status: str | None) -> None:
    account = fund_account(shop, number)
    body = {"account_number": account_number(shop.merchant), "fund_account": {"id": account}, "amount": 100, "currency": "INR"}
    first = shop.call("post", "/fund_accounts/validations", body)
    made = first.json()
    assert first.status_code == 201 and re.fullmatch(r"fav_[0-9A-Za-z]{14}", made["id"])
    assert (made["status"], made["results"]["account_status"], made["fund_account"]["id"]) == ("created", None, account)
    found = shop.get(f"/fund_accounts/validations/{made['id']}")
    name = "Asha Rao" if account_status == "active" else None
    assert (found["status"], found["results"]) == (status, {"account_status": account_status, "registered_name": name})
    assert bool(found["utr"]) == (account_status == "active")
    assert shop.get("/fund_accounts/validations")["items"] == [found]
