"""The admin API (contract section 7): sessions, lists, figures, settings."""

from typing import Any

import jwt
import pytest

from audit.models import AuditEntry
from merchants.models import Merchant, SystemConfig, User
from merchants.selectors import config_value
from merchants.states import ConfigKey
from mypay.kit.clock import iso
from mypay.settings import environment
from payouts.models import Payout
from portal.tests.conftest import PASSWORD, MakePayout
from portal.tests.rest import ADMIN, PORTAL, STAFF_PASSWORD, Rest, make_checkout, make_staff, refusal

EXPIRED = "Unauthorized - Invalid or expired token"


@pytest.fixture
def staff(db: None) -> User:
    return make_staff(is_superuser=True)


@pytest.fixture
def rest(staff: User) -> Rest:
    return Rest(ADMIN).sign_in(staff.email, STAFF_PASSWORD)


@pytest.mark.parametrize(("is_superuser", "role"), [(True, "super_admin"), (False, "admin")])
def test_login_gives_the_original_token(db: None, is_superuser: bool, role: str) -> None:
    staff = make_staff(is_superuser=is_superuser)
    told = Rest(ADMIN).post("/auth/login", {"email": "STAFF@mypay.example", "password": STAFF_PASSWORD}).json()
    admin = {"id": staff.pk, "email": staff.email, "name": "Staff", "role": role}
    assert told == {"success": True, "token": told["token"], "admin": admin}
    claims = jwt.decode(told["token"], environment.JWT_SECRET, algorithms=["HS256"])
    assert (claims["adminId"], claims["role"], claims["exp"] - claims["iat"]) == (staff.pk, role, 7 * 86400)
    assert AuditEntry.objects.filter(action="user.logged_in", actor_type="admin", actor_id=str(staff.pk)).exists()


def test_login_refusals(merchant: Merchant, staff: User) -> None:
    def login(email: Any, password: Any) -> Any:
        return Rest(ADMIN).post("/auth/login", {"email": email, "password": password})

    refusal(login(staff.email, ""), 400, "Email and password are required")
    for email, password in ((staff.email, "wrong"), ("nobody@mypay.example", "wrong"), (merchant.email, PASSWORD)):
        refusal(login(email, password), 401, "Invalid email or password")
    User.objects.filter(pk=staff.pk).update(is_active=False)
    refusal(login(staff.email, "wrong"), 401, "Invalid email or password")
    refusal(login(staff.email, STAFF_PASSWORD), 403, "Account is not active")
    for _ in range(10):
        login(staff.email, "wrong")
    refusal(login(staff.email, STAFF_PASSWORD), 429, "Too many attempts. Please try again later.")


def test_token_of_a_merchant_opens_nothing_here_nor_the_reverse(rest: Rest, merchant: Merchant) -> None:
    portal = Rest(PORTAL).sign_in(merchant.email, PASSWORD)
    refusal(Rest(ADMIN, portal.token).get("/merchants"), 401, EXPIRED)
    refusal(Rest(PORTAL, rest.token).get("/merchant/profile"), 401, EXPIRED)


def test_token_of_staff_switched_off_demoted_or_with_new_password_stops_at_once(rest: Rest, staff: User) -> None:
    gone = "Unauthorized - Admin not found or inactive"
    User.objects.filter(pk=staff.pk).update(is_active=False)
    refusal(rest.get("/stats"), 401, gone)
    User.objects.filter(pk=staff.pk).update(is_active=True, is_staff=False)
    refusal(rest.get("/stats"), 401, gone)
    User.objects.filter(pk=staff.pk).update(is_staff=True)
    assert rest.get("/stats").status_code == 200
    staff.set_password("another")
    staff.save()
    refusal(rest.get("/stats"), 401, EXPIRED)


def test_refresh_and_logout_of_staff(rest: Rest, staff: User, merchant: Merchant) -> None:
    pair = Rest(ADMIN).post("/auth/token", {"email": staff.email, "password": STAFF_PASSWORD}).json()
    assert list(pair) == ["success", "access", "refresh", "expiresIn", "admin"]
    second = Rest(ADMIN).post("/auth/refresh", {"refresh": pair["refresh"]}).json()
    assert Rest(ADMIN, second["access"]).get("/stats").status_code == 200
    refusal(Rest(PORTAL).post("/auth/refresh", {"refresh": second["refresh"]}), 401, EXPIRED)
    refusal(Rest(ADMIN).post("/auth/refresh", {"refresh": pair["refresh"]}), 401, EXPIRED)
    refusal(Rest(ADMIN).post("/auth/refresh", {"refresh": second["refresh"]}), 401, EXPIRED)
    assert rest.post("/auth/logout").json() == {"success": True, "message": "Logged out successfully"}
    refusal(rest.get("/stats"), 401, EXPIRED)
    theirs = Rest(PORTAL).post("/auth/token", {"email": merchant.email, "password": PASSWORD}).json()
    refusal(Rest(ADMIN).post("/auth/refresh", {"refresh": theirs["refresh"]}), 401, EXPIRED)


ROUTES = [
    ("GET", "/merchants"), ("POST", "/merchants"), ("GET", "/merchants/1"), ("PUT", "/merchants/1"),
    ("POST", "/merchants/1/toggle-status"), ("POST", "/merchants/1/reset-password"), ("PUT", "/merchants/1/email"),
    ("GET", "/transactions"), ("GET", "/payouts"), ("GET", "/stats"), ("GET", "/config"), ("PUT", "/config"),
    ("POST", "/payouts/x/approve"), ("POST", "/payouts/x/reject"),
]  # fmt: skip


