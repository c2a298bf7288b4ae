"""The connector over real HTTP: what it asks, how it reads the answer, and how sure it is when there is none."""

from collections.abc import Iterator
from typing import Any

import pytest

from gateways.contract import Account, Capability, ErrorCode, Fate, FateUnknown, Forged, GatewayRefused, Order
from gateways.razorpay import wire
from gateways.razorpay.connector import RazorpayConnector
from gateways.razorpay.tests.standin import Razorpay, standing_in
from gateways.tests.begin import Begins

ORDER = Order("ours-1", 50_000, "INR", "https://us.example/back", "https://us.example/back", "Two teas", "Asha", "a@b.example", "98")


@pytest.fixture
def there() -> Iterator[Razorpay]:
    with standing_in() as razorpay:
        yield razorpay


@pytest.fixture
def connector(there: Razorpay) -> RazorpayConnector:
    return RazorpayConnector(Account(1, there.url, there.credentials, there.webhook_secret))


def test_spec_names_every_capability() -> None:
    assert RazorpayConnector.spec.capabilities == frozenset(Capability)


def test_check_right_and_wrong_credentials(there: Razorpay, connector: RazorpayConnector) -> None:
    connector.check()
    wrong = RazorpayConnector(Account(1, there.url, {**there.credentials, "key_secret": "no"}, ""))
    with pytest.raises(GatewayRefused) as no:
        wrong.check()
    assert no.value.code == ErrorCode.BAD_CREDENTIALS


def test_begin_opens_an_order_and_sends_the_payer_to_its_page(there: Razorpay, connector: RazorpayConnector) -> None:
    begun = connector.begin(ORDER)
    kept = there.orders[begun.order_id]
    assert (kept["amount"], kept["receipt"], kept["payment"]) == (50_000, "ours-1", {"capture": "automatic"})
    assert begun.redirect is not None
    assert (begun.redirect.url, begun.redirect.method) == (f"{there.url}/v1/checkout/embedded", "POST")
    assert dict(begun.redirect.fields) == {
        "key_id": there.key_id, "order_id": begun.order_id, "amount": "50000", "currency": "INR", "description": "Two teas",
        "prefill[name]": "Asha", "prefill[email]": "a@b.example", "prefill[contact]": "98",
        "callback_url": "https://us.example/back", "cancel_url": "https://us.example/back",
    }  # fmt: skip
    assert connector.find("ours-1") == begun.order_id and connector.find("ours-2") == ""


class TestBegin(Begins):
    order = ORDER


def test_look_tells_of_the_payment_that_went_furthest(there: Razorpay, connector: RazorpayConnector) -> None:
    order_id = connector.begin(ORDER).order_id
    assert connector.look(order_id).fate == Fate.PENDING
    there.pay(order_id, "failed", error_reason="insufficient_fund")
    failed = connector.look(order_id)
    assert (failed.fate, failed.code, failed.method, failed.payer) == (Fate.FAILED, "INSUFFICIENT_FUNDS", "upi", "success@razorpay")
    paid = there.pay(order_id)
    there.pay(order_id, "failed")
    seen = connector.look(order_id)
    assert (seen.fate, seen.payment_id, seen.amount, seen.currency, seen.fee, seen.tax) == (
        Fate.CAPTURED, paid["id"], 50_000, "INR", 1000, 166,
    )  # fmt: skip
    with pytest.raises(GatewayRefused) as no:
        connector.look("order_00000000000000")
    assert no.value.code == ErrorCode.NOT_FOUND


def test_look_many_tries_long_answer_is_read_whole(there: Razorpay, connector: RazorpayConnector) -> None:
    order_id = connector.begin(ORDER).order_id
    for _ in range(100):
        there.pay(order_id, "failed", notes={"filling": "x" * 300})
    there.pay(order_id)
    assert connector.look(order_id).fate == Fate.CAPTURED


