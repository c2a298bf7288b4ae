"""Accounts: what they are made with, that it stays secret, what a check says, who uses them and how."""

import json
from datetime import datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from audit.models import AuditEntry
from gateways import registry
from gateways.models import GatewayAccount, GatewayAssignment, RoutingPolicy
from gateways.selectors import account_of, accounts_of, connector_of, is_routed
from gateways.services import change_policy
from gateways.services.assign import assign, unassign
from gateways.services.change_account import change_account
from gateways.services.change_assignment import change_assignment
from gateways.services.check_account import check_account
from gateways.services.create_account import create_account
from gateways.services.settle_usage import settle_usage
from gateways.states import Mode
from gateways.tests.factories import CREDENTIALS, Paper, chosen, make_account, usage, use
from merchants.models import Merchant
from mypay.kit import clock
from mypay.kit.errors import ApiError

GOOD: dict[str, Any] = {"name": "First", "gateway": "paper", "credentials": CREDENTIALS}


@pytest.fixture(autouse=True)
def paper() -> None:
    registry.register(Paper)


def refusal(call: Any, **given: Any) -> str:
    """The field of the refusal."""
    with pytest.raises(ApiError) as refused:
        call(**given)
    return refused.value.field


def test_create_account_keeps_its_secrets_encrypted(db: None) -> None:
    account = create_account(**GOOD, webhook_secret="sealed hook", base_url="http://127.0.0.1:3001/paper/")
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM gateways_gatewayaccount")
        raw = repr(cursor.fetchall())
    assert "sealed" not in raw and "key_1" not in raw
    assert "sealed" not in "".join(AuditEntry.objects.values_list("details", flat=True))
    clear = account_of(GatewayAccount.objects.get())
    assert (clear.credentials, clear.webhook_secret, clear.base_url) == (CREDENTIALS, "sealed hook", "http://127.0.0.1:3001/paper")
    assert isinstance(connector_of(account), Paper) and len(account.token) == 40
    assert AuditEntry.objects.get().action == "gateway_account.created"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"gateway": "nobody"}, "gateway"),
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"credentials": {"key_id": "only"}}, "key_secret"),
        ({"credentials": {**CREDENTIALS, "pin": "1"}}, "pin"),
        ({"credentials": {**CREDENTIALS, "key_id": "a\nb"}}, "key_id"),
        ({"base_url": "ftp://paper.example"}, "base_url"),
        ({"base_url": "https://user@paper.example"}, "base_url"),
        ({"monthly_limit": 0}, "monthly_limit"),
        ({"priority": -1}, "priority"),
        ({"webhook_secret": "x" * 501}, "webhook_secret"),
    ],
)
def test_create_account_with_a_fault_names_the_field(db: None, change: dict[str, Any], field: str) -> None:
    assert refusal(create_account, **{**GOOD, **change}) == field
    assert not GatewayAccount.objects.exists()


def test_create_account_with_a_name_that_is_taken_is_refused(db: None) -> None:
    create_account(**GOOD)
    assert refusal(create_account, **GOOD) == "name"
    other = create_account(**{**GOOD, "name": "Second"})
    assert refusal(change_account, account=other, values={"name": "First"}) == "name"


def test_change_account_keeps_what_is_left_empty(db: None) -> None:
    account = create_account(**GOOD, webhook_secret="old hook")
    check_account(account=account)
    change_account(account=account, values={"priority": 7, "is_active": False}, credentials={"key_id": "key_2", "key_secret": ""})
    kept = GatewayAccount.objects.get()
    assert account_of(kept).credentials == {"key_id": "key_2", "key_secret": "sealed secret"}
    assert (account_of(kept).webhook_secret, kept.priority, kept.is_active, kept.checked_at) == ("old hook", 7, False, None)
    told = json.loads(AuditEntry.objects.latest("pk").details)
    assert told == {"priority": 7, "is_active": False, "given": ["key_id"]}
    change_account(account=account, values={}, webhook_secret="new hook")
    assert account_of(GatewayAccount.objects.get()).webhook_secret == "new hook"
    assert refusal(change_account, account=account, values={"priority": -1}) == "priority"


