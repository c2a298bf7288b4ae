"""POST /api/v1/checkouts and its other forms: contract sections 3 and 4."""

import json
import re
from datetime import datetime, timedelta
from typing import Any

import pytest

from audit.models import AuditEntry
from conftest import Api
from ledger.models import Transfer
from merchants.models import Merchant
from merchants.services.change_config import change_config
from merchants.states import MerchantStatus
from mypay.settings import environment
from payments.models import Checkout
from payments.tests.conftest import Shop, checkout_body
from webhooks.models import Event

METHODS = 'paymentMethod must be either "jazzcash", "easypaisa", or "card"'


@pytest.mark.parametrize("path", ["/api/v1/checkouts", "/checkouts"])
def test_create_valid_returns_exactly_the_contracts_members(shop: Shop, path: str) -> None:
    response = shop.post(path, checkout_body(reference="INV-1", user={"name": "Ayesha"}))
    assert (response.status_code, response["Content-Type"]) == (200, "application/json; charset=utf-8")
    body = response.json()
    assert list(body) == ["success", "checkoutUrl", "checkoutId", "expiresAt"]
    assert body["checkoutUrl"] == f"{environment.CHECKOUT_BASE_URL}/{body['checkoutId']}"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", body["expiresAt"])
    row = Checkout.objects.get()
    assert row.expires_at - row.created_at == timedelta(minutes=15)
    assert (row.amount, row.currency, row.method, row.status, row.user_data) == (100_000, "PKR", "jazzcash", "pending", {"name": "Ayesha"})


def test_create_writes_event_and_audit_but_moves_no_money(shop: Shop, merchant: Merchant) -> None:
    checkout_id = shop.opened(amount="99.95")
    event = Event.objects.get()
    seen = json.loads(event.data)
    assert (event.type, str(event.subject_id)) == ("payment.created", checkout_id)
    assert (seen["status"], seen["amount"], seen["merchantId"]) == ("pending", "99.95", merchant.pk)
    assert AuditEntry.objects.filter(action="checkout.created", resource_id=checkout_id).count() == 1
    assert Transfer.objects.count() == 1  # the opening balance


@pytest.mark.parametrize("amount", [1, "1", 0.01, "0.01", 99_999_999.99, "99999999.99", " 5.5 ", 1e3])
def test_create_amount_forms_accepted(shop: Shop, amount: Any) -> None:
    assert shop.create(amount=amount).status_code == 200


@pytest.mark.parametrize(("given", "stored"), [("JazzCash", "jazzcash"), ("EASYPAISA", "easypaisa"), ("Card", "card")])
def test_create_method_in_any_case_is_stored_lower(shop: Shop, given: str, stored: str) -> None:
    assert shop.checkout(shop.opened(paymentMethod=given))["paymentMethod"] == stored


_BAD = [
    ("reference", None, "reference is required"),
    ("reference", "", "reference must be a non-empty string"),
    ("reference", "   ", "reference must be a non-empty string"),
    ("reference", 5, "reference must be a non-empty string"),
    ("reference", ["A"], "reference must be a non-empty string"),
    ("reference", "x" * 256, "reference must be at most 255 characters"),
    ("reference", "a\x00b", "reference must not contain control characters"),
    ("amount", None, "amount is required"),
    ("amount", "", "amount is required"),
    *(
        ("amount", value, "amount must be a positive number")
        for value in (0, -1, "-1", "abc", True, [1], {"a": 1}, 0.001, "1.005", 100_000_000, "1e3", "NaN", "１００", 10**400)
    ),
    ("paymentMethod", None, "paymentMethod is required"),
    ("paymentMethod", "paypal", METHODS),
    ("paymentMethod", 5, METHODS),
    ("paymentMethod", ["card"], METHODS),
    ("paymentType", None, "paymentType is required"),
    ("paymentType", "recurring", 'paymentType only supports "onetime"'),
    ("paymentType", {}, 'paymentType only supports "onetime"'),
    *(
        (name, value, f"{name} {text}")
        for name in ("successUrl", "returnUrl")
        for value, text in (
            (None, "is required"),
            ("nonsense", "must be a valid URL"),
            ("javascript:alert(1)", "must be a valid URL"),
            ("data:text/html,x", "must be a valid URL"),
            ("ftp://shop.example/", "must be a valid URL"),
            ("//shop.example/", "must be a valid URL"),
            ("https://", "must be a valid URL"),
            ("https://user:secret@shop.example/", "must be a valid URL"),
            ("https://shop.example/a b", "must be a valid URL"),
            ("https://shop.example/\nSet-Cookie:x", "must be a valid URL"),
            ("https://shop.example/" + "x" * 2048, "must be a valid URL"),
            (5, "must be a valid URL"),
        )
    ),
    ("user", "Ayesha", "user must be an object"),
    ("user", {"a": "x" * 20_000}, "user must be at most 16384 characters"),
    ("currency", "XYZ", "currency must be one of PKR, INR, NGN, KES, USD, GBP, EUR"),
    ("description", 5, "description must be text"),
    ("description", "x" * 501, "description must be at most 500 characters"),
    ("metadata", "text", "metadata must be an object"),
]


