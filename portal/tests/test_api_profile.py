"""The merchant's profile and API keys over the portal API (contract section 6, merchant/*)."""

from typing import Any

import pytest
from django.test import Client

from audit.models import AuditEntry
from merchants.authentication import find_merchant
from merchants.key_forms import CORE_SCOPES
from merchants.models import ApiKey, LoginAttempt, Member, Merchant, User
from merchants.services.issue_key import issue_key
from merchants.states import Role, Scope
from mypay.kit.clock import iso
from portal.tests.conftest import PASSWORD
from portal.tests.rest import PORTAL, Rest, make_staff, refusal

ROLE = "Your role does not allow this"
EXPIRED = "Unauthorized - Invalid or expired token"


@pytest.fixture
def rest(merchant: Merchant) -> Rest:
    return Rest(PORTAL).sign_in(merchant.email, PASSWORD)


def m4(merchant: Merchant) -> dict[str, Any]:
    merchant.refresh_from_db()
    return {"id": merchant.pk, "email": merchant.email, "companyName": merchant.company_name, "status": "active"}


def test_profile_has_the_contracts_members(rest: Rest, merchant: Merchant) -> None:
    told = rest.get("/merchant/profile").json()
    assert told == {"success": True, "merchant": {**m4(merchant), "createdAt": iso(merchant.created_at)}}


@pytest.mark.parametrize(
    ("body", "column", "value"),
    [
        ({"companyName": "New Ltd"}, "company_name", "New Ltd"),
        ({"company_name": "New Ltd"}, "company_name", "New Ltd"),
        ({"webhookUrl": "https://shop.example/hook"}, "webhook_url", "https://shop.example/hook"),
        ({"webhook_url": "http://shop.example:8080/h?a=1"}, "webhook_url", "http://shop.example:8080/h?a=1"),
        ({"webhookUrl": ""}, "webhook_url", ""),
        ({"email": "New@Shop.example"}, "email", "new@shop.example"),
    ],
)
def test_change_profile_changes_what_is_given(rest: Rest, merchant: Merchant, body: dict[str, Any], column: str, value: str) -> None:
    response = rest.put("/merchant/profile", body)
    assert (response.status_code, response.json()) == (200, {"success": True, "merchant": m4(merchant)})
    assert getattr(merchant, column) == value
    assert rest.get("/merchant/profile").status_code == 200


def test_change_profile_email_moves_the_login(rest: Rest, merchant: Merchant) -> None:
    rest.put("/merchant/profile", {"email": "new@shop.example"})
    Rest(PORTAL).sign_in("new@shop.example", PASSWORD)
    refusal(Rest(PORTAL).post("/auth/login", {"email": merchant.email, "password": PASSWORD}), 401, "Invalid email or password")
    assert AuditEntry.objects.filter(action="merchant.email_changed", merchant_id=merchant.pk).exists()


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({"newPassword": "longer"}, 400, "Current password is required to change password"),
        ({"newPassword": "short", "currentPassword": PASSWORD}, 400, "New password must be at least 6 characters"),
        ({"newPassword": "longer", "currentPassword": "wrong"}, 401, "Current password is incorrect"),
        ({"newPassword": 1234567, "currentPassword": PASSWORD}, 400, "newPassword must be text"),
        ({"email": "owner@elsewhere.example"}, 400, "Email already in use"),
        ({"email": "staff@mypay.example"}, 400, "Email already in use"),
        ({"email": "no address"}, 400, "Valid email is required"),
        ({"companyName": " "}, 400, "companyName must be text of 1 to 255 characters"),
        ({"webhookUrl": "javascript:alert(1)"}, 400, "webhookUrl must be an http or https URL"),
        ({"webhookUrl": "https://user:pw@shop.example/"}, 400, "webhookUrl must be an http or https URL"),
        ({"webhookUrl": 7}, 400, "webhookUrl must be an http or https URL"),
    ],
)
def test_change_profile_refused_changes_nothing(
    rest: Rest, merchant: Merchant, stranger: Merchant, body: dict[str, Any], status: int, error: str
) -> None:
    make_staff()
    before = Merchant.objects.values().get(pk=merchant.pk)
    refusal(rest.put("/merchant/profile", {"companyName": "Changed", **body}), status, error)
    assert Merchant.objects.values().get(pk=merchant.pk) == before
    assert User.objects.get(email=merchant.email).check_password(PASSWORD)


def test_change_password_ends_all_tokens_and_sessions_at_once(rest: Rest, merchant: Merchant, client: Client) -> None:
    client.force_login(User.objects.get(email=merchant.email))
    pair = Rest(PORTAL).post("/auth/token", {"email": merchant.email, "password": PASSWORD}).json()
    assert rest.put("/merchant/profile", {"currentPassword": PASSWORD, "newPassword": "another"}).status_code == 200
    refusal(rest.get("/merchant/profile"), 401, EXPIRED)
    refusal(Rest(PORTAL, pair["access"]).get("/merchant/profile"), 401, EXPIRED)
    refusal(Rest(PORTAL).post("/auth/refresh", {"refresh": pair["refresh"]}), 401, EXPIRED)
    assert client.get("/portal/").status_code == 302
    Rest(PORTAL).sign_in(merchant.email, "another")
    assert AuditEntry.objects.filter(action="user.password_changed").count() == 1


