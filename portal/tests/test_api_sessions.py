"""Register, sign in, renew and sign out of the portal API (contract section 6, auth/*)."""

import re
from typing import Any

import jwt
import pytest
from django.core.cache import cache
from django.test import Client

from audit.models import AuditEntry
from ledger.selectors import balance
from merchants.authentication import find_merchant
from merchants.models import ApiKey, LoginAttempt, Member, Merchant, User
from merchants.services.issue_key import issue_key
from merchants.services.set_status import set_status
from merchants.states import MerchantStatus, Scope
from mypay.settings import environment
from portal.tests.conftest import PASSWORD
from portal.tests.rest import PORTAL, Rest, later, make_staff, refusal

EXPIRED = "Unauthorized - Invalid or expired token"
WRONG = "Invalid email or password"


@pytest.fixture
def rest(db: None) -> Rest:
    return Rest(PORTAL)


def login(rest: Rest, email: str, password: str = PASSWORD, **more: Any) -> Any:
    return rest.post("/auth/login", {"email": email, "password": password}, **more)


def test_register_makes_a_merchant_that_can_work(rest: Rest) -> None:
    response = rest.post("/auth/register", {"companyName": " Ayesha Textiles ", "username": "AyeSha"})
    assert response.status_code == 201
    told = response.json()
    assert list(told) == ["success", "token", "password", "merchant"]
    merchant = Merchant.objects.get()
    assert told["merchant"] == {
        "id": merchant.pk, "email": "ayesha@mycodigital.io", "companyName": "Ayesha Textiles", "status": "active",
    }  # fmt: skip
    assert len(told["password"]) == 12 and all(re.search(kind, told["password"]) for kind in ("[A-Z]", "[a-z]", "[0-9]", "[^A-Za-z0-9]"))
    assert balance(merchant).available == 1_000_000_000
    assert set(ApiKey.objects.values_list("scope", flat=True)) == {"payouts", "payments"}
    assert Rest(PORTAL, told["token"]).get("/merchant/profile").status_code == 200
    assert login(rest, "ayesha@mycodigital.io", told["password"]).status_code == 200
    assert AuditEntry.objects.filter(action="merchant.created", merchant_id=merchant.pk).exists()


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"companyName": "A"}, "Company name and username are required"),
        ({"username": "a"}, "Company name and username are required"),
        ({}, "Company name and username are required"),
        ({"companyName": "A", "username": "a1"}, "Username must contain only alphabets (a-z, A-Z) with no spaces"),
        ({"companyName": "A", "username": "a b"}, "Username must contain only alphabets (a-z, A-Z) with no spaces"),
        ({"companyName": "A", "username": "é"}, "Username must contain only alphabets (a-z, A-Z) with no spaces"),
        ({"companyName": "A", "username": "a\n"}, "Username must contain only alphabets (a-z, A-Z) with no spaces"),
        ({"companyName": "A", "username": 7}, "Username must contain only alphabets (a-z, A-Z) with no spaces"),
        ({"companyName": 7, "username": "a"}, "companyName must be text of 1 to 255 characters"),
        ({"companyName": "A", "username": "a" * 65}, "Username must be at most 64 letters"),
    ],
)
def test_register_with_bad_body_is_refused(rest: Rest, body: dict[str, Any], error: str) -> None:
    refusal(rest.post("/auth/register", body), 400, error)
    assert Merchant.objects.count() == User.objects.count() == 0


def test_register_a_taken_name_is_refused_and_leaves_nothing(rest: Rest) -> None:
    rest.post("/auth/register", {"companyName": "A", "username": "shop"})
    make_staff("admin@mycodigital.io")
    for username in ("SHOP", "admin"):
        refused = rest.post("/auth/register", {"companyName": "B", "username": username})
        refusal(refused, 400, "Username already taken. Please choose a different username.")
    assert (Merchant.objects.count(), ApiKey.objects.count(), Member.objects.count()) == (1, 2, 1)


def test_login_gives_the_original_token(rest: Rest, merchant: Merchant) -> None:
    response = login(rest, "OWNER@shop.example ")
    m4 = {"id": merchant.pk, "email": merchant.email, "companyName": "Shop", "status": "active"}
    token = response.json()["token"]
    assert (response.status_code, response.json()) == (200, {"success": True, "token": token, "merchant": m4})
    claims = jwt.decode(token, environment.JWT_SECRET, algorithms=["HS256"])
    assert jwt.get_unverified_header(token)["alg"] == "HS256"
    assert claims["merchantId"] == merchant.pk and claims["exp"] - claims["iat"] == 7 * 86400
    assert AuditEntry.objects.filter(action="user.logged_in", merchant_id=merchant.pk, actor_type="user").count() == 1


def test_login_by_username_and_by_both_paths(rest: Rest) -> None:
    password = rest.post("/auth/register", {"companyName": "A", "username": "shop"}).json()["password"]
    assert login(rest, "shop", password).status_code == 200
    assert login(Rest("/api/portal"), "shop@mycodigital.io", password).status_code == 200


