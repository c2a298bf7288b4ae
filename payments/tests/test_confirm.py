"""What a payer is asked for beyond the form, by the page without script and by the API."""

from typing import Any

import pytest
from django.test import Client

from merchants.models import Merchant, Message
from payments.models import Payment
from payments.tests.conftest import Payer, Shop
from sandbox.services.clock import freeze
from webhooks.models import Event


def _confirm(checkout_id: str, answer: str = "approve", secret: str = "") -> Any:
    body = {"answer": answer, "secret": secret}
    return Client().post(f"/api/v1/payment/{checkout_id}/confirm", body, content_type="application/json")


def _asked(shop: Shop, payer: Payer, scenario: str = "success;challenge=otp", **changes: Any) -> str:
    """A checkout whose payer is asked for more."""
    checkout_id = shop.opened({"X-Mock-Scenario": scenario}, **changes)
    answer = payer.wallet(checkout_id, "03001234567").json()
    assert (answer["success"], answer["message"]) == (False, "Confirm the payment to go on")
    assert answer["returnUrl"].endswith(f"/payment/{checkout_id}/confirm")
    return checkout_id


@pytest.mark.parametrize(
    ("number", "challenge", "secret"),
    [("03031000001", "otp", "123456"), ("03031000002", "mpin", "1234"), ("03031000003", "phone", "1234")],
)
def test_magic_number_is_asked_and_then_pays(shop: Shop, payer: Payer, number: str, challenge: str, secret: str) -> None:
    checkout_id = shop.opened()
    assert payer.wallet(checkout_id, number).json()["success"] is False
    told = Client().get(f"/api/v1/payment/{checkout_id}/confirm").json()
    assert told == {"success": True, "paymentStatus": "requires_action", "challenge": challenge}
    assert shop.transaction(checkout_id)["statusCode"] is None
    assert _confirm(checkout_id, secret=secret).json()["success"] is True
    assert shop.transaction(checkout_id)["statusCode"] == "SUCCESS"


def test_three_ds_card_declined_by_its_holder_fails(shop: Shop, payer: Payer) -> None:
    checkout_id = shop.opened(paymentMethod="card")
    assert payer.card(checkout_id, "4000002760003184").json()["message"] == "Confirm the payment to go on"
    answer = _confirm(checkout_id, "decline").json()
    assert answer["success"] is False and "status=failed" in answer["returnUrl"]
    assert shop.transaction(checkout_id)["statusCode"] == "NOT_APPROVED"


def test_wrong_otp_may_be_tried_again_three_times(shop: Shop, payer: Payer) -> None:
    checkout_id = _asked(shop, payer)
    for left in ("2 more tries", "1 more try"):
        refused = _confirm(checkout_id, secret="000000")
        assert (refused.status_code, refused.json()["message"]) == (400, f"That is not right; {left}")
        assert refused["X-MyPay-Error-Field"] == "secret"
    assert _confirm(checkout_id, secret="000000").json()["message"] == "Customer entered invalid OTP"
    assert shop.transaction(checkout_id)["statusCode"] == "INVALID_OTP"
    assert _confirm(checkout_id, secret="123456").json()["message"] == "Payment already processed"


def test_wrong_pin_at_the_phone_ends_at_once(shop: Shop, payer: Payer) -> None:
    checkout_id = _asked(shop, payer, "success;challenge=phone")
    assert _confirm(checkout_id, secret="9999").json()["success"] is False
    assert shop.transaction(checkout_id)["statusCode"] == "INVALID_MPIN"


@pytest.mark.parametrize(
    ("challenge", "minutes", "code"),
    [("otp", 5, "TIMEOUT"), ("mpin", 5, "TIMEOUT"), ("three_ds", 10, "TIMEOUT"), ("phone", 1, "NO_RESPONSE"), ("transfer", 15, "TIMEOUT")],
)
def test_challenge_that_nobody_answers_ends_by_the_clock(
    shop: Shop, payer: Payer, pass_time: Any, challenge: str, minutes: int, code: str
) -> None:
    checkout_id = _asked(shop, payer, f"success;challenge={challenge}")
    pass_time(seconds=minutes * 60 - 2)
    assert shop.transaction(checkout_id)["status"] == "pending"
    pass_time(seconds=3)
    assert shop.transaction(checkout_id)["statusCode"] == code


def test_passed_challenge_leads_to_what_was_decided(shop: Shop, payer: Payer) -> None:
    checkout_id = _asked(shop, payer, "insufficient_funds;challenge=otp")
    assert _confirm(checkout_id, secret="123456").json()["message"] == "Insufficient credit"
    checkout_id = _asked(shop, payer, captureMode="manual")
    assert _confirm(checkout_id, secret="123456").json()["success"] is True
    assert shop.transaction(checkout_id)["status"] == "authorized"


def test_cancel_while_asked_ends_payment_and_checkout(shop: Shop, payer: Payer) -> None:
    checkout_id = _asked(shop, payer)
    gone = Client().post(f"/payment/{checkout_id}/cancel")
    assert "status=cancelled" in gone["Location"]
    assert shop.transaction(checkout_id)["statusCode"] == "CANCELLED"
    assert (Payment.objects.get().status, Event.objects.latest("pk").type) == ("failed", "payment.cancelled")
    assert _confirm(checkout_id, secret="123456").json()["message"] == "Payment already processed"