def test_capture_again_is_no_refusal_but_another_amount_is(there: Razorpay, connector: RazorpayConnector) -> None:
    payment = there.pay(connector.begin(ORDER).order_id, "authorized")
    with pytest.raises(GatewayRefused):
        connector.capture(payment["id"], 1, "INR")
    assert [connector.capture(payment["id"], 50_000, "INR").fate for _ in range(2)] == [Fate.CAPTURED] * 2


def test_refund_same_key_is_one_refund(there: Razorpay, connector: RazorpayConnector) -> None:
    payment = there.pay(connector.begin(ORDER).order_id)
    there.troubles = ["cut"]
    with pytest.raises(FateUnknown):
        connector.refund(payment["id"], 20_000, "INR", key="a-key-of-ours")
    seen = connector.refund(payment["id"], 20_000, "INR", key="a-key-of-ours")
    assert (seen.fate, seen.amount, len(there.refunds)) == (Fate.REFUNDED, 20_000, 1)
    assert connector.look_refund(payment["id"], seen.refund_id) == seen


def test_return_is_believed_only_with_the_orders_signature(there: Razorpay, connector: RazorpayConnector) -> None:
    payment = there.pay(connector.begin(ORDER).order_id)
    brought = there.signed_return(payment)
    assert connector.returned(payment["order_id"], brought)
    assert not connector.returned(payment["order_id"], {"error[code]": "BAD_REQUEST_ERROR"})
    for wrong in ({**brought, "razorpay_signature": "0" * 64}, {**brought, "razorpay_payment_id": "pay_00000000000001"}):
        with pytest.raises(Forged):
            connector.returned(payment["order_id"], wrong)
    with pytest.raises(Forged):
        connector.returned("order_another0000000", brought)


def test_notice_tells_what_was_seen_and_its_key(there: Razorpay, connector: RazorpayConnector) -> None:
    payment = there.pay(connector.begin(ORDER).order_id)
    headers, body = there.event("payment.captured", payment=payment, key="evt_1")
    notice = connector.notice({name.upper(): value for name, value in headers.items()}, body)
    assert (notice.key, notice.kind, notice.order_id) == ("evt_1", "payment.captured", payment["order_id"])
    assert notice.seen is not None and notice.seen.fate == Fate.CAPTURED
    del headers["x-razorpay-event-id"]
    assert len(connector.notice(headers, body).key) == 64
    headers, body = there.event("payout.processed")
    assert connector.notice(headers, body).seen is None


def _changed(body: bytes) -> bytes:
    return body.replace(b"50000", b"50001")


@pytest.mark.parametrize(
    ("changes", "alter"),
    [({"X-Razorpay-Signature": ""}, bytes), ({"X-Razorpay-Signature": "é" * 64}, bytes), ({}, _changed), ({}, lambda body: body + b" ")],
)
def test_notice_altered_is_forged(there: Razorpay, connector: RazorpayConnector, changes: dict[str, str], alter: Any) -> None:
    headers, body = there.event("payment.captured", payment=there.pay(connector.begin(ORDER).order_id))
    with pytest.raises(Forged):
        connector.notice({**headers, **changes}, alter(body))


def test_notice_without_a_secret_of_ours_is_forged(there: Razorpay) -> None:
    there.webhook_secret = ""
    headers, body = there.event("payment.captured")
    with pytest.raises(Forged):
        RazorpayConnector(Account(1, there.url, there.credentials, "")).notice(headers, body)


@pytest.mark.parametrize("told", [b"[]", b"{}", b"no json", b'{"event":"x","payload":{"payment":{}}}', b'{"event":"x","payload":[1]}'])
def test_notice_signed_but_unreadable_raises_value_error(there: Razorpay, connector: RazorpayConnector, told: bytes) -> None:

    with pytest.raises(ValueError, match="cannot be read"):
        connector.notice({wire.SIGNATURE_HEADER: wire.webhook_signature(told, there.webhook_secret)}, told)