NOT_BOTH = [{}, {"email": "a@b.example"}, {"password": "x"}, {"email": 1, "password": "x"}, {"email": "", "password": ""}]


@pytest.mark.parametrize("body", NOT_BOTH)
def test_login_without_both_is_400(rest: Rest, body: dict[str, Any]) -> None:
    refusal(rest.post("/auth/login", body), 400, "Email and password are required")


def test_login_wrong_and_unknown_and_without_merchant_answer_alike(rest: Rest, merchant: Merchant) -> None:
    make_staff()
    for email, password in ((merchant.email, "wrong"), ("nobody@shop.example", "wrong"), ("staff@mypay.example", "staff-password-1")):
        refusal(login(rest, email, password), 401, WRONG)
    assert AuditEntry.objects.filter(action="user.login_failed").count() == 2


def test_login_of_inactive_merchant_is_403_only_after_the_right_password(rest: Rest, merchant: Merchant) -> None:
    set_status(merchant=merchant, status=MerchantStatus.SUSPENDED)
    refusal(login(rest, merchant.email, "wrong"), 401, WRONG)
    refusal(login(rest, merchant.email), 403, "Account is not active")
    set_status(merchant=merchant, status=MerchantStatus.ACTIVE)
    User.objects.update(is_active=False)
    refusal(login(rest, merchant.email), 403, "Account is not active")


def test_login_throttled_by_account_survives_a_restart(rest: Rest, merchant: Merchant) -> None:
    for number in range(10):
        refusal(login(rest, merchant.email, "wrong", REMOTE_ADDR=f"198.51.100.{number}"), 401, WRONG)
    cache.clear()  # a new process knows nothing; the rows do
    blocked = login(Rest(PORTAL), merchant.email.upper(), REMOTE_ADDR="198.51.100.99")
    refusal(blocked, 429, "Too many attempts. Please try again later.")
    assert 0 < int(blocked["Retry-After"]) <= 900
    assert LoginAttempt.objects.count() == 10
    with later(minutes=15, seconds=1):
        assert login(rest, merchant.email).status_code == 200
    assert LoginAttempt.objects.count() == 0


def test_login_throttled_by_address_and_for_unknown_users_alike(rest: Rest, merchant: Merchant) -> None:
    for number in range(10):
        refusal(login(rest, f"nobody{number}@shop.example", "wrong"), 401, WRONG)
    for email in (merchant.email, "nobody@shop.example"):
        refusal(login(rest, email), 429, "Too many attempts. Please try again later.")
    assert login(rest, merchant.email, REMOTE_ADDR="198.51.100.1").status_code == 200


def test_login_right_password_forgets_own_wrong_ones_only(rest: Rest, merchant: Merchant) -> None:
    for email in (merchant.email, "victim@shop.example"):
        login(rest, email, "wrong")
    login(rest, merchant.email)
    assert [row.account for row in LoginAttempt.objects.all()] == ["victim@shop.example"]


def test_pages_share_the_throttle(rest: Rest, client: Client, merchant: Merchant) -> None:
    staff = make_staff()
    for _ in range(10):
        login(rest, merchant.email, "wrong")
    page = client.post("/portal/login", {"username": merchant.email, "password": PASSWORD})
    assert page.status_code == 429 and int(page["Retry-After"]) > 0
    admin = client.post("/admin/login/", {"username": staff.email, "password": "staff-password-1"})
    assert admin.status_code == 429 and b"Too many wrong passwords" in admin.content
    LoginAttempt.objects.all().delete()
    assert client.post("/admin/login/?next=/admin/", {"username": staff.email, "password": "staff-password-1"}).status_code == 302
    client.logout()
    not_staff = client.post("/admin/login/", {"username": merchant.email, "password": PASSWORD})
    assert not_staff.status_code == 200 and "_auth_user_id" not in client.session


def test_reveal_page_is_throttled(client: Client, merchant: Merchant) -> None:
    issued = issue_key(merchant=merchant, scope=Scope.PAYOUTS)
    client.force_login(User.objects.get(email=merchant.email))
    for _ in range(10):
        assert client.post(f"/portal/keys/{issued.row.pk}", {"password": "wrong"}).status_code == 400
    blocked = client.post(f"/portal/keys/{issued.row.pk}", {"password": PASSWORD})
    assert blocked.status_code == 429 and "Retry-After" in blocked.headers
    assert issued.key not in blocked.content.decode()


def test_token_missing_malformed_expired_or_foreign_is_401(rest: Rest, merchant: Merchant) -> None:
    token = login(rest, merchant.email).json()["token"]
    refusal(rest.get("/merchant/profile"), 401, "Unauthorized - No token provided")
    claims = jwt.decode(token, environment.JWT_SECRET, algorithms=["HS256"])
    forged = [
        "x", f"{token[:-3]}AAA", jwt.encode(claims, "another secret of enough length.....", algorithm="HS256"),
        jwt.encode(claims, None, algorithm="none"),
        jwt.encode({**claims, "exp": claims["iat"] - 1}, environment.JWT_SECRET, algorithm="HS256"),
        jwt.encode({**claims, "token_type": "refresh"}, environment.JWT_SECRET, algorithm="HS256"),
        jwt.encode({"merchantId": merchant.pk}, environment.JWT_SECRET, algorithm="HS256"),
    ]  # fmt: skip
    for bad in forged:
        refusal(Rest(PORTAL, bad).get("/merchant/profile"), 401, EXPIRED)
    with later(days=7, seconds=1):
        refusal(Rest(PORTAL, token).get("/merchant/profile"), 401, EXPIRED)