@pytest.mark.parametrize(("name", "value", "text"), _BAD)
def test_create_bad_member_is_refused_by_its_text(shop: Shop, name: str, value: Any, text: str) -> None:
    response = shop.create(**{name: value})
    assert (response.status_code, response.json()) == (400, {"success": False, "errors": [text]})
    assert response["X-MyPay-Error-Field"] == name
    assert Checkout.objects.count() == Event.objects.count() == 0


def test_create_empty_body_tells_every_fault_in_order(shop: Shop) -> None:
    names = ["reference", "amount", "paymentMethod", "paymentType", "successUrl", "returnUrl"]
    assert shop.post("/checkouts", {}).json() == {"success": False, "errors": [f"{name} is required" for name in names]}


def test_create_all_wrong_tells_every_fault_in_order(shop: Shop) -> None:
    wrong = {"reference": 1, "amount": 0, "paymentMethod": "x", "paymentType": "x", "successUrl": "x", "returnUrl": "x"}
    assert shop.post("/checkouts", wrong).json()["errors"] == [
        "reference must be a non-empty string",
        "amount must be a positive number",
        METHODS,
        'paymentType only supports "onetime"',
        "successUrl must be a valid URL",
        "returnUrl must be a valid URL",
    ]


def test_create_duplicate_reference_is_400_for_this_merchant_only(shop: Shop, rival: Shop) -> None:
    shop.opened(reference="ONE")
    again = shop.create(reference="ONE", amount=5)
    text = "Duplicate reference. Transaction with this reference already exists."
    assert (again.status_code, again.json()) == (400, {"success": False, "error": text})
    assert (Checkout.objects.count(), Event.objects.count()) == (1, 1)
    assert shop.create(reference="one").status_code == 200
    assert rival.create(reference="ONE").status_code == 200


def test_create_after_a_lost_answer_has_one_effect(shop: Shop) -> None:
    body = checkout_body()
    shop.post("/checkouts", body)  # committed, but the answer never arrived
    assert shop.post("/checkouts", body).status_code == 400
    assert shop.get(f"/transactions/{body['reference']}").json()["transaction"]["status"] == "pending"


def test_create_committed_then_500_is_found_by_its_reference(shop: Shop) -> None:
    body = checkout_body()
    lost = shop.post("/checkouts", body, **{"X-Mock-Fault": "error_after"})
    assert (lost.status_code, lost.json()) == (500, {"success": False, "error": "Failed to create checkout session"})
    assert shop.post("/checkouts", body).json()["error"].startswith("Duplicate reference")
    assert (Checkout.objects.count(), Event.objects.count()) == (1, 1)


def test_create_fault_before_the_effect_leaves_the_reference_free(shop: Shop) -> None:
    body = checkout_body()
    assert shop.post("/checkouts", body, **{"X-Mock-Fault": "error_before"}).status_code == 500
    assert shop.post("/checkouts", body).status_code == 200


def test_create_lenient_needs_reference_and_amount_only(shop: Shop) -> None:
    body = shop.post("/api/checkout/create", {"amount": 250.5, "currency": "PKR", "merchant_ref": "D-1"}).json()
    assert list(body) == [
        "success", "checkoutUrl", "checkoutId", "expiresAt", "checkout_id", "session_id", "payment_url", "expires_at", "currency", "status",
    ]  # fmt: skip
    assert body["checkoutId"] == body["checkout_id"] == body["session_id"]
    assert (body["payment_url"], body["expires_at"]) == (body["checkoutUrl"], body["expiresAt"])
    assert (body["currency"], body["status"]) == ("PKR", "pending")
    assert shop.checkout(body["checkoutId"]) | {"createdAt": ""} == {
        "checkoutId": body["checkoutId"], "reference": "D-1", "amount": 250.5, "paymentMethod": None, "status": "pending", "createdAt": "",
    }  # fmt: skip


def test_create_lenient_understands_the_other_names(shop: Shop) -> None:
    body = {
        "merchantReference": "D-2", "amount": "10", "payment_method": "CARD", "payment_type": "onetime", "customer": {"id": 1},
        "webhook_url": "https://shop.example/hook", "redirect_url": "https://shop.example/back",
        "description": "Shoes", "metadata": {"a": 1.5},
    }  # fmt: skip
    assert shop.post("/api/checkout/create", body).status_code == 200
    row = Checkout.objects.get()
    assert (row.reference, row.method, row.user_data, row.description, row.metadata) == ("D-2", "card", {"id": 1}, "Shoes", {"a": 1.5})
    assert (row.success_url, row.return_url) == ("https://shop.example/hook", "https://shop.example/back")