def test_change_password_by_guessing_is_throttled(rest: Rest) -> None:
    for _ in range(10):
        rest.put("/merchant/profile", {"currentPassword": "wrong", "newPassword": "another"})
    refusal(
        rest.put("/merchant/profile", {"currentPassword": PASSWORD, "newPassword": "another"}),
        429,
        "Too many attempts. Please try again later.",
    )
    assert LoginAttempt.objects.count() == 10


def test_credentials_show_both_keys_and_are_audited(rest: Rest, merchant: Merchant) -> None:
    refusal(rest.get("/merchant/credentials"), 404, "No active API credentials found")
    payment, payout = (issue_key(merchant=merchant, scope=scope) for scope in (Scope.PAYMENTS, Scope.PAYOUTS))
    issue_key(merchant=merchant, scope=Scope.PAYOUTS, label="a later one")
    told = rest.get("/merchant/credentials").json()
    assert told == {
        "success": True,
        "credentials": {
            "merchantId": f"MERCHANT_{merchant.pk:06d}",
            "paymentApiKey": payment.key,
            "payoutApiKey": payout.key,
            "createdAt": iso(max(payment.row.created_at, payout.row.created_at)),
        },
    }
    revealed = AuditEntry.objects.filter(action="api_key.revealed", merchant_id=merchant.pk, actor_type="user")
    assert {entry.resource_id for entry in revealed} == {str(payment.row.pk), str(payout.row.pk)}


@pytest.mark.parametrize(("type", "kept"), [("payment", Scope.PAYOUTS), ("payout", Scope.PAYMENTS), (None, None)])
def test_rotate_replaces_one_kind_or_both_at_once(rest: Rest, merchant: Merchant, type: str | None, kept: Scope | None) -> None:
    old = {scope: issue_key(merchant=merchant, scope=scope).key for scope in CORE_SCOPES}
    response = rest.post("/merchant/credentials", {} if type is None else {"type": type})
    told = response.json()["credentials"]
    assert (response.status_code, list(told)) == (200, ["merchantId", "paymentApiKey", "payoutApiKey"])
    new = {Scope.PAYMENTS: told["paymentApiKey"], Scope.PAYOUTS: told["payoutApiKey"]}
    for scope in CORE_SCOPES:
        assert find_merchant(new[scope], (scope,)) is not None
        assert (new[scope] == old[scope]) is (scope == kept)
        assert (find_merchant(old[scope], (scope,)) is not None) is (scope == kept)
    assert AuditEntry.objects.filter(action="api_key.revoked").count() == (1 if type else 2)


@pytest.mark.parametrize("type", ["both", 7, ["payment"]])
def test_rotate_of_an_unknown_kind_is_refused(rest: Rest, merchant: Merchant, type: Any) -> None:
    issue_key(merchant=merchant, scope=Scope.PAYOUTS)
    refusal(rest.post("/merchant/credentials", {"type": type}), 400, "type must be payment or payout")
    assert ApiKey.objects.filter(is_active=True).count() == 1


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (Role.OWNER, {"reveal", "rotate", "company", "email"}),
        (Role.ADMIN, {"reveal", "rotate", "company"}),
        (Role.DEVELOPER, {"reveal", "rotate"}),
        (Role.FINANCE, {"reveal"}),
        (Role.VIEWER, set()),
    ],
)
def test_roles_may_what_they_may(rest: Rest, merchant: Merchant, role: Role, allowed: set[str]) -> None:
    Member.objects.update(role=role)
    issue_key(merchant=merchant, scope=Scope.PAYOUTS)
    answers = {
        "reveal": rest.get("/merchant/credentials"),
        "rotate": rest.post("/merchant/credentials"),
        "company": rest.put("/merchant/profile", {"companyName": "New"}),
        "email": rest.put("/merchant/profile", {"email": "new@shop.example"}),
    }
    assert {name for name, answer in answers.items() if answer.status_code == 200} == allowed
    for name in answers.keys() - allowed:
        refusal(answers[name], 403, ROLE)
    assert rest.get("/transactions").status_code == 200


def test_credentials_leave_out_a_vendors_pair(rest: Rest, merchant: Merchant) -> None:
    issue_key(merchant=merchant, scope=Scope.RAZORPAY)
    refusal(rest.get("/merchant/credentials"), 404, "No active API credentials found")
    payout = issue_key(merchant=merchant, scope=Scope.PAYOUTS)
    pair = issue_key(merchant=merchant, scope=Scope.RAZORPAY)
    told = rest.get("/merchant/credentials").json()["credentials"]
    assert (told["payoutApiKey"], told["paymentApiKey"], told["createdAt"]) == (payout.key, None, iso(payout.row.created_at))
    rest.post("/merchant/credentials", {})
    assert ApiKey.objects.get(pk=pair.row.pk).is_active