def test_second_payer_while_the_first_is_asked_is_sent_to_wait(shop: Shop, payer: Payer) -> None:
    checkout_id = _asked(shop, payer)
    answer = payer.wallet(checkout_id, "03030000000").json()
    assert answer["message"] == "Payment is being processed" and answer["returnUrl"].endswith("/confirm")
    assert Payment.objects.count() == 1


def test_page_that_waits_looks_again_while_the_clock_stands_too(shop: Shop) -> None:
    """Loaded in the moment of an advance, which stops the clock, it would stay for good."""
    checkout_id = shop.opened(paymentMethod="mpesa", currency="KES")
    Client().post(f"/payment/{checkout_id}/pay", {"mobileNumber": "0712345678"})
    freeze(merchant=shop.merchant)
    assert 'http-equiv="refresh"' in Client().get(f"/payment/{checkout_id}/confirm").content.decode()


@pytest.mark.parametrize(
    ("method", "currency", "form", "challenge"),
    [
        ("mpesa", "KES", {"mobileNumber": "0712345678"}, "phone"),
        ("upi", "INR", {"vpa": "asha@okbank"}, "phone"),
        ("upi", "INR", {}, "phone"),
        ("bank_transfer", "NGN", {}, "transfer"),
    ],
)
def test_further_methods_ask_elsewhere_and_settle_in_their_currency(
    shop: Shop, method: str, currency: str, form: dict[str, str], challenge: str
) -> None:
    checkout_id = shop.opened(paymentMethod=method, currency=currency)
    page = Client()
    sent = page.post(f"/payment/{checkout_id}/pay", form)
    assert (sent.status_code, sent["Location"].endswith(f"/payment/{checkout_id}/confirm")) == (302, True)
    waiting = page.get(f"/payment/{checkout_id}/confirm").content.decode()
    assert f"/payment/{checkout_id}/phone" in waiting and 'http-equiv="refresh"' in waiting
    assert ("<svg" in waiting) == (method == "upi" and not form)
    told = page.post(f"/payment/{checkout_id}/phone", {"answer": "approve", "secret": "1234"}).content.decode()
    assert "Payment successful" in told
    assert page.get(f"/payment/{checkout_id}/confirm")["Location"].startswith("https://shop.example/thanks?status=completed")
    payment = Payment.objects.get()
    assert (payment.currency, payment.challenge, payment.payer) == (currency, challenge, next(iter(form.values()), ""))


def test_transfer_of_too_little_fails_underpaid(shop: Shop) -> None:
    checkout_id = shop.opened(paymentMethod="bank_transfer", currency="NGN")
    Client().post(f"/payment/{checkout_id}/pay", {})
    Client().post(f"/payment/{checkout_id}/phone", {"answer": "decline"})
    assert shop.transaction(checkout_id)["statusCode"] == "UNDERPAID"


def test_confirm_page_shows_a_wrong_code_and_keeps_nothing_of_it(shop: Shop, payer: Payer) -> None:
    checkout_id = _asked(shop, payer)
    refused = Client().post(f"/payment/{checkout_id}/confirm", {"answer": "approve", "secret": "777777"})
    text = refused.content.decode()
    assert refused.status_code == 400 and "2 more tries" in text and "777777" not in text
    done = Client().post(f"/payment/{checkout_id}/confirm", {"answer": "approve", "secret": "123456"})
    assert done["Location"].startswith("https://shop.example/thanks?status=completed")


def test_confirm_page_before_anybody_paid_leads_to_the_form(shop: Shop, db: None) -> None:
    checkout_id = shop.opened()
    assert Client().get(f"/payment/{checkout_id}/confirm")["Location"].endswith(f"/payment/{checkout_id}")
    assert Client().get(f"/payment/{checkout_id}/phone").status_code == 404
    assert Client().get("/payment/nobody/confirm").status_code == 404
    assert _confirm(checkout_id).json()["message"] == "Nobody has begun to pay this checkout"


def test_confirm_shows_no_right_answers_of_a_live_merchant(shop: Shop, payer: Payer, merchant: Merchant) -> None:
    checkout_id = _asked(shop, payer)
    Merchant.objects.filter(pk=merchant.pk).update(environment="live")
    assert "is right" not in Client().get(f"/payment/{checkout_id}/confirm").content.decode()


@pytest.mark.parametrize("body", [{"answer": "maybe"}, {"answer": 5}, {"answer": "approve", "secret": "x" * 21}, {}])
def test_confirm_bad_body_names_the_field(shop: Shop, payer: Payer, body: dict[str, Any]) -> None:
    checkout_id = _asked(shop, payer)
    refused = Client().post(f"/api/v1/payment/{checkout_id}/confirm", body, content_type="application/json")
    assert refused.status_code == 400 and refused["X-MyPay-Error-Field"] in ("answer", "secret")
    assert Payment.objects.get().status == "requires_action"


@pytest.mark.parametrize("header", ["success;challenge=sms", "success;otp", "nonsense;challenge=otp"])
def test_scenario_header_with_an_unknown_challenge_is_refused(shop: Shop, header: str) -> None:
    refused = shop.create({"X-Mock-Scenario": header})
    assert (refused.status_code, refused["X-MyPay-Error-Field"]) == (400, "X-Mock-Scenario")


def test_otp_is_sent_to_the_payers_number_once(shop: Shop, payer: Payer) -> None:
    _asked(shop, payer)
    message = Message.objects.get()
    assert (message.kind, message.box) == ("sms", f"merchant {shop.merchant.pk}") and message.to.startswith("03")
    assert message.body.startswith("123456 is your code to pay PKR ")
    _asked(shop, payer, "success;challenge=mpin")
    assert Message.objects.count() == 1
