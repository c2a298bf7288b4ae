"""What a log may show (contract section 11)."""

import json
from typing import Any

import pytest

from mypay.kit.masking import REDACTED, mask_account, mask_key, masked

_SECRET = [
    "password", "PASSWORD", "currentPassword", "new_password", "password_hash", "admin-password", "pin", "PIN", "mpin", "otp", "cvv", "CVC",
    "card", "cardNumber", "card_number", "Card Number", "secret", "webhook_secret", "webhookSecret", "secretKey", "client_secret", "token",
    "accessToken", "access_token", "refresh_token", "authorization", "Authorization", "mobileNumber", "mobile_number", "private_key",
    "privateKey", "cookie", "Set-Cookie",
]  # fmt: skip
_PLAIN = ["pinned", "shipping", "cardholderName", "description", "merchantReference", "amount", "status", "id", "keyboard", "tokens_used"]
_KEY_NAMES = ["apiKey", "api_key", "X-API-KEY", "paymentApiKey", "payout_api_key", "api_secret", "key"]
_ACCOUNT_NAMES = ["accountNumber", "account_number", "iban", "msisdn"]
KEY = f"mypay_{'0123456789abcdef' * 4}"


@pytest.mark.parametrize("name", _SECRET)
@pytest.mark.parametrize("value", ["hunter2", 1234, 1.5, ""])
def test_masked_secret_member_is_redacted(name: str, value: Any) -> None:
    assert masked({name: value}) == {name: REDACTED}


@pytest.mark.parametrize("name", _PLAIN)
def test_masked_other_member_is_kept(name: str) -> None:
    assert masked({name: "1234"}) == {name: "1234"}


@pytest.mark.parametrize("name", _KEY_NAMES)
def test_masked_key_shows_first_eight_and_last_four(name: str) -> None:
    assert masked({name: KEY}) == {name: "mypay_01...cdef"}
    assert masked({name: "short-key"}) == {name: REDACTED}


@pytest.mark.parametrize("name", _ACCOUNT_NAMES)
def test_masked_account_shows_first_three_and_last_two(name: str) -> None:
    assert masked({name: "12345670001"}) == {name: "123******01"}


@pytest.mark.parametrize(("number", "shown"), [("123456789", "123****89"), ("123456", "123***56"), ("12345", "***"), ("", "***")])
def test_mask_account_never_shows_a_short_one(number: str, shown: str) -> None:
    assert mask_account(number) == shown


@pytest.mark.parametrize(("key", "shown"), [(KEY, "mypay_01...cdef"), ("a" * 17, "aaaaaaaa...aaaa"), ("a" * 16, REDACTED), ("", REDACTED)])
def test_mask_key_never_shows_a_short_one(key: str, shown: str) -> None:
    assert mask_key(key) == shown


def test_masked_reaches_nested_members_at_every_depth() -> None:
    value: Any = {"pin": "4711"}
    for level in range(20):
        value = {"level": value} if level % 2 else [value, {"cvv": "4711"}]
    assert "4711" not in json.dumps(masked({"body": value}))


def test_masked_leaves_the_original_alone() -> None:
    original = {"a": {"password": "x"}, "list": [{"pin": "1"}]}
    assert masked(original) == {"a": {"password": REDACTED}, "list": [{"pin": REDACTED}]}
    assert original == {"a": {"password": "x"}, "list": [{"pin": "1"}]}


def test_masked_absent_values_stay_absent() -> None:
    assert masked({"password": None, "apiKey": None, "card": True}) == {"password": None, "apiKey": None, "card": True}
    assert masked("text") == "text" and masked(None) is None and masked(5) == 5


def test_masked_long_list_is_cut() -> None:
    assert len(masked({"rows": list(range(1000))})["rows"]) == 100
