"""Probes: shapes, both states, draining (payment-platform section 7; x402 `/ready`; mypay section 0)."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from mypay import wellness
from mypay.settings import environment

HOSTS = ("testserver", "sandbox.mypay.test", "mock.mypay.test", "devportal.mypay.test", "devadmin.mypay.test")
PREFIXES = ("/api/health", "/api/v1/health")
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@pytest.fixture(autouse=True)
def asked_anew(settings: Any, tmp_path: Any) -> Iterator[None]:
    settings.VAR_DIR = tmp_path
    wellness.forget()
    yield
    wellness.forget()


def _get(path: str, host: str = "testserver") -> Any:
    return Client().get(path, headers={"host": host})


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("prefix", PREFIXES)
def test_liveness_touches_nothing_and_says_ok(host: str, prefix: str) -> None:
    response = _get(f"{prefix}/liveness", host)  # no database in this test: touching it would fail
    assert response.status_code == 200 and response["Cache-Control"] == "no-store"
    body = response.json()
    assert list(body) == ["status", "timestamp"] and body["status"] == "ok" and ISO.fullmatch(body["timestamp"])
    assert Client().head(f"{prefix}/liveness", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("path", ["/ready", *(f"{prefix}/readiness" for prefix in PREFIXES)])
def test_readiness_when_well_lists_what_is_up(db: None, host: str, path: str) -> None:
    response = _get(path, host)
    up = {"database": {"status": "up"}, "migrations": {"status": "up"}}
    assert (response.status_code, response.json()) == (200, {"status": "ok", "info": up, "error": {}, "details": up})


def test_readiness_without_the_database_is_503_and_names_it(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OperationalError(2002, "host db.internal refused")

    with monkeypatch.context() as patched:
        patched.setattr("django.db.backends.base.base.BaseDatabaseWrapper.cursor", lambda self, *a: fail())
        response = _get("/api/health/readiness")
    down = {"status": "down", "message": "The database does not answer"}
    assert response.status_code == 503 and response["Retry-After"] == "1"
    body = response.json()
    assert body["status"] == "error" and body["info"] == {} and body["error"]["database"] == down
    assert body["details"] == body["error"] and "db.internal" not in response.content.decode()


def test_readiness_with_a_migration_missing_is_503(db: None) -> None:
    from django.db.migrations.recorder import MigrationRecorder

    MigrationRecorder.Migration.objects.filter(app="kit").order_by("-pk")[:1].get().delete()
    response = _get("/ready")
    assert response.status_code == 503
    assert response.json()["error"] == {"migrations": {"status": "down", "message": "1 migrations are missing"}}
    assert response.json()["info"] == {"database": {"status": "up"}}


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "amqp://guest:guest@127.0.0.1:1//"])
def test_readiness_without_the_broker_is_503_unless_told_not_to_need_it(db: None, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setattr(environment, "BROKER_URL", url)
    response = _get("/ready")
    assert response.status_code == 503
    assert response.json()["error"] == {"broker": {"status": "down", "message": "It does not answer"}}
    monkeypatch.setattr(environment, "READINESS_CHECKS", ["database", "migrations"])
    wellness.forget()
    assert _get("/ready").status_code == 200


def test_readiness_while_draining_is_503_shutting_down_and_liveness_goes_on(db: None) -> None:
    wellness.drain()
    for path in ("/ready", "/api/health", "/api/health/readiness"):
        response = _get(path)
        assert (response.status_code, response.json()["status"], response.json()["error"]) == (503, "shutting_down", {})
    assert _get("/api/health/liveness").status_code == 200 and _get("/health").status_code == 200


def test_drain_file_takes_every_process_out_until_it_goes(db: None) -> None:
    wellness.drain_file().touch()
    assert _get("/ready").json()["status"] == "shutting_down"
    wellness.drain_file().unlink()
    assert _get("/ready").status_code == 200


@pytest.mark.parametrize(("host", "path"), [("testserver", "/api/health"), ("devportal.mypay.test", "/api/v1/health")])
def test_full_report_tells_what_is_degraded_and_stays_ready(db: None, monkeypatch: pytest.MonkeyPatch, host: str, path: str) -> None:
    monkeypatch.setattr(environment, "EMAIL_URL", "smtp://127.0.0.1:1")
    monkeypatch.setattr(wellness, "_LEAST_DISK_FREE", 2.0)
    monkeypatch.setattr(wellness, "_MOST_MEMORY_BYTES", 1)
    response = _get(path, host)
    assert response.status_code == 200
    body = response.json()
    degraded = {name for name, check in body["info"].items() if check["status"] == "degraded"}
    assert degraded >= {"disk", "memory"} and body["status"] == "ok" and body["error"] == {}
    assert set(body["info"]) == {"database", "migrations", "storage", "disk", "memory", "queue", "circuits", "smtp"}
    assert body["info"]["queue"] == {"status": "up"} and "MB" in body["info"]["memory"]["message"]


def test_full_report_tells_of_work_that_waits(api: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert api.payout().status_code == 201
    monkeypatch.setattr(wellness, "_OLDEST_SECONDS", -1.0)
    assert "payout" in _get("/api/health").json()["info"]["queue"]["message"]


def test_probes_are_asked_of_the_database_once_a_second(db: None, django_assert_num_queries: Any) -> None:
    assert _get("/ready").status_code == 200
    with django_assert_num_queries(0):
        assert _get("/ready").status_code == 200


def test_probes_answer_in_maintenance(db: None) -> None:
    from merchants.selectors import remember_config
    from merchants.states import CONFIG_DEFAULTS, ConfigKey

    remember_config({**CONFIG_DEFAULTS, ConfigKey.MAINTENANCE_MODE: "true"})
    for path in ("/health", "/ready", "/api/health", "/api/health/liveness", "/api/v1/health/readiness", "/metrics", "/api/metrics"):
        assert _get(path).status_code == 200, path
    remember_config({**CONFIG_DEFAULTS, ConfigKey.MAINTENANCE_MODE: "true"})
    assert _get("/api/v1/balance").status_code == 503