@pytest.mark.parametrize("prefix", [ADMIN, "/api/admin"])
@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_route_without_token_is_401(db: None, prefix: str, method: str, path: str) -> None:
    refusal(Rest(prefix).send(method, path, {}), 401, "Unauthorized - No token provided")


def test_transactions_have_the_contracts_members(rest: Rest, merchant: Merchant, stranger: Merchant) -> None:
    made = make_checkout(merchant, "A")
    make_checkout(stranger, "B", status="failed")
    told = rest.get("/transactions", f"merchantId={merchant.pk}").json()
    assert told == {
        "success": True,
        "transactions": [
            {
                "id": str(made.pk), "checkout_id": str(made.pk), "reference": "A", "amount": 1000.5, "currency": "PKR",
                "status": "completed", "payment_method": "jazzcash", "created_at": iso(made.created_at), "updated_at": iso(made.updated_at),
                "merchant": {"id": merchant.pk, "merchant_id": f"MERCHANT_{merchant.pk:04d}", "name": "Owner", "company_name": "Shop"},
            }
        ],
        "total": 1,
    }  # fmt: skip
    for query, found in (("", ["B", "A"]), ("status=FAILED", ["B"]), ("limit=1", ["B"]), ("status=x", []), ("limit=0", ["B", "A"])):
        answer = rest.get("/transactions", query).json()
        assert ([row["reference"] for row in answer["transactions"]], answer["total"]) == (found, len(found))
    for bad in ("x", "0", "-1", "9" * 25):
        refusal(rest.get("/transactions", f"merchantId={bad}"), 400, "Invalid merchant ID")


def test_payouts_have_the_contracts_members(rest: Rest, merchant: Merchant, stranger: Merchant, make_payout: MakePayout) -> None:
    made = make_payout(merchant, "A")
    make_payout(stranger, "B")
    told = rest.get("/payouts", f"merchantId={merchant.pk}&status=PENDING").json()
    assert told == {
        "success": True,
        "payouts": [
            {
                "id": str(made.pk), "merchantReference": "A", "amount": 1500, "currency": "PKR", "destType": "BANK", "bankCode": "HBL",
                "walletCode": None, "accountNumber": "12345670001", "accountTitle": "Account Holder", "status": "PENDING",
                "failureReason": None, "createdAt": iso(made.created_at), "processedAt": None,
                "merchant": {"id": merchant.pk, "merchant_id": f"MERCHANT_{merchant.pk:04d}", "name": "Owner", "company_name": "Shop"},
            }
        ],
        "total": 1,
    }  # fmt: skip
    assert rest.get("/payouts").json()["total"] == 2
    assert rest.get("/payouts", "limit=1").json()["payouts"][0]["merchantReference"] == "B"


def test_stats_have_the_contracts_members(rest: Rest, merchant: Merchant, stranger: Merchant, make_payout: MakePayout) -> None:
    Merchant.objects.filter(pk=stranger.pk).update(status="inactive")
    for status in ("completed", "completed", "failed", "pending", "cancelled"):
        make_checkout(merchant, status=status)
    for status in ("SUCCESS", "FAILED", "IN_REVIEW", "PENDING"):
        Payout.objects.filter(pk=make_payout(merchant).pk).update(status=status)
    assert rest.get("/stats").json() == {
        "success": True,
        "stats": {
            "totalMerchants": 2, "activeMerchants": 1, "totalPaymentTransactions": 5, "totalPayoutTransactions": 4,
            "paymentVolume": 2001, "payoutVolume": 1500, "successfulPayments": 2, "failedPayments": 1, "pendingPayments": 1,
            "successfulPayouts": 1, "failedPayouts": 1, "pendingPayouts": 2,
        },
    }  # fmt: skip


DEFAULTS = {"webhook_retry_attempts": "3", "webhook_retry_delay": "5000", "checkout_expiry_minutes": "15", "maintenance_mode": "false"}
DEFAULTS["approval_limits"] = "off"


def test_config_shows_and_changes_the_settings(rest: Rest) -> None:
    assert rest.get("/config").json() == {"success": True, "config": DEFAULTS}
    changed = {**DEFAULTS, "webhook_retry_attempts": "5", "checkout_expiry_minutes": "30"}
    for body in ({"webhook_retry_attempts": 5, "checkout_expiry_minutes": " 30"}, {"config": changed}):
        assert rest.put("/config", body).json() == {"success": True, "config": changed}
    assert rest.get("/config").json()["config"] == changed
    assert config_value(ConfigKey.CHECKOUT_EXPIRY_MINUTES) == "30"
    assert AuditEntry.objects.filter(action="config.changed", actor_type="admin").count() == 1


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"maintenance_mode": "yes"}, "maintenance_mode must be true or false"),
        ({"maintenance_mode": None}, "maintenance_mode must be true or false"),
        ({"webhook_retry_attempts": 0}, "webhook_retry_attempts must be a whole number from 1 to 20"),
        ({"webhook_retry_attempts": True}, "webhook_retry_attempts must be a whole number from 1 to 20"),
        ({"webhook_retry_delay": "-1"}, "webhook_retry_delay must be a whole number from 0 to 86400000"),
        ({"checkout_expiry_minutes": 1.5}, "checkout_expiry_minutes must be a whole number from 1 to 525600"),
        ({"checkout_expiry_minutes": 20, "colour": "red"}, "Unknown setting: colour"),
    ],
)
def test_config_with_a_bad_value_changes_nothing(rest: Rest, body: dict[str, Any], error: str) -> None:
    refusal(rest.put("/config", body), 400, error)
    assert not SystemConfig.objects.exists()
