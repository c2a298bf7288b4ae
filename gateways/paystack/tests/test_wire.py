"""Paystack's signature and words, both ways; the signature was made with openssl, and an SDK of Paystack's takes it."""

import pytest
from pypaystack2 import PaystackClient

from gateways.contract import ErrorCode, Fate
from gateways.paystack import wire

BODY, KEY = b'{"event":"charge.success","data":{"id":302961}}', "sk_test_0123456789abcdef"
# printf '{"event":"charge.success","data":{"id":302961}}' | openssl dgst -sha512 -hmac sk_test_0123456789abcdef
SIGNATURE = (
    "5efb82b528d5d4abf4c9d8ab11e720d9e7dc4e061b6ed8b81675c6e21981ddc6e9a1214580ee8f8d9895fa3994e5a4d4b165d6f62a15ff49d3b15362b44609a4"
)


def test_sign_webhook_is_the_published_construction() -> None:
    assert wire.signature(BODY, KEY) == SIGNATURE
    assert PaystackClient(KEY).is_verified_webhook_payload(BODY, wire.signature(BODY, KEY))
    assert not PaystackClient(KEY).is_verified_webhook_payload(BODY + b" ", wire.signature(BODY, KEY))


def test_map_statuses_both_ways_agree() -> None:
    assert set(wire.TRANSACTION_STATUSES) == set(Fate)
    for fate, status in wire.TRANSACTION_STATUSES.items():
        assert wire.TRANSACTION_FATES[status] == (Fate.PENDING if fate == Fate.AUTHORIZED else fate)
    assert {fate: wire.REFUND_FATES[status] for fate, status in wire.REFUND_STATUSES.items()} == {
        fate: fate for fate in wire.REFUND_STATUSES
    }


def test_map_failure_of_each_engine_code_comes_back_as_the_same_code() -> None:
    several = {"CANCELLED": ErrorCode.CANCELLED_BY_PAYER, "INVALID_MPIN": ErrorCode.WRONG_SECRET, "NO_RESPONSE": ErrorCode.TIMED_OUT}
    several[wire.NO_TOKEN] = ErrorCode.DECLINED
    for code, words in wire.FAILURES.items():
        assert wire.failure_code(words) == several.get(code, code)


def test_map_failure_unknown_words_are_declined() -> None:
    assert wire.failure_code(None) == wire.failure_code("Something new") == ErrorCode.DECLINED
    assert wire.failure_words("NO_SUCH_CODE") == "Declined"


@pytest.mark.parametrize(
    ("status", "message", "code"),
    [(401, "Invalid key", ErrorCode.BAD_CREDENTIALS), (404, "Transfer not found", ErrorCode.NOT_FOUND),
     (400, wire.NO_TRANSACTION, ErrorCode.NOT_FOUND), (400, wire.DUPLICATE_REFERENCE, ErrorCode.BAD_REQUEST),
     (429, "", ErrorCode.TOO_MANY)],
)  # fmt: skip
def test_map_refusal_of_our_request(status: int, message: str, code: ErrorCode) -> None:
    assert wire.refusal_code(status, message) == code


def test_write_and_read_a_time_keeps_its_milliseconds() -> None:
    text = "2024-08-22T09:15:02.007Z"
    assert wire.iso(wire.moment(text)) == text
