"""Charges: what a payer is asked for, step by step."""

from typing import Any
from urllib.parse import urlsplit

import pytest

from emulators.paystack.tests.conftest import DECLINED, EMAIL, PIN, PIN_OTP, PIN_PHONE_OTP, Shop


def submit(shop: Shop, charge: dict[str, Any], step: str, given: str) -> dict[str, Any]:
    made: dict[str, Any] = shop.post(f"/charge/submit_{step}", {step: given, "reference": charge["reference"]})
    return made


def test_card_without_a_check_is_the_transaction_at_once(shop: Shop) -> None:
    charge = shop.charged(reference="c-1", metadata={"cart": 17})
    assert charge == shop.verified("c-1") and charge["status"] == "success" and charge["metadata"] == {"cart": 17}
    authorization = charge["authorization"]
    assert {name: authorization[name] for name in ("bin", "last4", "exp_month", "exp_year", "brand", "channel", "country_code")} == {
        "bin": "408408", "last4": "4081", "exp_month": "09", "exp_year": "2049", "brand": "visa", "channel": "card", "country_code": "NG",
    }  # fmt: skip
    assert authorization["authorization_code"].startswith("AUTH_") and authorization["signature"].startswith("SIG_")


def test_card_that_is_declined_says_why(shop: Shop) -> None:
    assert [shop.charged(number)["gateway_response"] for number in (DECLINED, "4084080000670037")] == ["Declined", "Insufficient Funds"]


@pytest.mark.parametrize(
    ("number", "answers", "end"),
    [
        (PIN, [("pin", "1111")], "success"),
        (PIN_OTP, [("pin", "1234"), ("otp", "123456")], "success"),
        (PIN_PHONE_OTP, [("pin", "0000"), ("phone", "+2348100000000"), ("otp", "123456")], "success"),
        ("507850785078507853", [("pin", "0000")], "failed"),
    ],
)
def test_card_asks_for_what_is_published_and_then_decides(shop: Shop, number: str, answers: list[tuple[str, str]], end: str) -> None:
    charge = shop.charged(number)
    for step, given in answers:
        assert charge["status"] == f"send_{step}" and charge["display_text"]
        pending = shop.whole("get", f"/charge/{charge['reference']}")
        assert (pending["message"], pending["data"]) == ("Reference check successful", charge)
        charge = submit(shop, charge, step, given)
    assert charge["status"] == end and charge == shop.get(f"/charge/{charge['reference']}")
    if end == "failed":
        assert charge["gateway_response"].startswith("Token Not Generated")


def test_wrong_answer_may_be_given_three_times_in_all(shop: Shop) -> None:
    charge = shop.charged(PIN_OTP)
    again = submit(shop, charge, "pin", "9999")
    assert (again["status"], again["display_text"]) == ("send_pin", "That is not right; 2 more tries")
    submit(shop, charge, "pin", "1234")
    assert submit(shop, charge, "otp", "000000")["status"] == "send_otp"
    failed = submit(shop, charge, "otp", "000000")
    assert (failed["status"], failed["gateway_response"]) == ("failed", "Incorrect OTP")


def test_answer_that_nobody_asked_for_is_refused(shop: Shop) -> None:
    charge, done = shop.charged(PIN), shop.charged()
    for reference in (charge["reference"], done["reference"]):
        refused = shop.refused("post", "/charge/submit_otp", {"otp": "123456", "reference": reference})
        assert refused == (400, "Charge is not waiting for otp", "invalid_charge_step")
    assert shop.refused("post", "/charge/submit_otp", {"otp": "1", "reference": "none"})[2] == "transaction_not_found"
    assert shop.refused("post", "/charge/submit_pin", {"reference": charge["reference"]})[1] == "Pin is required"


def test_pin_given_at_once_is_not_asked_for(shop: Shop) -> None:
    assert shop.charged(PIN_OTP, pin="1234")["status"] == "send_otp"


def test_bank_account_asks_for_birthday_and_otp(shop: Shop) -> None:
    charge = shop.charged(card=None, bank={"code": "057", "account_number": "0000000000"})
    assert charge["status"] == "send_birthday"
    assert submit(shop, charge, "birthday", "soon")["status"] == "failed"
    charge = shop.charged(card=None, bank={"code": "057", "account_number": "0000000000"})
    assert submit(shop, charge, "birthday", "2007-04-15")["status"] == "send_otp"
    paid = submit(shop, charge, "otp", "123456")
    assert (paid["status"], paid["channel"], paid["authorization"]["reusable"]) == ("success", "bank", False)
    kuda = shop.charged(card=None, bank={"code": "50211", "phone": "+2348100000000", "token": "123456"})
    assert submit(shop, kuda, "otp", "123456")["status"] == "success"


def test_mpesa_is_paid_on_the_phone(shop: Shop) -> None:
    charge = shop.charged(card=None, currency="KES", mobile_money={"phone": "+254710000000", "provider": "mpesa"})
    assert charge["status"] == "pay_offline" and "phone" in charge["display_text"]
    shop.later(hours=1)
    paid = shop.verified(charge["reference"])
    assert (paid["status"], paid["channel"], paid["currency"]) == ("success", "mobile_money", "KES")


@pytest.mark.parametrize(
    ("by", "shown"), [({"ussd": {"type": "737"}}, "ussd_code"), ({"bank_transfer": {"account_expires_at": None}}, "account_number")]
)
def test_ussd_and_transfer_wait_for_the_payer_at_the_page(shop: Shop, by: Any, shown: str) -> None:
    charge = shop.charged(card=None, **by)
    assert charge["status"] == "pay_offline" and charge[shown] and charge["display_text"]
    shop.client.post(urlsplit(charge["url"]).path, {"answer": "approve"})
    assert shop.verified(charge["reference"])["status"] == "success"


def test_bank_page_decides_a_card_that_asks_there(shop: Shop) -> None:
    charge = shop.charged("5192602720584796")
    assert charge["status"] == "open_url"
    shop.client.post(urlsplit(charge["url"]).path, {"answer": "decline"})
    assert shop.verified(charge["reference"])["gateway_response"] == "The customer did not authorize the transaction"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"card": None}, "missing_params"),
        ({"card": None, "qr": {"provider": "visa"}}, "channel_not_available"),
        ({"card": None, "mobile_money": {"phone": "0710000000", "provider": "mpesa"}}, "channel_not_available"),
        ({"card": {"number": "4084084084084081"}}, "missing_params"),
        ({"card": None, "ussd": {"type": "1"}}, "invalid_params"),
        ({"card": None, "currency": "KES", "mobile_money": {"phone": "me", "provider": "mpesa"}}, "invalid_params"),
    ],
)
def test_charge_without_what_it_is_paid_with_makes_nothing(shop: Shop, changes: Any, code: str) -> None:
    body = {"email": EMAIL, "amount": 5000, "card": {}, **changes}
    assert shop.refused("post", "/charge", body)[::2] == (400, code)
    assert shop.get("/transaction") == []