def test_check_account_keeps_what_the_gateway_says(db: None) -> None:
    account = create_account(**GOOD)
    assert check_account(account=account) == ""
    change_account(account=account, values={}, credentials={"key_id": "wrong"})
    assert check_account(account=account) == "The gateway does not accept the account's credentials. key_id is not known"
    assert GatewayAccount.objects.get().check_error.startswith("The gateway does not accept")
    GatewayAccount.objects.update(gateway="bygone")
    assert check_account(account=GatewayAccount.objects.get()) == "This MyPay has no such gateway"


def test_simulator_takes_every_account_and_leaves_the_payer_here(db: None) -> None:
    from gateways.contract import Order

    account = create_account(name="Ours", gateway="simulator", credentials={})
    assert check_account(account=account) == ""
    order = Order("ref-1", 100, "PKR", "https://a.example", "https://a.example")
    begun, again = connector_of(account).begin(order), connector_of(account).begin(order)
    assert begun == again and begun.order_id and begun.redirect is None
    refund = connector_of(account).refund("p", 5, "PKR", key="k")
    assert refund == connector_of(account).refund("p", 5, "PKR", key="k") and refund.fate == "refunded"


def test_assign_and_unassign_change_who_is_used(merchant: Merchant) -> None:
    assert not is_routed(merchant)
    account = make_account()
    assign(merchant=merchant, account=account, weight=5, daily_limit=700)
    (row,) = accounts_of(merchant)
    assert (row.account, row.rotation_order, row.weight, row.daily_limit) == (account, 1, 5, 700) and is_routed(merchant)
    assert refusal(assign, merchant=merchant, account=account) == "account"
    assert refusal(assign, merchant=merchant, account=make_account(), weight=0) == "weight"
    assert refusal(assign, merchant=merchant, account=make_account(), daily_limit=0) == "daily_limit"
    unassign(merchant=merchant, account=account)
    assert refusal(unassign, merchant=merchant, account=account) == "account"
    assert not is_routed(merchant)
    actions = list(AuditEntry.objects.filter(action__startswith="gateway_assignment").values_list("action", flat=True))
    assert actions == ["gateway_assignment.created", "gateway_assignment.deleted"]


def test_change_assignment_with_a_fault_names_the_field(merchant: Merchant) -> None:
    (row,) = use(merchant, 1)
    for name, value in (("weight", 0), ("weight", 10_001), ("daily_limit", -5)):
        assert refusal(change_assignment, assignment=row, values={name: value}) == name
    change_assignment(assignment=row, values={"weight": 9, "daily_limit": 50, "is_active": False})
    kept = GatewayAssignment.objects.get()
    assert (kept.weight, kept.daily_limit, kept.is_active) == (9, 50, False)
    change_assignment(assignment=row, values={"daily_limit": None})
    assert GatewayAssignment.objects.get().daily_limit is None


def test_controls_of_a_merchant_without_accounts_are_refused(merchant: Merchant) -> None:
    for call in (
        change_policy.reset_position, change_policy.advance_position, change_policy.toggle_daily_reset, change_policy.reset_daily_counters,
    ):  # fmt: skip
        assert refusal(call, merchant=merchant) == "merchant"


def test_position_is_reset_and_advanced_past_what_is_off(merchant: Merchant) -> None:
    rows = use(merchant, 4)
    assert chosen(merchant).account_id == rows[0].account_id
    change_assignment(assignment=rows[1], values={"is_active": False})
    assert change_policy.advance_position(merchant=merchant).position == 3
    assert chosen(merchant).account_id == rows[3].account_id
    change_policy.reset_position(merchant=merchant)
    assert chosen(merchant).account_id == rows[0].account_id
    for row in rows:
        change_assignment(assignment=row, values={"is_active": False})
    assert refusal(change_policy.advance_position, merchant=merchant) == "merchant"


def test_toggle_daily_reset_begins_each_day_with_the_first(merchant: Merchant) -> None:
    def at(moment: str) -> None:
        merchant.clock_frozen_ms = clock.to_ms(datetime.fromisoformat(moment))
        merchant.save()

    rows = use(merchant, 3)
    at("2026-11-30T18:29:00+00:00")
    chosen(merchant)
    change_policy.toggle_daily_reset(merchant=merchant)
    assert chosen(merchant).account_id == rows[1].account_id
    at("2026-11-30T18:30:00+00:00")
    assert [chosen(merchant).account_id for _ in range(2)] == [rows[0].account_id, rows[1].account_id]
    change_policy.toggle_daily_reset(merchant=merchant)
    at("2026-12-01T18:30:00+00:00")
    assert chosen(merchant).account_id == rows[2].account_id


