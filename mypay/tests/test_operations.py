"""Operators' commands: keys, personal data, old rows, maintenance, migrations."""

import json
import os
import secrets
import subprocess
import sys
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection

from audit.models import ApiRequest, AuditEntry
from gateways.models import GatewayAccount, InboundEvent, RoutingNote
from gateways.states import Happening, InboundStatus
from ledger.models import MerchantBalance, Transfer
from merchants.models import ApiKey, LoginAttempt, Member, Merchant, Message, User
from merchants.services.issue_key import reveal_key
from merchants.services.second_factor import enrol
from merchants.states import MerchantStatus, Role
from mypay.kit import clock
from mypay.kit.crypto import decrypt, encrypt
from mypay.kit.ids import first_uuid7
from mypay.kit.models import IdempotencyRecord
from mypay.operations import personal, rotate
from mypay.settings import environment
from mypay.settings.environment import new_secret
from payouts.models import Payout
from sandbox.belongings import owned
from webhooks.models import Attempt, Delivery, Event
from webhooks.services.create_endpoint import create_endpoint
from webhooks.services.show_secret import show_secret

ROOT = Path(__file__).resolve().parent.parent.parent


def _run(command: str, *args: str, **options: Any) -> tuple[int, str]:
    """Exit code and output."""
    out = StringIO()
    try:
        call_command(command, *args, stdout=out, stderr=StringIO(), no_color=True, **options)
    except SystemExit as ended:
        return int(str(ended.code)), out.getvalue()
    return 0, out.getvalue()


# Keys


@pytest.fixture
def second_key(monkeypatch: pytest.MonkeyPatch) -> str:
    """ENCRYPTION_KEYS with a new first key; the old one still decrypts."""
    old = environment.ENCRYPTION_KEYS
    fresh = new_secret("ENCRYPTION_KEYS").replace("1:", "2:", 1)
    monkeypatch.setattr(environment, "ENCRYPTION_KEYS", f"{fresh},{old}")
    return fresh


def test_every_encrypted_column_is_known_to_the_rotation() -> None:
    fields = {
        f"{model._meta.db_table}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if "encrypted" in field.name
    }
    assert fields == {column.name for column in rotate.COLUMNS}