def test_token_of_deactivated_merchant_stops_at_once_and_its_keys_too(rest: Rest) -> None:
    rest.token = rest.post("/auth/register", {"companyName": "A", "username": "shop"}).json()["token"]
    key = rest.get("/merchant/credentials").json()["credentials"]["payoutApiKey"]
    merchant = set_status(merchant=Merchant.objects.get(), status=MerchantStatus.INACTIVE)
    refusal(rest.get("/merchant/profile"), 401, "Unauthorized - Merchant not found or inactive")
    assert find_merchant(key, (Scope.PAYOUTS,)) is None
    set_status(merchant=merchant, status=MerchantStatus.ACTIVE)
    User.objects.update(is_active=False)
    refusal(rest.get("/merchant/profile"), 401, "Unauthorized - Merchant not found or inactive")


def test_request_with_token_costs_one_query_to_authenticate(rest: Rest, merchant: Merchant, django_assert_num_queries: Any) -> None:
    rest.sign_in(merchant.email, PASSWORD)
    with django_assert_num_queries(1):
        assert rest.get("/merchant/profile").status_code == 200


def test_logout_revokes_the_token_for_good(rest: Rest, merchant: Merchant) -> None:
    rest.sign_in(merchant.email, PASSWORD)
    other = Rest(PORTAL).sign_in(merchant.email, PASSWORD)
    for _ in range(2):
        assert rest.post("/auth/logout").json() == {"success": True, "message": "Logged out successfully"}
        refusal(rest.get("/merchant/profile"), 401, EXPIRED)
    assert other.get("/merchant/profile").status_code == 200
    assert Rest(PORTAL).post("/auth/logout").json()["success"] is True
    assert Rest(PORTAL, "nonsense").post("/auth/logout", {"refresh": "nonsense"}).status_code == 200


def pair(merchant: Merchant) -> dict[str, Any]:
    told: dict[str, Any] = Rest(PORTAL).post("/auth/token", {"email": merchant.email, "password": PASSWORD}).json()
    return told


def works(access: str) -> bool:
    return bool(Rest(PORTAL, access).get("/merchant/profile").status_code == 200)


def renew(refresh: Any) -> Any:
    return Rest(PORTAL).post("/auth/refresh", {"refresh": refresh})


def test_refresh_rotates_and_a_second_use_ends_the_family(merchant: Merchant, rest: Rest) -> None:
    first, other, kept = pair(merchant), pair(merchant), rest.sign_in(merchant.email, PASSWORD)
    assert list(first) == ["success", "access", "refresh", "expiresIn", "merchant"] and first["expiresIn"] == 3600
    second = renew(first["refresh"]).json()
    assert list(second) == ["success", "access", "refresh", "expiresIn"] and works(second["access"]) and works(first["access"])
    refusal(renew(first["refresh"]), 401, EXPIRED)
    refusal(renew(second["refresh"]), 401, EXPIRED)
    assert not works(first["access"]) and not works(second["access"])
    assert AuditEntry.objects.filter(action="user.token_reused", merchant_id=merchant.pk).exists()
    assert works(other["access"]) and renew(other["refresh"]).status_code == 200
    assert kept.get("/merchant/profile").status_code == 200


def test_refresh_with_another_kind_of_token_is_refused(merchant: Merchant, rest: Rest) -> None:
    made = pair(merchant)
    rest.sign_in(merchant.email, PASSWORD)
    for token in (made["access"], rest.token, "x"):
        refusal(renew(token), 401, EXPIRED)
    for token in ("", None, 7):
        refusal(renew(token), 400, "Refresh token is required")
    refusal(Rest(PORTAL, made["refresh"]).get("/merchant/profile"), 401, EXPIRED)


def test_access_token_lives_an_hour_and_logout_ends_its_family(merchant: Merchant) -> None:
    made = pair(merchant)
    with later(minutes=61):
        assert not works(made["access"])
    Rest(PORTAL, made["access"]).post("/auth/logout")
    refusal(renew(made["refresh"]), 401, EXPIRED)
    set_status(merchant=merchant, status=MerchantStatus.INACTIVE)
    refusal(renew(made["refresh"]), 401, EXPIRED)


def test_malformed_body_and_wrong_method_keep_the_dialect(rest: Rest) -> None:
    response = rest.client.generic("POST", f"{PORTAL}/auth/login", "{", "application/json")
    refusal(response, 400, "Request body is not valid JSON")
    refusal(rest.get("/auth/login"), 405, "Method not allowed")
    assert rest.get("/nothing").json() == {"error": {"message": "Route not found", "code": "NOT_FOUND"}}
