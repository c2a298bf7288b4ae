"""Complete, the magic numbers, cards, scenarios: contract section 5."""

import json
from typing import Any

import pytest
from django.db import connection

from audit.models import AuditEntry
from conftest import Api
from ledger.models import MerchantBalance, Transfer
from merchants.models import Merchant
from merchants.states import MerchantStatus
from merchants.tests.factories import make_merchant
from mypay.kit import clock
from mypay.settings import environment
from payments import webhook
from payments.models import Checkout, Payment
from payments.render import snapshot
from payments.tests.conftest import Payer, Shop
from webhooks.models import Event

MOBILES = [
    ("03030000000", "SUCCESS", "Payment successful", "Payment completed successfully"),
    ("03021111111", "FAILED", "Transaction failed", "Transaction failed"),
    ("03032222222", "TIMEOUT", "Transaction timed-out", "Transaction timed out"),
    ("03033333333", "REJECTED", "Customer rejected transaction", "Customer rejected the transaction"),
    ("03034444444", "INVALID_OTP", "Customer entered invalid OTP", "Invalid OTP entered"),
    ("03035555555", "INSUFFICIENT_FUNDS", "Insufficient credit", "Insufficient funds in wallet"),
    ("03036666666", "ACCOUNT_DEACTIVATED", "Account deactivated", "Wallet account is deactivated"),
    ("03037777777", "NO_RESPONSE", "No response from wallet partner", "No response from wallet partner"),
    ("03038888888", "INVALID_MPIN", "Customer entered invalid MPIN", "Invalid MPIN entered"),
    ("03039999999", "NOT_APPROVED", "Customer didn't approve", "Customer did not approve the transaction"),
]


def pending() -> int:
    return MerchantBalance.objects.get().pending


def _webhook_message() -> Any:
    checkout = Checkout.objects.select_related("merchant").get()
    return webhook.body(snapshot(checkout), checkout.merchant)["message"]


@pytest.mark.parametrize("method", ["jazzcash", "easypaisa"])
@pytest.mark.parametrize(("number", "code", "message", "told"), MOBILES)
def test_complete_magic_mobile_decides(shop: Shop, payer: Payer, method: str, number: str, code: str, message: str, told: str) -> None:
    checkout_id = shop.opened(paymentMethod=method)
    response = payer.wallet(checkout_id, number)
    is_paid = code == "SUCCESS"
    status = "completed" if is_paid else "failed"
    assert response.status_code == 200
    assert response.json() == {
        "success": is_paid,
        "message": message,
        "returnUrl": f"https://shop.example/thanks?status={status}&checkoutId={checkout_id}",
    }
    seen = shop.transaction(checkout_id)
    assert (seen["status"], seen["statusCode"], seen["paymentMethod"]) == (status, code, method)
    assert _webhook_message() == told
    assert pending() == (100_000 if is_paid else 0)
    payment = Payment.objects.get()
    assert (payment.payer, payment.status, payment.captured) == (number, *(("captured", 100_000) if is_paid else ("failed", 0)))


def test_complete_writes_event_audit_and_collection_in_one(shop: Shop, payer: Payer, api: Api) -> None:
    checkout_id = shop.opened(reference="INV-7", user={"name": "A"})
    before = api.get("/balance").json()["data"]
    payer.wallet(checkout_id, "03030000000")
    event = Event.objects.latest("pk")
    seen = json.loads(event.data)
    assert event.type == "payment.completed"
    assert (seen["status"], seen["statusCode"], seen["payer"], seen["user"]) == ("completed", "SUCCESS", "03030000000", {"name": "A"})
    entry = AuditEntry.objects.get(action="checkout.moved")
    assert json.loads(entry.details)["to"] == "completed" and entry.actor_type == "payer"
    line = Transfer.objects.get(entry_type="COLLECTION")
    assert (line.source, line.target, line.amount, line.description) == ("external", "pending", 100_000, "Payment collected: INV-7")
    # The payout API's balance and history know nothing of it (contract section 1).
    assert api.get("/balance").json()["data"] == before
    history = api.get("/balance/history").json()["data"]
    assert [row["type"] for row in history["entries"]] == ["CREDIT"] and history["pagination"]["total"] == 1