def test_rotation_lets_the_old_key_go(api: Any, merchant: Merchant, second_key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    user = User.objects.create_user("rotated@example.test", "pw")
    enrol(user)
    create_endpoint(merchant=merchant, values={"url": "http://127.0.0.1:9/hook"})
    key = ApiKey.objects.filter(merchant=merchant).order_by("pk").last()
    assert key
    before = reveal_key(key)
    written = dict(rotate.left())
    assert _run("rotate_encryption", "--check")[0] in (0, 1)
    # Rows written before the change carry the first key's version; make some of the old one.
    with monkeypatch.context() as patched:
        patched.setattr(environment, "ENCRYPTION_KEYS", environment.ENCRYPTION_KEYS.partition(",")[2])
        old, secret = create_endpoint(merchant=merchant, values={"url": "http://127.0.0.1:9/old"})
    code, out = _run("rotate_encryption", "--batch", "1", json=True)
    told = json.loads(out)
    assert code == 0 and told["key"] == "2" and told["failed"] == [] and set(told["left"].values()) == {0}
    assert told["rotated"]["webhooks_endpoint.secret_encrypted"] >= 1 and sum(told["rotated"].values()) >= sum(written.values()) + 1
    assert _run("rotate_encryption", json=True)[1].count('"left": {') == 1
    assert sum(json.loads(_run("rotate_encryption", json=True)[1])["rotated"].values()) == 0
    monkeypatch.setattr(environment, "ENCRYPTION_KEYS", second_key)  # the old key is gone
    key.refresh_from_db()
    old.refresh_from_db()
    assert reveal_key(key) == before and show_secret(old) == secret


def test_rotation_reaches_the_secrets_of_gateway_accounts(db: None, second_key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(environment, "ENCRYPTION_KEYS", environment.ENCRYPTION_KEYS.partition(",")[2])
        account = GatewayAccount.objects.create(
            name="rotated", gateway="razorpay", token="t" * 40, created_at=clock.real_now(), updated_at=clock.real_now(),
            credentials_encrypted=encrypt('{"key_secret": "s"}', context=rotate.CREDENTIALS_CONTEXT),
            webhook_secret_encrypted=encrypt("hook", context=rotate.CALLBACK_SECRET_CONTEXT),
        )  # fmt: skip
    assert _run("rotate_encryption", json=True)[0] == 0
    monkeypatch.setattr(environment, "ENCRYPTION_KEYS", second_key)  # the old key is gone
    account.refresh_from_db()
    assert decrypt(account.credentials_encrypted, context=rotate.CREDENTIALS_CONTEXT) == '{"key_secret": "s"}'
    assert decrypt(account.webhook_secret_encrypted, context=rotate.CALLBACK_SECRET_CONTEXT) == "hook"


def test_rotation_stopped_halfway_goes_on_where_it_was(merchant: Merchant, second_key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(environment, "ENCRYPTION_KEYS", environment.ENCRYPTION_KEYS.partition(",")[2])
        for number in range(5):
            create_endpoint(merchant=merchant, values={"url": f"http://127.0.0.1:9/{number}"})
    name = "webhooks_endpoint.secret_encrypted"

    def stop(column: str, number: int) -> None:
        if column == name and number == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotate.rotate(batch=2, told=stop)
    assert rotate.left()[name] == 3
    done, failed = rotate.rotate(batch=2)
    assert (done[name], failed, rotate.left()[name]) == (3, [], 0)


def test_rotation_tells_what_cannot_be_read_and_exits_one(merchant: Merchant, second_key: str) -> None:
    Merchant.objects.filter(pk=merchant.pk).update(webhook_secret_encrypted="v9:AAAA")
    code, out = _run("rotate_encryption", json=True)
    told = json.loads(out)
    assert code == 1 and told["left"]["merchants_merchant.webhook_secret_encrypted"] == 1
    assert told["failed"][0].startswith(f"merchants_merchant.webhook_secret_encrypted of {merchant.pk}: KeyError")


# Personal data


def test_every_model_of_merchants_is_deleted_blanked_or_kept() -> None:
    labels = [known.label for known in owned()]
    sorted_out = [*personal.DELETED, *personal.BLANKED, *personal.KEPT]
    assert sorted(labels) == sorted(sorted_out) and len(set(sorted_out)) == len(sorted_out)


@pytest.fixture
def lived(merchant: Merchant, api: Any, settle: Callable[[], None]) -> Merchant:
    """A merchant with a member, a payout that is done, webhooks and a request."""
    user = User.objects.create_user("ayesha@shop.test", "pw", name="Ayesha Khan")
    Member.objects.create(user=user, merchant=merchant, role=Role.OWNER)
    Message.objects.create(merchant=merchant, kind="mail", box=user.email, to=user.email, body="Dear Ayesha", sent_at=clock.real_now())
    LoginAttempt.objects.create(account=user.email, address="203.0.113.7", at=clock.real_now())
    create_endpoint(merchant=merchant, values={"url": "http://127.0.0.1:9/hook"})
    assert api.payout("12345670001", accountTitle="Bilal Private", description="for Bilal").status_code == 201
    settle()
    return merchant


def test_merchant_export_has_every_kind_and_no_secret(lived: Merchant, tmp_path: Path) -> None:
    file = tmp_path / "export.jsonl"
    assert _run("export_merchant", lived.vendor_id, "--output", str(file))[0] == 0
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    kinds = {line["kind"] for line in lines}
    assert kinds >= {"merchants.merchant", "payouts.payout", "ledger.transfer", "audit.auditentry", "webhooks.event", "merchants.apikey"}
    assert lines[0]["row"]["email"] == lived.email and file.stat().st_mode & 0o777 == 0o600
    names = {name for line in lines for name in line["row"]}
    assert not names & {"password", "sha256", "encrypted", "webhook_secret_encrypted", "secret_encrypted", "token_sha256"}
    assert AuditEntry.objects.filter(resource_id=lived.vendor_id, details__contains="merchant exported").exists()
    with pytest.raises(FileExistsError):
        call_command("export_merchant", lived.vendor_id, "--output", str(file), stderr=StringIO())


def test_merchant_erased_leaves_books_and_trail_and_nothing_of_people(lived: Merchant) -> None:
    transfers = list(Transfer.objects.filter(balance__merchant=lived).order_by("pk").values_list("amount", "available_after"))
    entries = AuditEntry.objects.count()
    stranger = Merchant.objects.exclude(pk=lived.pk).count()
    code, out = _run("erase_merchant", str(lived.pk), "--yes", json=True)
    assert code == 0 and json.loads(out)["erased"]["payouts.payout"] == 1
    lived.refresh_from_db()
    assert lived.email.endswith("@erased.invalid") and lived.status == MerchantStatus.SUSPENDED and "Erased" in lived.company_name
    payout = Payout.objects.get(merchant=lived)
    assert (payout.account_number, payout.account_title, payout.description, payout.metadata) == ("", "", "", None)
    assert payout.amount > 0 and payout.status == "SUCCESS"
    assert not any(model.objects.filter(merchant=lived).exists() for model in (Event, Delivery, ApiKey, Member, Message))
    assert list(Transfer.objects.filter(balance__merchant=lived).order_by("pk").values_list("amount", "available_after")) == transfers
    assert AuditEntry.objects.count() > entries and Merchant.objects.exclude(pk=lived.pk).count() == stranger
    for user in User.objects.filter(email__startswith="erased-user"):
        assert not user.is_active and user.name == "" and not user.has_usable_password()
    assert not LoginAttempt.objects.filter(account="ayesha@shop.test").exists()
    left = json.dumps([row for known in owned() for row in known.rows(lived.pk).values()], default=str)
    assert "Bilal" not in left and "12345670001" not in left and "Ayesha" not in left


def test_merchant_with_money_under_way_is_not_erased_unless_forced(merchant: Merchant, api: Any) -> None:
    assert api.payout().status_code == 201
    with pytest.raises(CommandError, match="under way"):
        call_command("erase_merchant", str(merchant.pk), "--yes")
    merchant.refresh_from_db()
    assert merchant.status == MerchantStatus.ACTIVE and ApiKey.objects.filter(merchant=merchant).exists()
    assert personal.erase_merchant(merchant, force=True)["payouts.payout"] == 1


def test_erase_asks_first(lived: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.input", lambda text: "no")
    with pytest.raises(CommandError, match="not erased"):
        call_command("erase_merchant", str(lived.pk))
    assert Member.objects.filter(merchant=lived).exists()


def test_user_export_and_erase(lived: Merchant) -> None:
    code, out = _run("export_user", "ayesha@shop.test")
    kinds = {json.loads(line)["kind"] for line in out.splitlines()}
    assert code == 0 and kinds >= {"merchants.user", "merchants.member", "merchants.message", "merchants.loginattempt"}
    assert "bcrypt" not in out and '"password"' not in out
    assert _run("erase_user", "AYESHA@shop.test", "--yes")[0] == 0
    assert not User.objects.filter(email="ayesha@shop.test").exists()
    assert not Member.objects.filter(merchant=lived, user__name="Ayesha Khan").exists()
    assert AuditEntry.objects.filter(details__contains="user erased").exists()


def _id_at(moment: datetime) -> uuid.UUID:
    return uuid.UUID(int=first_uuid7(moment).int | secrets.randbits(62))


def _inbound(merchant: Merchant | None, at: datetime, status: str, **values: Any) -> InboundEvent:
    return InboundEvent.objects.create(
        id=_id_at(at), gateway="razorpay", merchant=merchant, key=uuid.uuid4().hex, status=status, headers="{}",
        body=b'{"contact": "+919000090000"}', received_at=at, **values,
    )  # fmt: skip


def test_callbacks_of_a_merchant_are_exported_and_lose_their_bodies(merchant: Merchant) -> None:
    row = _inbound(merchant, clock.real_now(), InboundStatus.APPLIED)
    RoutingNote.objects.create(
        id=_id_at(clock.real_now()), merchant=merchant, subject_id=row.pk, happening=Happening.NOTICED, created_at=clock.real_now()
    )
    lines = [json.loads(line) for line in _run("export_merchant", merchant.vendor_id)[1].splitlines()]
    shown = {line["kind"]: line["row"] for line in lines}
    assert shown["gateways.inboundevent"]["body"] == '{"contact": "+919000090000"}' and "gateways.routingnote" in shown
    assert _run("erase_merchant", str(merchant.pk), "--yes")[0] == 0
    row.refresh_from_db()
    assert bytes(row.body) == b"" and row.headers == "" and row.key  # still known, so that it is applied once
    assert not RoutingNote.objects.filter(merchant=merchant).exists()


@pytest.mark.parametrize("command", ["export_merchant", "erase_merchant", "export_user", "erase_user"])
def test_unknown_ones_are_told(db: None, command: str) -> None:
    with pytest.raises(CommandError, match="there is no"):
        call_command(command, "nobody@example.test")


# Old rows


def test_prune_deletes_what_is_old_and_finished_only(lived: Merchant) -> None:
    now = clock.real_now()
    deliveries = list(Delivery.objects.filter(merchant=lived).order_by("pk"))
    assert deliveries
    old = now - timedelta(days=200)
    Attempt.objects.all().delete()
    for number, row in enumerate(deliveries):
        Delivery.objects.filter(pk=row.pk).update(status="delivered", due_at=None, wake_at=None)
        Attempt.objects.create(
            delivery=row,
            number=1,
            url="http://x",
            request_headers="",
            request_body="",
            duration_ms=1,
            created_at=old if number == 0 else now,
        )
    IdempotencyRecord.objects.filter(owner_id=lived.pk).update(expires_at=old)
    ApiRequest.objects.create(
        id=first_uuid7(old), merchant_id=lived.pk, request_id="old", at=old, method="GET", path="/", status=200, duration_ms=1
    )
    LoginAttempt.objects.update(at=old)
    counted = json.loads(_run("prune", dry_run=True, json=True)[1])["rows"]
    assert counted["attempts"] == 1 and counted["deliveries"] == 0 and counted["requests"] == 1 and counted["idempotency"] >= 1
    assert Attempt.objects.count() == len(deliveries)
    assert json.loads(_run("prune", json=True)[1])["rows"] == counted
    assert Attempt.objects.count() == len(deliveries) - 1 and Delivery.objects.filter(merchant=lived).count() == len(deliveries)
    everything = json.loads(_run("prune", "deliveries", "events", older_than=0, json=True)[1])["rows"]
    assert everything["deliveries"] == len(deliveries) and set(everything) == {"deliveries", "events"}
    assert not Delivery.objects.filter(merchant=lived).exists() and Payout.objects.filter(merchant=lived).exists()
    assert MerchantBalance.objects.filter(merchant=lived).exists()


def test_prune_takes_old_callbacks_and_routing_notes_and_leaves_what_waits(merchant: Merchant) -> None:
    now = clock.real_now()
    old = now - timedelta(days=environment.GATEWAY_DAYS + 1)
    gone = [_inbound(merchant, old, InboundStatus.APPLIED), _inbound(None, old, InboundStatus.REJECTED)]
    waits = _inbound(None, old, InboundStatus.WAITING, due_at=old, wake_at=old)
    fresh = _inbound(merchant, now, InboundStatus.APPLIED)
    for at in (old, now):
        RoutingNote.objects.create(id=_id_at(at), merchant=merchant, subject_id=fresh.pk, happening=Happening.CHOSEN, created_at=at)
    assert json.loads(_run("prune", "inbound", "routing", json=True)[1])["rows"] == {"inbound": 2, "routing": 1}
    assert set(InboundEvent.objects.values_list("pk", flat=True)) == {waits.pk, fresh.pk} and gone
    assert RoutingNote.objects.get().created_at == now


def test_prune_refuses_a_kind_it_does_not_know(db: None) -> None:
    with pytest.raises(SystemExit, match="unknown: payouts"):
        call_command("prune", "payouts")


# Maintenance


def test_maintenance_command_closes_and_opens_the_api(api: Any) -> None:
    assert _run("maintenance", "on") == (0, "maintenance is on\n")
    assert api.get("/balance").status_code == 503
    assert json.loads(_run("maintenance", "status", json=True)[1]) == {"maintenance": True}
    assert _run("maintenance", "off")[1] == "maintenance is off\n"
    assert api.get("/balance").status_code == 200
    assert AuditEntry.objects.filter(action="config.changed").count() == 2


# Migrations


def _migrate(env: dict[str, str], *args: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "manage.py", "migrate_locked", *args]
    return subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_of_two_migrations_at_once_the_second_waits(tmp_path: Path) -> None:
    env = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path}/one.sqlite3", "MYPAY_VAR": str(tmp_path), "MYPAY_ENV": "test"}
    env.pop("DJANGO_SETTINGS_MODULE", None)
    both = [_migrate(env) for _ in range(2)]
    outs = [process.communicate(timeout=240) for process in both]
    assert [process.returncode for process in both] == [0, 0], outs
    assert sorted("No migrations to apply" in out for out, _ in outs) == [False, True]


def test_migration_that_finds_the_lock_held_exits_75(tmp_path: Path) -> None:
    import fcntl

    env = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path}/one.sqlite3", "MYPAY_VAR": str(tmp_path), "MYPAY_ENV": "test"}
    env.pop("DJANGO_SETTINGS_MODULE", None)
    with (tmp_path / "migrate.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        process = _migrate(env, "--wait", "1")
        _, told = process.communicate(timeout=120)
    assert process.returncode == 75 and "another migration" in told


@pytest.mark.mariadb
@pytest.mark.skipif("mysql" not in os.environ.get("DATABASE_URL", ""), reason="DATABASE_URL is no MySQL or MariaDB")
def test_mysql_holds_the_lock_for_one(db: None) -> None:
    from django.db import connections

    from mypay.management.commands.migrate_locked import _lock

    other = connections.create_connection("default")
    with _lock(1) as first, other.cursor() as cursor:
        cursor.execute("SELECT IS_FREE_LOCK('mypay_migrate')")
        assert first and cursor.fetchone()[0] == 0
        with _lock(0) as second:
            assert not second
    other.close()
    assert connection.vendor == "mysql"
