"""Razorpay's signatures and words, both ways; the signatures were made with openssl."""

import pytest

from gateways.contract import ErrorCode, Fate
from gateways.razorpay import wire
from mypay.kit.crypto import same


def test_sign_payment_known_pair_is_the_published_construction() -> None:
    # printf 'order_1|pay_2' | openssl dgst -sha256 -hmac secret
    assert wire.payment_signature("order_1", "pay_2", "secret") == "9a710269bfb26a7b5eb155412b5f3901cdf6f4618399674168194e8652995912"


def test_sign_link_empty_reference_keeps_its_place() -> None:
    # printf 'plink_1||paid|pay_2' | openssl dgst -sha256 -hmac secret
    assert (
        wire.link_signature("plink_1", "", "paid", "pay_2", "secret") == "596b0c030fb8cef336104eb5c3ddafeb7253a6baa1680462aeeec81bc53c285f"
    )


@pytest.mark.parametrize("given", ["", "0" * 64, "é", "0" * 63])
def test_compare_signature_another_is_not_the_same(given: str) -> None:
    assert not same(wire.webhook_signature(b"{}", "hush"), given)


def test_map_payment_statuses_both_ways_agree() -> None:
    assert {status: wire.PAYMENT_STATUSES[fate] for status, fate in wire.PAYMENT_FATES.items()} == {s: s for s in wire.PAYMENT_FATES}
    assert set(wire.PAYMENT_STATUSES) == set(Fate)


def test_map_failure_of_each_engine_code_comes_back_as_the_same_reason() -> None:
    several = {"CANCELLED": ErrorCode.CANCELLED_BY_PAYER, "INVALID_MPIN": ErrorCode.WRONG_SECRET, "NO_RESPONSE": ErrorCode.TIMED_OUT}
    several[wire.CARD_DECLINED] = ErrorCode.DECLINED
    for code, failure in wire.FAILURES.items():
        assert wire.failure_code(failure.reason, failure.code) == several.get(code, code)


def test_map_failure_unknown_reason_goes_by_whose_error_it_was() -> None:
    assert wire.failure_code("something_new", wire.BAD_REQUEST) == ErrorCode.DECLINED
    assert wire.failure_code(None, wire.GATEWAY_ERROR) == ErrorCode.GATEWAY_DOWN
    assert wire.failure_of("NO_SUCH_CODE").reason == "payment_failed"
