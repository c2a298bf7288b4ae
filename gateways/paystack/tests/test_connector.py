"""The connector over real HTTP: what it asks, how it reads the answer, and how sure it is when there is none."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from gateways.contract import Account, Capability, ErrorCode, Fate, FateUnknown, Forged, GatewayRefused, Order, Redirect
from gateways.paystack import wire
from gateways.paystack.connector import PaystackConnector
from gateways.paystack.tests.standin import Paystack
from gateways.tests.begin import Begins
from mypay.kit.money import EXPONENTS

ORDER = Order("ours-1", 50_000, "NGN", "https://us.example/back", "https://us.example/left", "Two teas", "Ada", "a@b.example", "98")


@pytest.fixture
def there() -> Iterator[Paystack]:
    paystack = Paystack()
    yield paystack
    paystack.stop()


@pytest.fixture
def connector(there: Paystack) -> PaystackConnector:
    return PaystackConnector(Account(1, there.url, there.credentials, ""))


def test_spec_has_no_capture_and_only_currencies_of_the_engine() -> None:
    assert frozenset(Capability) - PaystackConnector.spec.capabilities == {Capability.CAPTURE}
    assert "NGN" in PaystackConnector.spec.currencies and set(PaystackConnector.spec.currencies) <= set(EXPONENTS)


def test_check_right_and_wrong_credentials(there: Paystack, connector: PaystackConnector) -> None:
    connector.check()
    with pytest.raises(GatewayRefused) as no:
        PaystackConnector(Account(1, there.url, {"secret_key": "sk_test_wrong"}, "")).check()
    assert no.value.code == ErrorCode.BAD_CREDENTIALS


def test_begin_opens_a_transaction_and_sends_the_payer_to_its_page(there: Paystack, connector: PaystackConnector) -> None:
    begun = connector.begin(ORDER)
    assert there.asked == {
        "ours-1": {
            "email": "a@b.example", "amount": 50_000, "currency": "NGN", "reference": "ours-1",
            "callback_url": "https://us.example/back", "metadata": {"cancel_action": "https://us.example/left"},
        }
    }  # fmt: skip
    assert begun.order_id == "ours-1" and begun.page.startswith(f"{there.url}/code")
    assert begun.redirect == connector.redirect("ours-1", replace(ORDER, page=begun.page)) == Redirect(begun.page)


def test_begin_of_a_payer_without_email_takes_the_accounts(there: Paystack, connector: PaystackConnector) -> None:
    with pytest.raises(GatewayRefused, match="no e-mail"):
        connector.begin(replace(ORDER, email=""))
    assert there.calls == []
    PaystackConnector(Account(1, there.url, {**there.credentials, "email": "shop@b.example"}, "")).begin(replace(ORDER, email=""))
    assert there.asked["ours-1"]["email"] == "shop@b.example"


class TestBegin(Begins):
    order = ORDER


@pytest.mark.parametrize(
    "answer",
    [
        {}, {"status": True}, {"status": True, "data": None}, {"status": True, "data": {}},
        {"status": False, "data": {"authorization_url": "https://there.example/x"}},
        {"status": True, "data": {"authorization_url": "javascript:alert(1)"}},
        {"status": True, "data": {"authorization_url": "https://there.example/" + "a" * 500}},
    ],
)  # fmt: skip
def test_begin_answered_without_a_page_is_of_unknown_fate(
    there: Paystack, connector: PaystackConnector, monkeypatch: pytest.MonkeyPatch, answer: Any
) -> None:
    monkeypatch.setattr(there, "act", lambda *_: (200, answer))
    with pytest.raises(FateUnknown):
        connector.begin(ORDER)


def test_find_finds_only_what_was_paid_as_the_page_is_lost(there: Paystack, connector: PaystackConnector) -> None:
    assert connector.find("ours-1") == ""
    there.troubles = ["cut"]
    with pytest.raises(FateUnknown):
        connector.begin(ORDER)
    assert "ours-1" in there.transactions and connector.find("ours-1") == ""
    there.pay("ours-1")
    assert connector.find("ours-1") == "ours-1"
    assert connector.redirect("ours-1", ORDER) == Redirect("https://us.example/back")
    there.troubles = ["busy"]
    with pytest.raises(GatewayRefused):
        connector.find("ours-1")


def test_look_tells_what_became_of_the_transaction(there: Paystack, connector: PaystackConnector) -> None:
    connector.begin(ORDER)
    assert connector.look("ours-1").fate == Fate.PENDING
    there.pay("ours-1", "failed", gateway_response="Insufficient Funds")
    failed = connector.look("ours-1")
    assert (failed.fate, failed.code, failed.method, failed.payer) == (Fate.FAILED, "INSUFFICIENT_FUNDS", "card", "4081")
    paid = there.pay("ours-1")
    seen = connector.look("ours-1")
    assert (seen.order_id, seen.fate, seen.payment_id, seen.amount, seen.currency, seen.fee, seen.tax, seen.code) == (
        "ours-1", Fate.CAPTURED, str(paid["id"]), 50_000, "NGN", 1000, None, "",
    )  # fmt: skip
    there.pay("ours-1", "reversed", channel="mobile_money", authorization={"bank": "M-PESA", "last4": None})
    given_back = connector.look("ours-1")
    assert (given_back.fate, given_back.method, given_back.payer) == (Fate.REFUNDED, "mpesa", "M-PESA")
    with pytest.raises(GatewayRefused) as no:
        connector.look("ours-2")
    assert no.value.code == ErrorCode.NOT_FOUND


@pytest.mark.parametrize(("amount", "counts"), [(50_750, 50_000), (30_000, 30_000)])
def test_look_tells_what_was_paid_of_what_was_requested(there: Paystack, connector: PaystackConnector, amount: int, counts: int) -> None:
    connector.begin(ORDER)
    there.pay("ours-1", amount=amount)  # the payer bore the fees; or paid a part
    assert connector.look("ours-1").amount == counts


@pytest.mark.parametrize(
    "changes",
    [{"status": "on its way"}, {"id": "4099260516"}, {"amount": "50000"}, {"amount": 500.0}, {"reference": None}, {"reference": "ours-2"}],
)
def test_look_answered_unreadably_is_of_unknown_fate(there: Paystack, connector: PaystackConnector, changes: dict[str, Any]) -> None:
    connector.begin(ORDER)
    there.pay("ours-1", **changes)
    with pytest.raises(FateUnknown):
        connector.look("ours-1")


def test_refund_same_key_is_one_refund(there: Paystack, connector: PaystackConnector) -> None:
    connector.begin(ORDER)
    payment_id = str(there.pay("ours-1")["id"])
    there.troubles = ["", "cut"]  # whether it is there is asked first
    with pytest.raises(FateUnknown):
        connector.refund(payment_id, 20_000, "NGN", key="a-key-of-ours")
    seen = connector.refund(payment_id, 20_000, "NGN", key="a-key-of-ours")
    assert (seen.fate, seen.amount, seen.payment_id, list(there.refunds)) == (Fate.PENDING, 20_000, payment_id, [int(seen.refund_id)])
    another = connector.refund(payment_id, 20_000, "NGN", key="another-key")
    assert another.payment_id == payment_id and len(there.refunds) == 2
    there.refunds[int(seen.refund_id)]["status"] = "processed"
    assert connector.look_refund(payment_id, seen.refund_id) == replace(seen, fate=Fate.REFUNDED)
    with pytest.raises(GatewayRefused) as no:
        connector.refund(payment_id, 20_000, "NGN", key="a-third-key")
    assert no.value.code == ErrorCode.BAD_REQUEST


@pytest.mark.parametrize("trouble", ["refuse", "busy", "down", "garble"])
def test_refund_of_which_nobody_says_whether_it_is_there_is_not_made(there: Paystack, connector: PaystackConnector, trouble: str) -> None:
    connector.begin(ORDER)
    payment_id = str(there.pay("ours-1")["id"])
    there.troubles = [trouble]
    with pytest.raises(FateUnknown):
        connector.refund(payment_id, 20_000, "NGN", key="a-key-of-ours")
    assert there.refunds == {}


def test_return_is_believed_only_with_the_orders_reference(connector: PaystackConnector) -> None:
    assert connector.returned("ours-1", {"trxref": "ours-1", "reference": "ours-1"})
    assert not connector.returned("ours-1", {})
    with pytest.raises(Forged):
        connector.returned("ours-1", {"trxref": "ours-1", "reference": "ours-2"})


def test_notice_tells_what_was_seen_and_its_key(there: Paystack, connector: PaystackConnector) -> None:
    connector.begin(ORDER)
    headers, body = there.event(wire.CHARGE_SUCCESS, there.pay("ours-1"))
    notice = connector.notice({name.title(): value for name, value in headers.items()}, body)
    assert (notice.kind, notice.order_id, notice.seen) == ("charge.success", "ours-1", connector.look("ours-1"))
    assert len(notice.key) == 64 and notice.key == connector.notice(headers, body).key
    other = connector.notice(*there.event("transfer.success", {"amount": 1}))
    assert (other.seen, other.refund, other.order_id) == (None, None, "")


def test_notice_of_a_refund_names_its_transaction_alone(there: Paystack, connector: PaystackConnector) -> None:
    connector.begin(ORDER)
    connector.refund(str(there.pay("ours-1")["id"]), 20_000, "NGN", key="a-key-of-ours")
    (refund,) = there.refunds.values()
    for status, fate in (("pending", Fate.PENDING), ("needs-attention", Fate.PENDING), ("failed", Fate.FAILED)):
        refund["status"] = status
        notice = connector.notice(*there.refund_event(refund))
        assert notice.refund is not None and (notice.refund.fate, notice.refund.amount, notice.refund.refund_id) == (fate, 20_000, "")
        assert (notice.kind, notice.order_id, notice.seen) == (f"refund.{status}", "ours-1", None)


def _changed(body: bytes) -> bytes:
    return body.replace(b"50000", b"50001")


@pytest.mark.parametrize(
    ("changes", "alter"),
    [({"x-paystack-signature": ""}, bytes), ({"x-paystack-signature": "é" * 128}, bytes), ({}, _changed), ({}, lambda body: body + b" ")],
)
def test_notice_altered_is_forged(there: Paystack, connector: PaystackConnector, changes: dict[str, str], alter: Any) -> None:
    connector.begin(ORDER)
    headers, body = there.event(wire.CHARGE_SUCCESS, there.pay("ours-1"))
    with pytest.raises(Forged):
        connector.notice({**headers, **changes}, alter(body))


def test_notice_signed_with_another_accounts_key_is_forged(there: Paystack, connector: PaystackConnector) -> None:
    there.secret_key = "sk_test_another"
    with pytest.raises(Forged):
        connector.notice(*there.event("transfer.success", {}))


@pytest.mark.parametrize(
    "told",
    [
        b"[]", b"{}", b"no json", b'{"event":"charge.success"}', b'{"event":"charge.success","data":[]}',
        b'{"event":"charge.success","data":{"status":"success","reference":"../x","id":1,"amount":1}}',
        b'{"event":"refund.processed","data":{"status":"processed","transaction_reference":"ours-1","amount":"1e3"}}',
        b'{"event":"refund.processed","data":{"status":"processed","transaction_reference":null,"amount":"1"}}',
    ],
)  # fmt: skip
def test_notice_signed_but_unreadable_raises_value_error(there: Paystack, connector: PaystackConnector, told: bytes) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        connector.notice({wire.SIGNATURE_HEADER: wire.signature(told, there.secret_key)}, told)