@pytest.mark.parametrize(
    ("setting", "message", "status"), [("success", "Payment successful", "completed"), ("failed", "Payment failed", "failed")]
)
def test_complete_other_mobile_follows_the_setting(
    shop: Shop, payer: Payer, monkeypatch: pytest.MonkeyPatch, setting: str, message: str, status: str
) -> None:
    monkeypatch.setattr(environment, "PAYMENT_OTHER_NUMBERS", setting)
    checkout_id = shop.opened()
    assert payer.wallet(checkout_id, "0300 123-4567").json()["message"] == message
    assert shop.checkout(checkout_id)["status"] == status


_SOUND = "5555555555554444"
CARDS = [
    ("4242424242424242", {}, True),
    ("4242 4242 4242 4242", {}, True),
    ("4111111111111111", {}, True),
    ("4111111111111111", {"expiryDate": "01/20", "cvv": ""}, True),  # the original's clients send what they like
    ("4000000000000002", {}, False),
    ("4000000000009995", {}, False),
    ("4000 0000 0000 0005", {}, False),
    ("", {}, False),
    ("not a number", {}, False),
    (_SOUND, {}, True),
    (_SOUND, {"expiryDate": "12/2039"}, True),
    ("5555555555554445", {}, False),
    (_SOUND, {"expiryDate": "01/20"}, False),
    (_SOUND, {"expiryDate": "13/39"}, False),
    (_SOUND, {"expiryDate": ""}, False),
    (_SOUND, {"cvv": "12"}, False),
    (_SOUND, {"cvv": ""}, False),
    ("42", {}, False),
]


@pytest.mark.parametrize(("number", "changes", "is_paid"), CARDS)
def test_complete_card_table_then_luhn_expiry_and_cvv(
    shop: Shop, payer: Payer, number: str, changes: dict[str, str], is_paid: bool
) -> None:
    checkout_id = shop.opened(paymentMethod="card")
    answer = payer.card(checkout_id, number, **changes).json()
    assert (answer["success"], answer["message"]) == (is_paid, "Payment completed successfully" if is_paid else "Card payment declined")
    seen = shop.transaction(checkout_id)
    assert (seen["status"], seen["statusCode"]) == (("completed", "SUCCESS") if is_paid else ("failed", "FAILED"))


def test_complete_card_works_to_the_end_of_its_month(shop: Shop, payer: Payer, merchant: Merchant, pass_time: Any) -> None:
    pass_time(days=1)
    merchant.refresh_from_db()
    now = clock.now(merchant)
    assert payer.card(shop.opened(paymentMethod="card"), _SOUND, expiryDate=f"{now:%m/%y}").json()["success"] is True
    last_month = now.replace(day=1).toordinal() - 1
    before = type(now).fromordinal(last_month)
    assert payer.card(shop.opened(paymentMethod="card"), _SOUND, expiryDate=f"{before:%m/%y}").json()["success"] is False


def test_complete_keeps_no_pin_cvv_or_card_number(shop: Shop, payer: Payer) -> None:
    payer.card(shop.opened(paymentMethod="card"), _SOUND, cvv="739", expiryDate="11/38", cardholderName="Zulaikha")
    payer.complete(shop.opened(), mobileNumber="03030000000", pin="864209")
    assert set(Payment.objects.values_list("payer", flat=True)) == {"4444", "03030000000"}
    with connection.cursor() as cursor:
        for model in (Checkout, Payment, Event, AuditEntry, Transfer):
            cursor.execute(f"SELECT * FROM {model._meta.db_table}")
            rows = cursor.fetchall()
            assert not any(str(value) == "739" for row in rows for value in row), model
            for secret in (_SOUND, '"739"', "11/38", "Zulaikha", "864209"):
                assert secret not in str(rows), (model, secret)


