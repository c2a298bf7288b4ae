"""The admin portal as staff use it: merchants, decisions, settings, flags, help for people."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from audit.models import AuditEntry
from ledger.models import MerchantBalance
from merchants.models import ApiKey, Flag, LoginAttempt, Merchant, User
from merchants.selectors import config_value, require_feature
from merchants.services.check_password import check_password
from merchants.states import ConfigKey, FlagKey, StaffRole
from mypay.kit import clock
from mypay.kit.errors import ApiError
from payouts.models import Payout, PayoutApproval
from payouts.services.create_batch import draft_batch
from portal.tests.conftest import MakePayout
from portal.tests.rest import ADMIN, PORTAL, STAFF_PASSWORD, Rest, make_staff, refusal
from sandbox.services.children import create_child

HOSTILE = "<script>alert(1)</script>{{ 7|add:7 }}"


@pytest.fixture(autouse=True)
def _fresh() -> None:
    cache.clear()


def signed_in(email: str = "staff@mypay.example", role: str = StaffRole.ADMINISTRATOR) -> Client:
    client = Client()
    client.force_login(make_staff(email, role=role))
    return client


@pytest.fixture
def staff(db: None) -> Client:
    return signed_in()


def page(model: str, name: str, *args: Any) -> str:
    return reverse(f"admin:{model}_{name}", args=args)


def texts(client: Client, url: str) -> str:
    return client.get(url).content.decode()


# Merchants.


def test_new_merchant_shows_its_credentials_once_and_they_work(staff: Client) -> None:
    form = {"company_name": HOSTILE, "name": "Ayesha", "email": "Owner@New.example", "webhook_url": ""}
    shown = staff.post(page("merchants_merchant", "add"), form)
    text = shown.content.decode()
    merchant = Merchant.objects.get()
    assert shown.status_code == 200 and "no-store" in shown["Cache-Control"] and "<script>alert" not in text
    assert (merchant.email, merchant.company_name) == ("owner@new.example", HOSTILE)
    password = text.split("Password</dt><dd>")[1].split(">", 1)[1].split("<")[0]
    from html import unescape

    assert Rest(PORTAL).sign_in("owner@new.example", unescape(password)).token
    assert MerchantBalance.objects.get(merchant=merchant).available == 10_000_000_00
    assert all(key.hint in texts(staff, page("merchants_merchant", "change", merchant.pk)) for key in ApiKey.objects.all())
    assert unescape(password) not in texts(staff, page("merchants_merchant", "change", merchant.pk))
    assert AuditEntry.objects.filter(action="merchant.created", actor_type="admin").exists()
    assert staff.post(page("merchants_merchant", "add"), form).status_code == 400


def test_merchants_are_found_by_number_name_and_address(staff: Client, merchant: Merchant, stranger: Merchant) -> None:
    for term in (f"MERCHANT_{merchant.pk:06d}", str(merchant.pk), "OWNER@SHOP.example"):
        text = texts(staff, f"{page('merchants_merchant', 'changelist')}?q={term}")
        assert merchant.email in text and stranger.email not in text, term


def test_merchant_is_changed_through_the_service(staff: Client, merchant: Merchant) -> None:
    form = {"company_name": "New name", "name": "N", "status": "suspended", "webhook_url": "https://shop.example/hook"}
    assert staff.post(page("merchants_merchant", "change", merchant.pk), form).status_code == 302
    merchant.refresh_from_db()
    assert (merchant.company_name, merchant.status, merchant.webhook_url) == ("New name", "suspended", "https://shop.example/hook")
    assert set(AuditEntry.objects.filter(actor_type="admin").values_list("action", flat=True)) >= {
        "merchant.changed", "merchant.status_changed",
    }  # fmt: skip


def test_email_password_status_and_top_up(staff: Client, merchant: Merchant) -> None:
    rest = Rest(PORTAL).sign_in(merchant.email, "correct horse battery")
    answer = staff.post(page("merchants_merchant", "change_email", merchant.pk), {"email": "moved@shop.example"})
    assert answer.status_code == 302 and rest.get("/merchant/profile").status_code == 401
    shown = staff.post(page("merchants_merchant", "set_password", merchant.pk)).content.decode()
    assert "shown once" in shown and "moved@shop.example" in shown
    with pytest.raises(AssertionError):
        Rest(PORTAL).sign_in("moved@shop.example", "correct horse battery")
    before = MerchantBalance.objects.get(merchant=merchant).available
    assert staff.post(page("merchants_merchant", "top_up", merchant.pk), {"currency": "PKR", "amount": "12.50"}).status_code == 302
    assert MerchantBalance.objects.get(merchant=merchant).available == before + 1250
    assert staff.post(page("merchants_merchant", "top_up", merchant.pk), {"currency": "PKR", "amount": "0.001"}).status_code == 400
    assert staff.post(page("merchants_merchant", "toggle_status", merchant.pk)).status_code == 302
    merchant.refresh_from_db()
    assert not merchant.is_active


# Payouts.


@pytest.fixture
def reviewed(merchant: Merchant, make_payout: MakePayout) -> Payout:
    payout = make_payout(merchant)
    Payout.objects.filter(pk=payout.pk).update(status="IN_REVIEW", due_at=None, wake_at=None)
    return Payout.objects.get(pk=payout.pk)


def test_payout_is_approved_with_a_reason_from_its_page(staff: Client, reviewed: Payout) -> None:
    shown = texts(staff, page("payouts_payout", "change", reviewed.pk))
    assert "Approve" in shown and "What happened" in shown and "payout.created" in shown
    assert staff.get(page("payouts_payout", "approve", reviewed.pk)).status_code == 200
    assert staff.post(page("payouts_payout", "approve", reviewed.pk), {"reason": HOSTILE}, follow=True).status_code == 200
    reviewed.refresh_from_db()
    assert reviewed.status == "SUCCESS"
    assert AuditEntry.objects.get(action="payout.approved").actor_type == "admin"
    after = texts(staff, page("payouts_payout", "change", reviewed.pk))
    assert "<script>alert" not in after and ">Approve<" not in after


def test_bulk_reject_tells_of_each_row(staff: Client, merchant: Merchant, reviewed: Payout, make_payout: MakePayout) -> None:
    other = make_payout(merchant)
    sent = {"action": "reject", "_selected_action": [str(reviewed.pk), str(other.pk)], "index": "0"}
    asked = staff.post(page("payouts_payout", "changelist"), sent)
    assert asked.status_code == 200 and b"confirmed" in asked.content and Payout.objects.get(pk=reviewed.pk).status == "IN_REVIEW"
    done = staff.post(page("payouts_payout", "changelist"), {**sent, "confirmed": "yes", "reason": "odd"}, follow=True).content.decode()
    assert f"{reviewed.merchant_reference}, PKR 1500.00 of Shop: Rejected" in done
    assert "Only payouts in review or on hold" in done
    assert Payout.objects.get(pk=reviewed.pk).failure_reason == "odd"


def test_approval_above_the_limit_in_both_portals(staff: Client, reviewed: Payout) -> None:
    staff.post(page("merchants_systemconfig", "changelist"), {**_settings(), "approval_limits": "PKR 100"})
    answer = staff.post(page("payouts_payout", "approve", reviewed.pk), {"reason": ""}, follow=True).content.decode()
    assert "another member of staff" in answer and "asks for a second person" in answer
    approval = PayoutApproval.objects.get()
    own = staff.post(page("payouts_payoutapproval", "confirm", approval.pk), {"reason": ""})
    assert own.status_code == 400 and b"somebody else must confirm" in own.content
    first = Rest(ADMIN).sign_in("staff@mypay.example", STAFF_PASSWORD)
    refusal(first.post(f"/payouts/{reviewed.pk}/approve"), 403, "You asked for this approval; somebody else must confirm it")
    make_staff("second@mypay.example", role=StaffRole.OPERATIONS)
    second = Rest(ADMIN).sign_in("second@mypay.example", STAFF_PASSWORD)
    done = second.post(f"/payouts/{reviewed.pk}/approve")
    assert (done.status_code, done.json()["payout"]["status"]) == (200, "SUCCESS")


def test_api_approval_above_the_limit_answers_202(staff: Client, reviewed: Payout) -> None:
    staff.post(page("merchants_systemconfig", "changelist"), {**_settings(), "approval_limits": "PKR 100"})
    asked = Rest(ADMIN).sign_in("staff@mypay.example", STAFF_PASSWORD).post(f"/payouts/{reviewed.pk}/approve")
    body = asked.json()
    assert (asked.status_code, body["payout"]["status"], body["approval"]["status"]) == (202, "IN_REVIEW", "waiting")


@pytest.mark.parametrize("role", [StaffRole.VIEWER, StaffRole.SUPPORT, ""])
def test_api_refuses_roles_that_do_not_decide(db: None, reviewed: Payout, role: str) -> None:
    make_staff("low@mypay.example", role=role)
    rest = Rest(ADMIN).sign_in("low@mypay.example", STAFF_PASSWORD)
    for path in (f"/payouts/{reviewed.pk}/approve", f"/payouts/{reviewed.pk}/reject", "/merchants"):
        refusal(rest.post(path), 403, "Your role does not allow this")
    refusal(rest.put("/config", {"maintenance_mode": "true"}), 403, "Your role does not allow this")
    assert rest.get("/stats").status_code == (200 if role else 403)


# Settings and flags.


def _settings() -> dict[str, str]:
    return {key.value: config_value(key) for key in ConfigKey}


def test_settings_are_checked_and_in_force(staff: Client, db: None) -> None:
    url = page("merchants_systemconfig", "changelist")
    refused = staff.post(url, {**_settings(), "webhook_retry_attempts": "0"})
    assert refused.status_code == 400 and b"from 1 to 20" in refused.content
    assert staff.post(url, {**_settings(), "maintenance_mode": "true"}).status_code == 302
    closed = Client().get("/api/v1/payouts")
    assert closed.status_code == 503 and closed["Retry-After"]
    assert staff.get(url).status_code == 200
    assert AuditEntry.objects.filter(action="config.changed", actor_type="admin").count() == 1


def test_flag_switches_self_registration(staff: Client) -> None:
    flag = Flag.objects.create(key=FlagKey.SELF_REGISTRATION)
    body = {"companyName": "New", "username": "newcomer"}
    assert staff.post(page("merchants_flag", "change", flag.pk), {"merchants": []}).status_code == 302
    refusal(Rest(PORTAL).post("/auth/register", body), 403, "This feature is switched off")
    assert staff.post(page("merchants_flag", "change", flag.pk), {"is_enabled": "on", "merchants": []}).status_code == 302
    assert Rest(PORTAL).post("/auth/register", body).status_code == 201
    assert AuditEntry.objects.filter(action="flag.changed", actor_type="admin").count() == 2


def test_flag_off_for_everybody_is_on_for_the_merchants_it_names(staff: Client, merchant: Merchant, stranger: Merchant) -> None:
    flag = Flag.objects.create(key=FlagKey.CHILD_SANDBOXES)
    assert staff.post(page("merchants_flag", "change", flag.pk), {"merchants": [merchant.pk]}).status_code == 302
    assert create_child(parent=merchant, name="run", amounts={}).payout_key
    for act in (
        lambda: create_child(parent=stranger, name="run", amounts={}),
        lambda: require_feature(FlagKey.CHILD_SANDBOXES, stranger),
    ):
        with pytest.raises(ApiError) as refused:
            act()
        assert (refused.value.status, refused.value.code) == (403, "FEATURE_OFF")


def test_bulk_payouts_are_off_where_their_flag_is(staff: Client, merchant: Merchant) -> None:
    Flag.objects.create(key=FlagKey.BULK_PAYOUTS, is_enabled=False)
    with pytest.raises(ApiError) as refused:
        draft_batch(merchant=merchant, raw=[], name="x")
    assert refused.value.code == "FEATURE_OFF"


# People.


def test_support_unlocks_a_locked_login_but_no_member_of_staff(merchant: Merchant) -> None:
    support = signed_in("help@mypay.example", StaffRole.SUPPORT)
    for number in range(10):
        LoginAttempt.objects.create(account=merchant.email, address=f"10.0.0.{number}", at=clock.real_now())
    user = User.objects.get(email=merchant.email)
    assert support.post(page("merchants_user", "unlock", user.pk)).status_code == 302
    assert check_password(user=user, account=user.email, password="correct horse battery")
    head = make_staff("head@mypay.example")
    for act in ("unlock", "end_sessions", "reset_second_factor"):
        answer = support.post(page("merchants_user", act, head.pk))
        assert answer.status_code == 400 and b"Only an administrator" in answer.content
    assert support.post(page("merchants_user", "new_password", user.pk)).status_code == 403


def test_ended_sessions_are_over(staff: Client, merchant: Merchant) -> None:
    owner = Client()
    owner.force_login(User.objects.get(email=merchant.email))
    assert owner.get("/portal/").status_code == 200
    staff.post(page("merchants_user", "end_sessions", User.objects.get(email=merchant.email).pk))
    assert owner.get("/portal/").status_code == 302


def test_administrator_makes_staff_and_keeps_own_role(staff: Client) -> None:
    form = {
        "email": "New@mypay.example",
        "name": "N",
        "staff_role": "support",
        "password1": "a long password 1",
        "password2": "a long password 1",
    }
    assert staff.post(page("merchants_user", "add"), form).status_code == 302
    made = User.objects.get(email="new@mypay.example")
    assert (made.acts_as, made.is_staff, made.is_superuser) == ("support", True, False)
    me = User.objects.get(email="staff@mypay.example")
    form = {"email": me.email, "name": me.name, "is_active": "on", "is_staff": "on", "staff_role": "viewer"}
    assert staff.post(page("merchants_user", "change", me.pk), form).status_code == 200
    me.refresh_from_db()
    assert me.acts_as == "administrator"


# Dashboard and checks.


def test_dashboard_tells_what_waits_at_a_constant_cost(
    staff: Client, merchant: Merchant, stranger: Merchant, reviewed: Payout, make_payout: MakePayout, django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def cost() -> int:
        cache.clear()
        with CaptureQueriesContext(connection) as asked:
            assert "Payouts in review" in texts(staff, reverse("admin:index"))
        return len(asked)

    cost()
    first = cost()
    for whose in (merchant, stranger, merchant):
        make_payout(whose)
    assert cost() == first


def test_checks_say_that_all_is_well_and_are_audited(staff: Client, merchant: Merchant) -> None:
    assert b"adds up" in staff.post(reverse("admin:ledger_check"), follow=True).content
    assert b"is whole" in staff.post(reverse("admin:audit_check"), follow=True).content
    assert AuditEntry.objects.filter(action="check.run", actor_type="admin").count() == 2
