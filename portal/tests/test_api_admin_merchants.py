"""Merchants and payouts, as staff change them over the admin API (contract section 7)."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEntry
from ledger.models import MerchantBalance
from ledger.services.check import findings
from merchants.authentication import find_merchant
from merchants.models import Member, Merchant, User
from merchants.services.create_merchant import create_merchant
from merchants.services.issue_key import issue_key
from merchants.states import Scope
from mypay.kit.clock import iso
from payouts.models import Payout
from payouts.services.resolve import resolve_payout
from payouts.states import PayoutStatus
from portal.tests.conftest import PASSWORD, MakePayout
from portal.tests.rest import ADMIN, PORTAL, STAFF_PASSWORD, Rest, make_checkout, make_staff, refusal

EXPIRED = "Unauthorized - Invalid or expired token"


@pytest.fixture
def rest(db: None) -> Iterator[Rest]:
    yield Rest(ADMIN).sign_in(make_staff().email, STAFF_PASSWORD)
    assert list(findings()) == []


def b(merchant: Merchant) -> dict[str, Any]:
    merchant.refresh_from_db()
    return {
        "id": merchant.pk, "merchant_id": f"MERCHANT_{merchant.pk:04d}", "name": merchant.name, "email": merchant.email,
        "company_name": merchant.company_name, "status": merchant.status, "isActive": merchant.status == "active",
        "webhookUrl": merchant.webhook_url or None,
    }  # fmt: skip


def times(merchant: Merchant) -> dict[str, str]:
    return {"createdAt": iso(merchant.created_at), "updatedAt": iso(merchant.updated_at)}


def test_merchants_with_counts_and_volumes(rest: Rest, merchant: Merchant, stranger: Merchant, make_payout: MakePayout) -> None:
    make_checkout(merchant)
    make_checkout(merchant, status="failed")
    resolve_payout(payout=make_payout(merchant), status=PayoutStatus.SUCCESS)
    make_payout(merchant)
    told = rest.get("/merchants").json()
    counted = {"transactionCount": 2, "totalVolume": 1000.5, "payoutCount": 2, "totalPayoutVolume": 1500}
    none = {"transactionCount": 0, "totalVolume": 0, "payoutCount": 0, "totalPayoutVolume": 0}
    merchants = [{**b(merchant), **times(merchant), **counted}, {**b(stranger), **times(stranger), **none}]
    assert told == {"success": True, "merchants": merchants, "total": 2}
    for query, found in (("limit=1&page=2", [stranger]), ("search=ELSEWHERE", [stranger]), ("status=inactive", [])):
        assert [row["id"] for row in rest.get("/merchants", query).json()["merchants"]] == [row.pk for row in found]


def test_merchants_more_of_them_ask_no_more_queries(rest: Rest, merchant: Merchant) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            rest.get("/merchants")
        return len(captured)

    few = queries()
    for number in range(5):
        create_merchant(email=f"m{number}@shop.example", name="M", company_name="M")
    assert queries() == few


def test_merchant_with_its_newest_rows_and_masked_keys(rest: Rest, merchant: Merchant, make_payout: MakePayout) -> None:
    made, payout, issued = make_checkout(merchant), make_payout(merchant), issue_key(merchant=merchant, scope=Scope.PAYOUTS)
    response = rest.get(f"/merchants/{merchant.pk}")
    assert response.json() == {
        "success": True,
        "merchant": {
            **b(merchant), **times(merchant),
            "recentTransactions": [{"id": str(made.pk), "amount": "1000.50", "status": "completed", "created_at": iso(made.created_at)}],
            "recentPayouts": [{"id": str(payout.pk), "amount": "1500.00", "status": "PENDING", "createdAt": iso(payout.created_at)}],
            "apiKeys": [{"api_key": issued.row.hint, "is_active": True, "created_at": iso(issued.row.created_at)}],
        },
    }  # fmt: skip
    assert issued.key not in response.content.decode()
    for _ in range(11):
        make_checkout(merchant)
    assert len(rest.get(f"/merchants/{merchant.pk}").json()["merchant"]["recentTransactions"]) == 10


ONE = [("GET", ""), ("PUT", ""), ("POST", "/toggle-status"), ("POST", "/reset-password"), ("PUT", "/email")]


@pytest.mark.parametrize(("method", "path"), ONE)
def test_unknown_merchant_is_404_and_no_number_400(rest: Rest, method: str, path: str) -> None:
    body = {"email": "a@b.example"}
    refusal(rest.send(method, f"/merchants/999999{path}", body), 404, "Merchant not found")
    for bad in ("x", "0", "-1", "1.5", "9" * 19, "٣"):
        refusal(rest.send(method, f"/merchants/{bad}{path}", body), 400, "Invalid merchant ID")


def test_add_merchant_makes_one_that_can_work(rest: Rest) -> None:
    response = rest.post("/merchants", {"email": "New@Shop.example", "name": "New", "webhookUrl": "https://shop.example/hook"})
    merchant, told = Merchant.objects.get(), response.json()
    assert response.status_code == 201
    assert list(told) == ["success", "message", "merchant", "credentials"] and told["message"] == "Merchant created successfully"
    assert told["merchant"] == {**b(merchant), "createdAt": iso(merchant.created_at)}
    assert (merchant.company_name, merchant.webhook_url) == ("New", "https://shop.example/hook")
    given = told["credentials"]
    assert list(given) == ["email", "password", "payment_api_key", "payout_api_key"] and len(given["password"]) == 12
    assert find_merchant(given["payout_api_key"], (Scope.PAYOUTS,)) and find_merchant(given["payment_api_key"], (Scope.PAYMENTS,))
    assert MerchantBalance.objects.get(merchant=merchant).available == 1_000_000_000
    Rest(PORTAL).sign_in(given["email"], given["password"])


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"name": "A"}, "Email and name are required"),
        ({"email": "a@b.example"}, "Email and name are required"),
        ({"email": "no address", "name": "A"}, "Valid email is required"),
        ({"email": "owner@shop.example", "name": "A"}, "Merchant with this email already exists"),
        ({"email": "staff@mypay.example", "name": "A"}, "Merchant with this email already exists"),
        ({"email": "a@b.example", "name": "A", "webhookUrl": "ftp://x"}, "webhookUrl must be an http or https URL"),
    ],
)
def test_add_merchant_refused_adds_nothing(rest: Rest, merchant: Merchant, body: dict[str, Any], error: str) -> None:
    refusal(rest.post("/merchants", body), 400, error)
    assert (Merchant.objects.count(), User.objects.count()) == (1, 2)


@pytest.mark.parametrize(
    ("body", "column", "value"),
    [
        ({"name": "N"}, "name", "N"),
        ({"company_name": "C"}, "company_name", "C"),
        ({"webhookUrl": "https://x.example/"}, "webhook_url", "https://x.example/"),
        ({"webhookUrl": None}, "webhook_url", ""),
        ({"status": "suspended"}, "status", "suspended"),
        ({"isActive": False}, "status", "inactive"),
        ({"isActive": True}, "status", "active"),
        ({"isActive": True, "status": "suspended"}, "status", "suspended"),
    ],
)
def test_change_merchant(rest: Rest, merchant: Merchant, body: dict[str, Any], column: str, value: str) -> None:
    response = rest.put(f"/merchants/{merchant.pk}", body)
    shown = {**b(merchant), "updatedAt": iso(merchant.updated_at)}
    assert (response.status_code, response.json()) == (
        200,
        {"success": True, "message": "Merchant updated successfully", "merchant": shown},
    )
    assert getattr(merchant, column) == value


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"status": "deleted"}, "status must be one of active, inactive, suspended"),
        ({"status": ["active"]}, "status must be one of active, inactive, suspended"),
        ({"isActive": "no"}, "isActive must be true or false"),
        ({"name": 7}, "name must be text of 1 to 255 characters"),
        ({"webhookUrl": "x"}, "webhookUrl must be an http or https URL"),
    ],
)
def test_change_merchant_refused_changes_nothing(rest: Rest, merchant: Merchant, body: dict[str, Any], error: str) -> None:
    before = Merchant.objects.values().get(pk=merchant.pk)
    refusal(rest.put(f"/merchants/{merchant.pk}", {"company_name": "Changed", **body}), 400, error)
    assert Merchant.objects.values().get(pk=merchant.pk) == before


def test_toggle_stops_and_starts_keys_and_logins(rest: Rest, merchant: Merchant) -> None:
    portal = Rest(PORTAL).sign_in(merchant.email, PASSWORD)
    key = issue_key(merchant=merchant, scope=Scope.PAYMENTS).key
    path = f"/merchants/{merchant.pk}/toggle-status"
    off = {"id": merchant.pk, "isActive": False, "status": "inactive"}
    assert rest.post(path).json() == {"success": True, "message": "Merchant deactivated successfully", "merchant": off}
    refusal(portal.get("/merchant/profile"), 401, "Unauthorized - Merchant not found or inactive")
    assert find_merchant(key, (Scope.PAYMENTS,)) is None
    on = {"id": merchant.pk, "isActive": True, "status": "active"}
    assert rest.post(path).json() == {"success": True, "message": "Merchant activated successfully", "merchant": on}
    assert portal.get("/merchant/profile").status_code == 200 and find_merchant(key, (Scope.PAYMENTS,)) is not None
    assert AuditEntry.objects.filter(action="merchant.status_changed", actor_type="admin").count() == 2


def test_reset_password_takes_effect_at_once(rest: Rest, merchant: Merchant) -> None:
    portal = Rest(PORTAL).sign_in(merchant.email, PASSWORD)
    told = rest.post(f"/merchants/{merchant.pk}/reset-password").json()
    assert told == {"success": True, "message": "Password reset successfully", "credentials": told["credentials"]}
    assert list(told["credentials"]) == ["email", "password"] and told["credentials"]["email"] == merchant.email
    refusal(portal.get("/merchant/profile"), 401, EXPIRED)
    refusal(portal.post("/auth/login", {"email": merchant.email, "password": PASSWORD}), 401, "Invalid email or password")
    Rest(PORTAL).sign_in(**told["credentials"])
    entry = AuditEntry.objects.get(action="user.password_reset")
    assert (entry.merchant_id, entry.actor_type) == (merchant.pk, "admin") and told["credentials"]["password"] not in entry.details


def test_reset_password_of_a_merchant_without_login_makes_one(rest: Rest) -> None:
    merchant = create_merchant(email="bare@shop.example", name="Bare", company_name="Bare")
    Rest(PORTAL).sign_in(**rest.post(f"/merchants/{merchant.pk}/reset-password").json()["credentials"])


def test_staff_who_own_a_merchant_are_not_changed_here(rest: Rest, merchant: Merchant) -> None:
    User.objects.filter(email=merchant.email).update(is_staff=True, is_superuser=True)
    error = "This login belongs to staff and cannot be changed here"
    refusal(rest.post(f"/merchants/{merchant.pk}/reset-password"), 400, error)
    refusal(rest.put(f"/merchants/{merchant.pk}/email", {"email": "mine@evil.example"}), 400, error)
    assert User.objects.get(email=merchant.email).check_password(PASSWORD)


def test_change_email_takes_effect_at_once(rest: Rest, merchant: Merchant) -> None:
    portal = Rest(PORTAL).sign_in(merchant.email, PASSWORD)
    response = rest.put(f"/merchants/{merchant.pk}/email", {"email": "New@Shop.example"})
    changed = {"id": merchant.pk, "email": "new@shop.example"}
    assert response.json() == {"success": True, "message": "Email updated successfully", "merchant": changed}
    refusal(portal.get("/merchant/profile"), 401, EXPIRED)
    Rest(PORTAL).sign_in("new@shop.example", PASSWORD)
    assert rest.put(f"/merchants/{merchant.pk}/email", {"email": "new@shop.example"}).status_code == 200


def test_change_email_refused(rest: Rest, merchant: Merchant, stranger: Merchant) -> None:
    for bad in ("", "x", None, 7):
        refusal(rest.put(f"/merchants/{merchant.pk}/email", {"email": bad}), 400, "Valid email is required")
    for taken in (stranger.email.upper(), "staff@mypay.example"):
        refusal(rest.put(f"/merchants/{merchant.pk}/email", {"email": taken}), 400, "Email is already in use by another merchant")
    assert Member.objects.filter(user__email=merchant.email, merchant__email=merchant.email).exists()


@pytest.fixture(params=[PayoutStatus.IN_REVIEW, PayoutStatus.ON_HOLD])
def waiting(request: pytest.FixtureRequest, merchant: Merchant, make_payout: MakePayout) -> Payout:
    return resolve_payout(payout=make_payout(merchant), status=request.param)


def buckets(merchant: Merchant) -> tuple[int, int]:
    row = MerchantBalance.objects.get(merchant=merchant)
    return row.available, row.reserved


def test_approve_lets_the_money_leave(rest: Rest, merchant: Merchant, waiting: Payout) -> None:
    told = rest.post(f"/payouts/{waiting.pk}/approve", {"reason": "checked"}).json()
    assert list(told) == ["success", "payout"] and told["payout"]["status"] == "SUCCESS" and told["payout"]["processedAt"]
    assert (told["payout"]["failureReason"], told["payout"]["merchant"]["id"]) == (None, merchant.pk)
    assert buckets(merchant) == (99_850_000, 0)
    assert rest.get("/payouts").json()["payouts"] == [told["payout"]]
    assert AuditEntry.objects.filter(action="payout.approved", actor_type="admin", details__contains="checked").exists()


@pytest.mark.parametrize(("body", "reason"), [({"reason": "Not the account holder"}, "Not the account holder"), ({}, "Rejected by review")])
def test_reject_gives_the_money_back(rest: Rest, merchant: Merchant, waiting: Payout, body: dict[str, str], reason: str) -> None:
    told = rest.post(f"/payouts/{waiting.pk}/reject", body).json()
    assert (told["payout"]["status"], told["payout"]["failureReason"]) == ("FAILED", reason)
    assert buckets(merchant) == (100_000_000, 0)


def test_decide_what_does_not_wait_is_refused(rest: Rest, merchant: Merchant, make_payout: MakePayout) -> None:
    payout = make_payout(merchant)
    error = "Only payouts in review or on hold can be approved or rejected"
    for decision in ("approve", "reject"):
        refusal(rest.post(f"/payouts/{payout.pk}/{decision}"), 400, error)
        for unknown in ("x", "0190b2a4-7c1e-7000-8000-000000000001"):
            refusal(rest.post(f"/payouts/{unknown}/{decision}"), 404, "Payout not found")
        refusal(rest.post(f"/payouts/{payout.pk}/{decision}", {"reason": 7}), 400, "reason must be text of at most 200 characters")
    assert not AuditEntry.objects.filter(action__in=["payout.approved", "payout.rejected"]).exists()


def test_get_merchant_leaves_out_a_vendors_pair(rest: Rest, merchant: Merchant) -> None:
    issued = issue_key(merchant=merchant, scope=Scope.PAYMENTS)
    issue_key(merchant=merchant, scope=Scope.RAZORPAY)
    told = rest.get(f"/merchants/{merchant.pk}").json()
    assert [row["api_key"] for row in told["merchant"]["apiKeys"]] == [issued.row.hint]