def test_create_lenient_canonical_name_wins(shop: Shop) -> None:
    body = {
        "reference": "CANON",
        "merchant_ref": "OTHER",
        "amount": 1,
        "successUrl": "https://a.example/",
        "success_url": "https://b.example/",
    }
    shop.post("/api/checkout/create", body)
    row = Checkout.objects.get()
    assert (row.reference, row.success_url) == ("CANON", "https://a.example/")


def test_create_lenient_webhook_defaults_to_the_merchants(shop: Shop, merchant: Merchant) -> None:
    Merchant.objects.filter(pk=merchant.pk).update(webhook_url="https://shop.example/all")
    assert shop.open_method() and Checkout.objects.get().success_url == "https://shop.example/all"


def test_create_lenient_has_the_same_errors(shop: Shop) -> None:
    wrong = {"payment_method": "x", "payment_type": "y", "redirect_url": "z", "currency": "XYZ"}
    assert shop.post("/api/checkout/create", wrong).json()["errors"] == [
        "reference is required",
        "amount is required",
        METHODS,
        'paymentType only supports "onetime"',
        "returnUrl must be a valid URL",
        "currency must be one of PKR, INR, NGN, KES, USD, GBP, EUR",
    ]


def test_create_strict_does_not_know_the_other_names(shop: Shop) -> None:
    body = checkout_body(reference=None) | {"merchant_ref": "X"}
    assert shop.post("/checkouts", body).json()["errors"] == ["reference is required"]


def test_create_form_body_works(shop: Shop) -> None:
    headers = {"X-Api-Key": shop.key}
    form = "merchant_ref=F-1&amount=10"
    sent = shop.client.post("/api/checkout/create", form, content_type="application/x-www-form-urlencoded", headers=headers)
    assert sent.status_code == 200


def test_create_key_errors_are_the_dialects(shop: Shop, api: Api, merchant: Merchant) -> None:
    missing = shop.client.post("/checkouts", {}, content_type="application/json")
    assert (missing.status_code, missing.json()) == (401, {"success": False, "error": "Missing X-Api-Key header"})
    refused = {"success": False, "error": "Invalid API key"}
    for key in ("nonsense", api.key):  # a payout key opens nothing here
        wrong = shop.client.post("/checkouts", {}, content_type="application/json", headers={"X-Api-Key": key})
        assert (wrong.status_code, wrong.json()) == (401, refused)
    assert api.client.get("/api/v1/balance", headers={"X-API-KEY": shop.key}).status_code == 401
    Merchant.objects.filter(pk=merchant.pk).update(status=MerchantStatus.SUSPENDED)
    assert shop.create().json() == refused


def test_create_malformed_body_is_400_before_the_key(shop: Shop) -> None:
    sent = shop.client.post("/checkouts", b"{", content_type="application/json")
    assert (sent.status_code, sent.json()) == (400, {"success": False, "error": "Request body is not valid JSON"})
    assert shop.client.post("/checkouts", b"x", content_type="text/plain").status_code == 415
    refused = shop.client.put("/checkouts", {}, content_type="application/json", headers={"X-Api-Key": shop.key})
    assert (refused.status_code, refused.json()["success"], refused["Allow"]) == (405, False, "POST, OPTIONS")


def test_create_fault_is_500_in_the_dialect_and_writes_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("payments.services.create._statements", lambda checkout: 1 / 0)
        broken = shop.create(reference="R")
    assert (broken.status_code, broken.json()) == (500, {"success": False, "error": "Failed to create checkout session"})
    assert shop.create(reference="R").status_code == 200


def test_create_unknown_scenario_is_refused(shop: Shop) -> None:
    refused = shop.create({"X-Mock-Scenario": "on_hold"})
    assert refused.status_code == 400 and refused.json()["error"].startswith("X-Mock-Scenario must be one of success, failed, timeout")


def test_create_expiry_follows_the_setting_and_the_merchants_clock(shop: Shop, pass_time: Any) -> None:
    change_config(values={"checkout_expiry_minutes": 60})
    pass_time(days=400)
    expires_at = datetime.fromisoformat(shop.create().json()["expiresAt"])
    assert timedelta(days=400, minutes=55) < expires_at - datetime.now(expires_at.tzinfo) < timedelta(days=401)


def test_create_takes_at_most_seven_statements(shop: Shop, django_assert_max_num_queries: Any) -> None:
    shop.create()
    with django_assert_max_num_queries(7):
        assert shop.create().status_code == 200