def test_complete_twice_counts_once(shop: Shop, payer: Payer) -> None:
    checkout_id = shop.opened()
    payer.wallet(checkout_id, "03030000000")
    again = payer.wallet(checkout_id, "03021111111")
    assert again.json() == {"success": False, "message": "Payment already processed", "returnUrl": "https://shop.example/thanks"}
    assert (Payment.objects.count(), pending(), shop.checkout(checkout_id)["status"]) == (1, 100_000, "completed")
    failed = shop.opened()
    payer.wallet(failed, "03021111111")
    assert payer.wallet(failed, "03030000000").json()["message"] == "Payment already processed"
    assert pending() == 100_000


@pytest.mark.parametrize("name", ["checkoutId", "checkout_id", "sessionId", "session_id"])
def test_complete_takes_the_id_from_the_body(shop: Shop, payer: Payer, name: str) -> None:
    body = {name: shop.opened(), "mobileNumber": "03030000000", "pin": "1"}
    assert payer.client.post("/payment/complete", body, content_type="application/json").json()["success"] is True


def test_complete_under_v1_and_by_form_work_too(shop: Shop, payer: Payer) -> None:
    body = {"mobileNumber": "03030000000"}
    path = f"/api/v1/payment/{shop.opened()}/complete"
    assert payer.client.post(path, body, content_type="application/json").json()["success"] is True
    form = f"checkoutId={shop.opened()}&mobileNumber=03030000000&pin=1234"
    sent = payer.client.post("/payment/complete", form, content_type="application/x-www-form-urlencoded")
    assert sent.json()["success"] is True


def test_complete_without_id_or_with_an_unknown_one_is_refused(shop: Shop, payer: Payer, merchant: Merchant) -> None:
    missing = payer.client.post("/payment/complete", {}, content_type="application/json")
    assert (missing.status_code, missing.json()) == (400, {"success": False, "message": "checkoutId is required"})
    unknown = {"success": False, "message": "Invalid payment session"}
    for checkout_id in ("nonsense", "01936b2e-0000-7000-8000-000000000000"):
        response = payer.wallet(checkout_id, "03030000000")
        assert (response.status_code, response.json()) == (404, unknown)
    checkout_id = shop.opened()
    Merchant.objects.filter(pk=merchant.pk).update(status=MerchantStatus.SUSPENDED)
    assert payer.wallet(checkout_id, "03030000000").status_code == 404


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "mobileNumber is required"),
        ({"mobileNumber": ""}, "mobileNumber is required"),
        ({"mobileNumber": 3030000000}, "mobileNumber must be text of at most 100 characters"),
        ({"mobileNumber": "abc"}, "mobileNumber must be a mobile number, like 03001234567"),
        ({"mobileNumber": "1" * 16}, "mobileNumber must be a mobile number, like 03001234567"),
        ({"cardNumber": "4242424242424242"}, "mobileNumber is required"),
    ],
)
def test_complete_without_a_wallet_number_is_refused_and_ends_nothing(shop: Shop, payer: Payer, body: Any, message: str) -> None:
    checkout_id = shop.opened()
    response = payer.complete(checkout_id, body)
    assert (response.status_code, response.json()) == (400, {"success": False, "message": message})
    assert shop.checkout(checkout_id)["status"] == "pending" and Payment.objects.count() == 0


@pytest.mark.parametrize(
    ("body", "method"),
    [
        ({"mobileNumber": "03030000000", "paymentMethod": "EasyPaisa"}, "easypaisa"),
        ({"mobileNumber": "03030000000"}, "jazzcash"),
        ({"cardNumber": "4242424242424242"}, "card"),
    ],
)
def test_complete_of_a_checkout_without_method_takes_the_payers(shop: Shop, payer: Payer, body: Any, method: str) -> None:
    checkout_id = shop.open_method()
    answer = payer.complete(checkout_id, body).json()
    assert answer["success"] is True
    assert answer["returnUrl"] == f"{environment.CHECKOUT_BASE_URL}/{checkout_id}/result?status=completed&checkoutId={checkout_id}"
    assert shop.checkout(checkout_id)["paymentMethod"] == method


def test_complete_unknown_method_is_refused(shop: Shop, payer: Payer) -> None:
    assert payer.complete(shop.open_method(), paymentMethod="cash").json()["message"].startswith("paymentMethod must be one of")


