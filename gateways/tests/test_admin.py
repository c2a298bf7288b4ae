"""Gateways in the admin portal: what staff make and change there, and what they see."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gateways import registry
from gateways.models import GatewayAccount, GatewayAssignment, GatewayOrder, RoutingPolicy
from gateways.selectors import account_of
from gateways.services.assign import assign
from gateways.tests.factories import Paper, chosen, make_account, use
from merchants.models import Merchant, User
from merchants.states import StaffRole
from mypay.kit import clock

NEW = {
    "name": "Main", "base_url": "", "priority": "7", "monthly_limit": "", "is_active": "on",
    "credential_key_id": "key_1", "credential_key_secret": "sealed secret", "credential_region": "", "webhook_secret": "sealed hook",
}  # fmt: skip


def signed_in(role: StaffRole) -> Client:
    client = Client()
    client.force_login(User.objects.create_user(f"{role}@staff.example", "pw", is_staff=True, staff_role=role))
    return client


@pytest.fixture
def staff(db: None) -> Client:
    registry.register(Paper)
    return signed_in(StaffRole.OPERATIONS)


def url(kind: str, page: str, *args: Any) -> str:
    return reverse(f"admin:gateways_{kind}_{page}", args=args)


def test_add_account_asks_for_the_credentials_of_its_gateway(staff: Client) -> None:
    page = staff.get(url("gatewayaccount", "add") + "?gateway=paper").content.decode()
    assert 'name="credential_key_secret"' in page and "?gateway=razorpay" in page
    assert 'type="password" name="credential_key_secret"' in " ".join(page.split()) and "credential_" not in page.split("Razorpay")[0][-50:]
    plain = staff.get(url("gatewayaccount", "add") + "?gateway=simulator").content.decode()
    assert "credential_" not in plain


def test_add_account_keeps_it_and_never_shows_its_secrets(staff: Client) -> None:
    answer = staff.post(url("gatewayaccount", "add") + "?gateway=paper", NEW)
    assert answer.status_code == 302
    account = GatewayAccount.objects.get()
    assert account_of(account).credentials == {"key_id": "key_1", "key_secret": "sealed secret"}
    assert (account_of(account).webhook_secret, account.priority, account.is_active) == ("sealed hook", 7, True)
    page = staff.get(url("gatewayaccount", "change", account.pk)).content.decode()
    assert "sealed" not in page and "key_1" not in page and account.callback_path in page


@pytest.mark.parametrize(
    "change", [{"name": " "}, {"credential_key_secret": ""}, {"base_url": "ftp://x"}, {"monthly_limit": "0"}, {"priority": "-1"}]
)
def test_add_account_with_a_fault_shows_it_at_the_field(staff: Client, change: dict[str, str]) -> None:
    answer = staff.post(url("gatewayaccount", "add") + "?gateway=paper", {**NEW, **change})
    assert answer.status_code == 200 and list(answer.context["adminform"].form.errors) == list(change)
    assert not GatewayAccount.objects.exists()


def test_change_account_keeps_what_is_left_empty(staff: Client) -> None:
    staff.post(url("gatewayaccount", "add") + "?gateway=paper", NEW)
    account = GatewayAccount.objects.get()
    sent = {**NEW, "name": "Other", "credential_key_id": "key_2", "credential_key_secret": "", "webhook_secret": "", "is_active": ""}
    sent.pop("is_active")
    assert staff.post(url("gatewayaccount", "change", account.pk), sent).status_code == 302
    kept = GatewayAccount.objects.get()
    assert (kept.name, kept.is_active) == ("Other", False)
    assert account_of(kept).credentials == {"key_id": "key_2", "key_secret": "sealed secret"}
    assert account_of(kept).webhook_secret == "sealed hook"


def test_viewer_sees_an_account_and_changes_nothing(staff: Client) -> None:
    account, viewer = make_account(), signed_in(StaffRole.VIEWER)
    page = viewer.get(url("gatewayaccount", "change", account.pk)).content.decode()
    assert account.name in page and '<input type="password"' not in page and "credential_" not in page
    assert viewer.post(url("gatewayaccount", "change", account.pk), NEW).status_code == 403
    assert viewer.post(url("gatewayaccount", "switch", account.pk)).status_code == 403


def test_account_of_a_gateway_that_is_gone_can_be_read(staff: Client) -> None:
    account = make_account(gateway="bygone")
    assert staff.get(url("gatewayaccount", "change", account.pk)).status_code == 200
    assert staff.get(url("gatewayaccount", "changelist")).status_code == 200


def test_check_and_switch_of_an_account(staff: Client) -> None:
    account = make_account()
    assert staff.post(url("gatewayaccount", "check", account.pk)).status_code == 302
    assert staff.post(url("gatewayaccount", "switch", account.pk)).status_code == 302
    account.refresh_from_db()
    assert account.checked_at is not None and not account.is_active
    staff.post(url("gatewayaccount", "change", account.pk), {**NEW, "credential_key_id": "wrong"})
    refused = staff.post(url("gatewayaccount", "check", account.pk))
    assert refused.status_code == 400 and b"does not accept the account" in refused.content
    assert b"Failed" in staff.get(url("gatewayaccount", "changelist")).content


def test_list_shows_health_of_the_last_hour(staff: Client, merchant: Merchant) -> None:
    (row,) = use(merchant, 1)
    orders = [chosen(merchant) for _ in range(4)]
    for order, is_paid, latency in zip(orders, (True, True, False, None), (10, 20, 90, 30), strict=True):
        GatewayOrder.objects.filter(pk=order.pk).update(is_paid=is_paid, latency_ms=latency)
    GatewayAssignment.objects.update(open_until=clock.now(merchant) + timedelta(seconds=20))
    page = " ".join(staff.get(url("gatewayaccount", "changelist")).content.decode().split())
    assert "66.7 %" in page and ">25<" in page.replace("> 25 <", ">25<")
    assert "Open until" in staff.get(url("gatewayassignment", "changelist")).content.decode()
    assert row.account.name in page


def test_assignment_is_added_changed_switched_and_taken_away(staff: Client, merchant: Merchant) -> None:
    account = make_account()
    sent = {"merchant": merchant.pk, "account": account.pk, "weight": "3", "daily_limit": "500", "is_active": "on"}
    assert staff.post(url("gatewayassignment", "add"), sent).status_code == 302
    row = GatewayAssignment.objects.get()
    assert (row.merchant, row.account, row.weight, row.daily_limit, row.rotation_order) == (merchant, account, 3, 500, 1)
    again = staff.post(url("gatewayassignment", "add"), sent)
    assert again.status_code == 200 and GatewayAssignment.objects.count() == 1
    assert staff.post(url("gatewayassignment", "change", row.pk), {"weight": "9", "daily_limit": ""}).status_code == 302
    row.refresh_from_db()
    assert (row.weight, row.daily_limit, row.is_active) == (9, None, False)
    staff.post(url("gatewayassignment", "switch", row.pk))
    row.refresh_from_db()
    assert row.is_active
    wrong = staff.post(url("gatewayassignment", "change", row.pk), {"weight": "0", "daily_limit": "-1"})
    assert set(wrong.context["adminform"].form.errors) == {"weight", "daily_limit"}
    assert staff.post(url("gatewayassignment", "delete", row.pk), {"post": "yes"}).status_code == 302
    assert not GatewayAssignment.objects.exists() and RoutingPolicy.objects.count() == 1


def test_controls_of_a_policy_do_what_they_say(staff: Client, merchant: Merchant) -> None:
    use(merchant, 3)
    chosen(merchant)
    policy = RoutingPolicy.objects.get()
    for name, given, expected in (
        ("advance_position", {}, ("round_robin", 2, False)),
        ("reset_position", {}, ("round_robin", 0, False)),
        ("toggle_daily_reset", {}, ("round_robin", 0, True)),
        ("change_mode", {"mode": "weighted"}, ("weighted", 0, True)),
        ("reset_counters", {}, ("weighted", 0, True)),
    ):
        assert staff.post(url("routingpolicy", name, policy.pk), given).status_code == 302, name
        policy.refresh_from_db()
        assert (policy.mode, policy.position, policy.resets_daily) == expected, name
    assert staff.post(url("routingpolicy", "change_mode", policy.pk), {"mode": "by_moon"}).status_code == 400


def test_rotation_tells_shares_and_how_uneven_they_are(staff: Client, merchant: Merchant, stranger: Merchant) -> None:
    first, second = use(merchant, 2)
    assign(merchant=stranger, account=first.account)
    paid, *_rest = [chosen(merchant) for _ in range(2)]
    for _ in range(2):
        chosen(stranger, currency="USD")
    GatewayOrder.objects.filter(pk=paid.pk).update(is_paid=True)
    policy = RoutingPolicy.objects.get(merchant=merchant)
    own = staff.get(url("routingpolicy", "change", policy.pk)).context["turns"]
    assert {turn.account: (turn.count, turn.share, turn.variance, turn.grade) for turn in own} == {
        row.account.name: (1, 50.0, 0.0, "Excellent") for row in (first, second)
    }
    everybody = staff.get(reverse("admin:gateways_rotation")).context["turns"]
    assert [(turn.count, turn.share, turn.variance, turn.grade, turn.volumes, turn.success) for turn in everybody] == [
        (3, 75.0, 25.0, "Uneven", ["INR 100.00", "USD 200.00"], 100.0), (1, 25.0, 25.0, "Uneven", ["INR 100.00"], None),
    ]  # fmt: skip
    nobody = Client()
    nobody.force_login(User.objects.create_user("none@staff.example", "pw", is_staff=True))
    assert nobody.get(reverse("admin:gateways_rotation")).status_code == 403
