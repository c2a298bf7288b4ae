"""Refunds: whole, in parts, failing, wanting an account."""

import pytest

from emulators.paystack.tests.conftest import DECLINED, Shop

KEYS = {
    "id", "integration", "domain", "transaction", "dispute", "settlement", "amount", "deducted_amount", "fully_deducted", "currency",
    "channel", "status", "refunded_by", "refunded_at", "expected_at", "customer_note", "merchant_note", "createdAt", "updatedAt",
}  # fmt: skip
FAILS, WANTS = "4084080000671803", "4084080000671902"


def test_refund_whole_transaction_reverses_it(shop: Shop) -> None:
    paid = shop.charged()
    told = shop.whole("post", "/refund", {"transaction": paid["reference"], "customer_note": "Sorry", "merchant_note": "Late"})
    made = told["data"]
    assert told["message"] == "Refund has been queued for processing" and set(made) == KEYS
    assert (made["amount"], made["status"], made["transaction"]["id"]) == (50_000, "pending", paid["id"])
    assert made["transaction"]["status"] == shop.verified(paid["reference"])["status"] == "reversed"
    shop.later(hours=1)
    found = shop.get(f"/refund/{made['id']}")
    assert (found["status"], found["transaction"], found["customer_note"]) == ("processed", paid["id"], "Sorry") and found["refunded_at"]
    again = shop.refused("post", "/refund", {"transaction": paid["reference"]})
    assert again == (400, "Transaction has been fully reversed", "invalid_amount")


def test_refund_in_parts_by_number_and_no_more_than_is_left(shop: Shop) -> None:
    paid = shop.charged()
    first = shop.post("/refund", {"transaction": paid["id"], "amount": "20000"})
    assert shop.refused("post", "/refund", {"transaction": str(paid["id"]), "amount": 30_001})[0] == 400
    second = shop.post("/refund", {"transaction": str(paid["id"])})
    assert (first["amount"], second["amount"]) == (20_000, 30_000)
    assert first["transaction"]["status"] == "success" and second["transaction"]["status"] == "reversed"
    listed = shop.whole("get", f"/refund?transaction={paid['id']}")
    assert [row["id"] for row in listed["data"]] == [second["id"], first["id"]] and listed["meta"]["total"] == 2
    assert set(listed["data"][0]) == KEYS - {"createdAt"} | {"created_at"}
    assert shop.get("/refund?transaction=none") == shop.get("/refund?currency=KES") == []


def test_refund_of_what_is_not_paid_unknown_or_somebody_elses_is_refused(shop: Shop, other_shop: Shop) -> None:
    theirs, failed = other_shop.charged(), shop.charged(DECLINED)
    for transaction in (theirs["reference"], str(theirs["id"]), "none"):
        assert shop.refused("post", "/refund", {"transaction": transaction}) == (400, "Transaction not found", "transaction_not_found")
    assert shop.refused("post", "/refund", {"transaction": failed["reference"]})[2] == "transaction_not_paid"
    assert shop.refused("post", "/refund", {})[1] == "Transaction is required"
    refund = other_shop.post("/refund", {"transaction": theirs["reference"]})
    assert shop.refused("get", f"/refund/{refund['id']}") == (404, "Refund not found", "refund_not_found")
    assert shop.refused("post", f"/refund/retry_with_customer_details/{refund['id']}", {"refund_account_details": {}})[0] == 404


def test_refund_of_the_card_whose_refund_fails_brings_the_money_back(shop: Shop) -> None:
    paid = shop.charged(FAILS)
    made = shop.post("/refund", {"transaction": paid["reference"]})
    shop.later(hours=1)
    assert shop.get(f"/refund/{made['id']}")["status"] == "failed"
    assert shop.verified(paid["reference"])["status"] == "success"


@pytest.mark.parametrize(("account", "end"), [("0000000000", "processed"), ("1012204936", "failed"), ("1012204935", "needs-attention")])
def test_refund_that_needs_attention_goes_on_with_an_account(shop: Shop, account: str, end: str) -> None:
    made = shop.post("/refund", {"transaction": shop.charged(WANTS)["reference"]})
    shop.later(hours=1)
    assert shop.get(f"/refund/{made['id']}")["status"] == "needs-attention"
    details = {"refund_account_details": {"currency": "NGN", "account_number": account, "bank_id": "9"}}
    told = shop.whole("post", f"/refund/retry_with_customer_details/{made['id']}", details)
    assert (told["data"]["status"], told["message"]) == (end, "Refund retried and has been queued for processing")
    again = shop.refused("post", f"/refund/retry_with_customer_details/{made['id']}", details) if end != "needs-attention" else None
    assert again is None or again[1] == "Refund does not need attention"


def test_scenario_header_decides_before_the_test_card(shop: Shop) -> None:
    made = shop.post("/refund", {"transaction": shop.charged(FAILS)["reference"]}, **{"X-Mock-Scenario": "success"})
    shop.later(hours=1)
    assert shop.get(f"/refund/{made['id']}")["status"] == "processed"