@pytest.mark.parametrize(
    ("return_url", "expected"),
    [
        ("https://a.example/x?y=1", "https://a.example/x?y=1&status=completed&checkoutId={}"),
        ("https://a.example", "https://a.example?status=completed&checkoutId={}"),
        ("https://a.example/x#part", "https://a.example/x?status=completed&checkoutId={}#part"),
    ],
)
def test_complete_return_url_keeps_what_it_had(shop: Shop, payer: Payer, return_url: str, expected: str) -> None:
    checkout_id = shop.opened(returnUrl=return_url)
    assert payer.wallet(checkout_id, "03030000000").json()["returnUrl"] == expected.format(checkout_id)


def test_complete_header_pinned_at_creation_beats_the_table(shop: Shop, payer: Payer) -> None:
    checkout_id = shop.opened({"X-Mock-Scenario": "INSUFFICIENT-FUNDS"})
    assert payer.wallet(checkout_id, "03030000000").json()["message"] == "Insufficient credit"
    assert shop.transaction(checkout_id)["statusCode"] == "INSUFFICIENT_FUNDS"


def test_complete_one_shot_then_rule_then_table(shop: Shop, payer: Payer, api: Api) -> None:
    rule = {"flow": "payment", "outcome": "rejected", "match": {"minAmount": 500, "method": "jazzcash"}}
    assert api.post("/sandbox/rules", rule).status_code == 201
    assert api.post("/sandbox/rules", {"flow": "payment", "outcome": "invalid_otp", "reason": "Test says so", "uses": 1}).status_code == 201
    codes = []
    for amount in (1000, 1000, 499):
        checkout_id = shop.opened(amount=amount)
        message = payer.wallet(checkout_id, "03030000000").json()["message"]
        codes.append((shop.transaction(checkout_id)["statusCode"], message))
    assert codes == [
        ("INVALID_OTP", "Test says so"),
        ("REJECTED", "Customer rejected transaction"),
        ("SUCCESS", "Payment successful"),
    ]


def test_complete_rules_of_one_flow_do_not_touch_the_other(shop: Shop, payer: Payer, api: Api, settle: Any) -> None:
    api.post("/sandbox/rules", {"flow": "payout", "outcome": "failed"})
    assert payer.wallet(shop.opened(), "03030000000").json()["success"] is True
    for bad in ({"flow": "payment", "outcome": "on_hold"}, {"flow": "payout", "outcome": "timeout"}, {"outcome": "timeout"}):
        assert api.post("/sandbox/rules", bad).json()["error"]["message"].startswith("outcome must be one of")
    for name, value in (("code", "NO_SUCH_BANK"), ("challenge", "otp")):
        refused = api.post("/sandbox/rules", {"flow": "payout", "outcome": "failed", name: value})
        assert (refused.status_code, refused["X-MyPay-Error-Field"]) == (400, name)


def test_complete_live_merchant_has_no_scenarios(shop: Shop, payer: Payer, merchant: Merchant) -> None:
    Merchant.objects.filter(pk=merchant.pk).update(environment="live")
    assert payer.wallet(shop.opened({"X-Mock-Scenario": "failed"}), "03030000000").json()["success"] is True


def test_complete_first_payment_opens_the_balance(merchant: Merchant, payer: Payer) -> None:
    shop = Shop(make_merchant(rupees=0))
    assert payer.wallet(shop.opened(), "03030000000").json()["success"] is True
    row = MerchantBalance.objects.get(merchant=shop.merchant)
    assert (row.available, row.pending, row.version) == (0, 100_000, 1)


def test_complete_fault_is_500_in_the_dialect_and_leaves_it_pending(shop: Shop, payer: Payer, monkeypatch: pytest.MonkeyPatch) -> None:
    checkout_id = shop.opened()
    with monkeypatch.context() as patch:
        patch.setattr("payments.services.complete.decide", lambda checkout, payer: 1 / 0)
        broken = payer.wallet(checkout_id, "03030000000")
    assert (broken.status_code, broken.json()) == (500, {"success": False, "message": "Payment processing failed"})
    assert shop.checkout(checkout_id)["status"] == "pending"
