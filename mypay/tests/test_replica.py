"""Lists and reports come from the replica, everything else from the primary."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver

from merchants.models import ApiKey, Merchant, User
from mypay import replica
from mypay.settings.environment import BASE_DIR
from mypay.urls import all as all_urls
from payouts.models import Payout


def _routes(patterns: list[Any], prefix: str = "") -> list[str]:
    found: list[str] = []
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found += _routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            found.append(route)
    return found


def test_marked_routes_are_the_lists_and_reports_of_the_portals() -> None:
    marked = {route for route in _routes(all_urls.urlpatterns) if replica.MARKED.match(route)}
    assert {
        "api/v1/admin/payouts",
        "api/portal/transactions/export/<str:format>",
        "api/admin/stats",
        "portal/payouts",
        "portal/history",
    } <= marked
    assert all(route.startswith(("api/portal/", "api/v1/portal/", "api/admin/", "api/v1/admin/", "portal/")) for route in marked)
    assert (
        not {"api/v1/payouts", "api/v1/balance", "portal/keys", "portal/payouts/new", "api/v1/portal/merchant/credentials", "portal/team"}
        & marked
    )


def test_only_what_happened_is_read_late_and_never_in_a_transaction(transactional_db: None) -> None:
    router = replica.Router()
    assert router.db_for_read(Payout) == "default"
    with replica.late_reads():
        assert router.db_for_read(Payout) == "replica"
        assert {router.db_for_read(model) for model in (Merchant, User, ApiKey)} == {"default"}
        assert router.db_for_write(Payout) == "default"
        with transaction.atomic():
            assert router.db_for_read(Payout) == "default"
    assert router.db_for_read(Payout) == "default"
    assert router.allow_migrate("default", "payouts") and not router.allow_migrate("replica", "payouts")


@pytest.mark.parametrize(
    ("method", "path", "late"),
    [("GET", "/api/v1/admin/payouts", True), ("POST", "/api/v1/admin/payouts", False), ("GET", "/api/v1/payouts", False)],
)
def test_middleware_marks_reads_of_marked_routes_alone(method: str, path: str, late: bool) -> None:
    from django.http import HttpResponse
    from django.urls import resolve

    seen: list[bool] = []

    def view(request: Any) -> HttpResponse:
        seen.append(replica._may_be_late.get())
        return HttpResponse("x")

    request = RequestFactory().generic(method, path)
    request.resolver_match = resolve(path, urlconf="mypay.urls.all")
    answered = replica.ReplicaMiddleware(lambda request: HttpResponse()).process_view(request, view, (), {})
    assert (answered is not None, seen) == (late, [True] if late else [])
    assert replica._may_be_late.get() is False


def test_with_a_replica_a_list_shows_its_rows_and_a_single_read_the_primarys(tmp_path: Path) -> None:
    """A copy of the database as replica, then a payout that only the primary has."""
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("DATABASE", "DJANGO"))},
        "MYPAY_VAR": str(tmp_path), "MYPAY_ENV": "test", "LOG_LEVEL": "critical", "DATABASE_URL": f"sqlite:///{tmp_path}/primary.sqlite3",
    }  # fmt: skip
    for command in (["migrate", "--verbosity", "0"], ["seed"]):
        subprocess.run([sys.executable, "manage.py", *command], cwd=BASE_DIR, env=env, check=True, capture_output=True)
    for suffix in ("", "-wal", "-shm"):
        if (tmp_path / f"primary.sqlite3{suffix}").exists():
            shutil.copy(tmp_path / f"primary.sqlite3{suffix}", tmp_path / f"replica.sqlite3{suffix}")
    code = """
import json, uuid
import django; django.setup()
from django.test import Client
from merchants.models import ApiKey
from merchants.services.issue_key import reveal_key
from mypay import demo
key = reveal_key(ApiKey.objects.filter(scope="payouts", is_active=True).order_by("pk").first()).key
body = {"merchantReference": "R1", "amount": "10.00", "destType": "BANK", "bankCode": "HBL", "accountNumber": "12345670001"}
client = Client()
json_body = {"content_type": "application/json"}
made = client.post("/api/v1/payouts", body, headers={"X-API-KEY": key, "X-Idempotency-Key": str(uuid.uuid4())}, **json_body).json()["data"]
login = {"email": demo.ADMIN_EMAIL, "password": demo.ADMIN_DEMO_PASSWORD}
token = client.post("/api/v1/admin/auth/login", login, **json_body).json()["token"]
listed = client.get("/api/v1/admin/payouts", headers={"Authorization": "Bearer " + token})
single = client.get("/api/v1/payouts/" + made["id"], headers={"X-API-KEY": key})
print(json.dumps([listed.status_code, made["id"] in listed.content.decode(), single.status_code]))
"""
    with_replica = {**env, "DJANGO_SETTINGS_MODULE": "mypay.settings"}
    told = []
    for url in ("", f"sqlite:///{tmp_path}/replica.sqlite3"):
        ran = subprocess.run(
            [sys.executable, "-c", code.replace('"R1"', f'"R{len(told)}"')],
            cwd=BASE_DIR,
            env={**with_replica, "DATABASE_REPLICA_URL": url},
            capture_output=True,
            text=True,
        )
        assert ran.returncode == 0, ran.stderr
        told.append(json.loads(ran.stdout.splitlines()[-1]))
    assert told == [[200, True, 200], [200, False, 200]]