def test_reset_daily_counters_forgives_what_was_paid_only(merchant: Merchant) -> None:
    (row,) = use(merchant, 1)
    change_assignment(assignment=row, values={"daily_limit": 30_000})
    paid, begun = chosen(merchant, 20_000), chosen(merchant, 10_000)
    settle_usage(order=paid, is_paid=True)
    change_policy.reset_daily_counters(merchant=merchant)
    chosen(merchant, 20_000)
    with pytest.raises(ApiError):
        chosen(merchant, 1)
    settle_usage(order=begun, is_paid=False)
    assert chosen(merchant, 10_000) and usage(begun) == (30_000, 20_000)


def test_change_mode_begins_the_weights_anew(merchant: Merchant) -> None:
    use(merchant, mode=Mode.WEIGHTED)
    chosen(merchant)
    change_policy.change_mode(merchant=merchant, mode=Mode.SMART)
    assert RoutingPolicy.objects.get().mode == "smart"
    assert set(GatewayAssignment.objects.values_list("current_weight", flat=True)) == {0}
    assert AuditEntry.objects.filter(action="routing.changed").count() == 2


# The command


def command(*words: str) -> Any:
    out = StringIO()
    call_command("gateway_account", *words, stdout=out)
    return json.loads(out.getvalue()) if "--json" in words else out.getvalue()


def test_command_sets_it_all_up(merchant: Merchant, tmp_path: Any) -> None:
    file = tmp_path / "credentials.json"
    file.write_text(json.dumps({"key_secret": "sealed"}))
    made = command(
        "create", "Main", "--gateway", "paper", "--credential", "key_id=key_9", "--credentials-from", str(file),
        "--monthly-limit", "5000", "--json"
    )  # fmt: skip
    account = GatewayAccount.objects.get()
    assert made["callback"] == f"/webhooks/paper/{account.token}" and "sealed" not in json.dumps(made)
    assert account_of(account).credentials == {"key_id": "key_9", "key_secret": "sealed"}
    assert command("check", "Main", "--json") == {"name": "Main", "ok": True, "error": ""}
    assigned = command("assign", "Main", "--merchant", merchant.email, "--mode", "smart", "--daily-limit", "900", "--json")
    assert assigned == {"name": "Main", "merchant": merchant.email, "place": 1}
    (listed,) = command("list", "--merchant", merchant.email, "--json")
    assert (listed["daily_limit"], listed["monthly_limit"], listed["assigned"]) == (900, 5000, True)
    assert "name=Main  gateway=paper" in command("list")
    command("unassign", "Main", "--merchant", merchant.email)
    assert command("list", "--merchant", merchant.email, "--json") == []


def test_command_changes_what_is_given_alone(db: None) -> None:
    command("create", "Main", "--gateway", "paper", "--credential", "key_id=key_9", "--credential", "key_secret=sealed", "--priority", "7")
    shown = command("change", "Main", "--webhook-secret", "whsec_new", "--monthly-limit", "9000", "--no-active", "--json")
    account = account_of(GatewayAccount.objects.get())
    assert (shown["priority"], shown["monthly_limit"], shown["active"]) == (7, 9000, False)
    assert (account.webhook_secret, account.credentials) == ("whsec_new", {"key_id": "key_9", "key_secret": "sealed"})
    assert command("change", "Main", "--credential", "key_secret=other", "--active", "--json")["active"] is True
    assert account_of(GatewayAccount.objects.get()).credentials == {"key_id": "key_9", "key_secret": "other"}


def test_command_check_of_wrong_credentials_ends_with_1(db: None) -> None:
    command("create", "Bad", "--gateway", "paper", "--credential", "key_id=wrong", "--credential", "key_secret=x")
    with pytest.raises(SystemExit) as ended:
        command("check", "Bad")
    assert ended.value.code == 1


@pytest.mark.parametrize(
    "words",
    [
        ("check", "nobody"),
        ("change", "nobody"),
        ("create", "X", "--gateway", "nobody"),
        ("create", "X", "--gateway", "paper", "--credential", "key_id"),
        ("create", "X", "--gateway", "paper", "--credentials-from", "/nowhere"),
        ("list", "--merchant", "nobody@example.test"),
        ("assign", "X", "--merchant", "nobody@example.test"),
    ],
)
def test_command_with_a_fault_says_so(db: None, words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        command(*words)
