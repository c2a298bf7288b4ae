"""Every name of a setting in the documents is understood, or refused by name; the page says which."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mypay.settings import aliases
from mypay.settings.environment import BASE_DIR, VARIABLES

UNDERSTOOD = {name for variable in VARIABLES for name in (variable.name, *variable.aliases)}
UNDERSTOOD |= {name for name, _ in aliases.SERVICE_PORTS.values()} | set(aliases.DOMAINS)
# The names in the five documents, by the line that gives them (contracts of the platforms).
DOCUMENTS = {
    "mypay": "DB_HOST DB_PORT DB_USER DB_PASSWORD DB_NAME PAYOUT_API_PORT PAYMENT_API_PORT MERCHANT_PORTAL_PORT ADMIN_PORTAL_PORT "
    "WEBHOOK_SECRET JWT_SECRET JWT_EXPIRES_IN API_KEY_SECRET CHECKOUT_BASE_URL WEBHOOK_RETRY_ATTEMPTS WEBHOOK_RETRY_DELAY "
    "SANDBOX_DOMAIN DEVPORTAL_DOMAIN DEVADMIN_DOMAIN IPN_SECRET MYPAY_IPN_ALLOW_UNSIGNED",
    "payment-platform": "NODE_ENV APP_ENV PORT LOG_LEVEL DB_HOST DB_PORT DB_USERNAME DB_PASSWORD DB_DATABASE DB_SSL DB_POOL_MAX "
    "DB_POOL_MIN REDIS_HOST REDIS_PORT REDIS_PASSWORD REDIS_TLS "
    "JWT_SECRET JWT_EXPIRES_IN JWT_REFRESH_EXPIRES_IN ENCRYPTION_KEY PAYSTACK_SECRET_KEY "
    "FLUTTERWAVE_SECRET_KEY MINIO_ENDPOINT MINIO_PORT MINIO_ACCESS_KEY MINIO_SECRET_KEY MINIO_USE_SSL EMAIL_HOST EMAIL_PORT EMAIL_USER "
    "EMAIL_PASSWORD SMS_PROVIDER TWILIO_ACCOUNT_SID TWILIO_AUTH_TOKEN SENTRY_DSN CORS_ORIGIN THROTTLE_TTL THROTTLE_LIMIT "
    "MOCK_PROVIDERS_URL",
    "x402": "DATABASE_URL REDIS_URL ALLOWED_ORIGINS SOLANA_NETWORK SOLANA_RPC_URL JWT_SECRET PUBLIC_RATE_LIMIT AUTH_RATE_LIMIT "
    "VERIFY_RATE_LIMIT LOG_LEVEL ENABLE_METRICS",
    "lightspeedpay": "NEXT_PUBLIC_API_URL NEXT_PUBLIC_CHECKOUT_URL NEXT_PUBLIC_ENV DATABASE_URL JWT_SECRET NODE_ENV SUPABASE_URL "
    "SUPABASE_ANON_KEY REDIS_URL JOB_CONCURRENCY LOG_LEVEL DATABASE_REPLICA_URL ENCRYPTION_KEY",
    "mpesa-usdt": "KES_TO_USD_RATE USD_TO_KES_RATE CHAIN_CONFIRMATIONS RETRY_DELAY MAX_RETRY_ATTEMPTS MPESA_SHORTCODE "
    "MPESA_ENVIRONMENT MPESA_CONSUMER_KEY MPESA_PASSKEY MPESA_EXPRESS_SHORTCODE MPESA_INITIATOR_USERNAME "
    "MPESA_INITIATOR_SECURITY_CREDENTIAL",
}
NAMES = sorted({name for names in DOCUMENTS.values() for name in names.split()})


def _settings(tmp_path: Path, **given: str) -> dict[str, Any]:
    """What the settings become under an environment."""
    code = (
        "import json; from mypay.settings import environment as e; from mypay.settings import DATABASES\n"
        "print(json.dumps({'problems': e.PROBLEMS, 'redis': e.REDIS_URL, 'broker': e.BROKER_URL, 'email': e.EMAIL_URL, 'port': e.PORT,"
        " 'hosts': e.ALLOWED_HOSTS, 'cors': e.CORS_ORIGIN, 'metrics': e.METRICS_ENABLED, 'jobs': e.JOB_CONCURRENCY, 'env': e.MYPAY_ENV,"
        " 'database': {k: str(v) for k, v in DATABASES['default'].items()}}))"
    )
    env = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = [sys.executable, "-c", f"import sys; sys.argv = ['manage.py', 'doctor']\n{code}"]
    done = subprocess.run(
        command, cwd=BASE_DIR, env={**env, "MYPAY_VAR": str(tmp_path), **given}, capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_name_of_the_documents_is_understood_or_refused(name: str) -> None:
    assert (name in UNDERSTOOD) + bool(aliases.advice_for(name)) + (name in aliases.WITHOUT_EFFECT) == 1, name


def test_all_refused_names_are_told_at_once_with_what_to_use(tmp_path: Path) -> None:
    refused = [*aliases.REFUSED, *(f"{start}ANY_NAME" for start in aliases.REFUSED_FAMILIES)]
    found = _settings(tmp_path, **dict.fromkeys(refused, "x"), **dict.fromkeys(aliases.WITHOUT_EFFECT, "x"))
    assert found["problems"] == [f"{name} is not read here: {aliases.advice_for(name)}." for name in sorted(refused)]
    for line in found["problems"]:
        for used in re.findall(r"use ([A-Z_]{6,})", line):
            assert used in UNDERSTOOD, line


def test_refused_name_stops_the_start(tmp_path: Path) -> None:
    env = {"PATH": os.environ["PATH"], "MYPAY_VAR": str(tmp_path), "ENCRYPTION_KEY": "x" * 32}
    done = subprocess.run([sys.executable, "manage.py", "check"], cwd=BASE_DIR, env=env, capture_output=True, text=True)
    assert done.returncode != 0 and "- ENCRYPTION_KEY is not read here: use ENCRYPTION_KEYS" in done.stderr


def test_parts_make_the_urls(tmp_path: Path) -> None:
    found = _settings(
        tmp_path, REDIS_HOST="cache", REDIS_PORT="6380", REDIS_PASSWORD="p@ss/1", REDIS_TLS="true",
        EMAIL_HOST="mail", EMAIL_PORT="465", EMAIL_USER="a@b.test", EMAIL_PASSWORD="p:w",
        DB_HOST="db", DB_USERNAME="me", DB_PASSWORD="s@c", DB_DATABASE="pay",
    )  # fmt: skip
    assert found["redis"] == found["broker"] == "rediss://:p%40ss%2F1@cache:6380/0"
    assert found["email"] == "smtp+ssl://a%40b.test:p%3Aw@mail:465"
    database = found["database"]
    assert (database["HOST"], database["USER"], database["PASSWORD"], database["NAME"]) == ("db", "me", "s@c", "pay")


def test_aliases_count_and_our_own_name_wins(tmp_path: Path) -> None:
    found = _settings(
        tmp_path, ALLOWED_ORIGINS="https://a.test", ENABLE_METRICS="false", JOB_CONCURRENCY="7", NODE_ENV="test",
        MYPAY_SERVICE="payout-api", PAYOUT_API_PORT="4101", SANDBOX_DOMAIN="sandbox.a.test", DEVADMIN_DOMAIN="admin.a.test",
    )  # fmt: skip
    assert (found["cors"], found["metrics"], found["jobs"], found["env"]) == (["https://a.test"], False, 7, "test")
    assert found["port"] == 4101 and found["hosts"] == ["sandbox.a.test", "admin.a.test"] and found["problems"] == []
    both = _settings(tmp_path, ALLOWED_ORIGINS="https://a.test", CORS_ORIGIN="https://b.test", REDIS_URL="redis://x/1", REDIS_HOST="y")
    assert both["cors"] == ["https://b.test"] and both["redis"] == "redis://x/1"
    for service, (_, port) in aliases.SERVICE_PORTS.items():
        assert _settings(tmp_path, MYPAY_SERVICE=service)["port"] == port


def test_settings_from_files(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("from-a-file\n")
    found = _settings(tmp_path, REDIS_HOST="cache", REDIS_PASSWORD_FILE=str(tmp_path / "password"))
    assert found["redis"] == "redis://:from-a-file@cache:6379/0"
    missing = _settings(tmp_path, REDIS_HOST="cache", REDIS_PASSWORD_FILE="/nowhere/x")
    assert any(problem.startswith("REDIS_PASSWORD_FILE cannot be read") for problem in missing["problems"])


def test_page_has_every_name() -> None:
    page = (BASE_DIR / "docs" / "configuration.md").read_text()
    families = tuple(aliases.REFUSED_FAMILIES)
    for name in {*NAMES, *aliases.REFUSED, *aliases.WITHOUT_EFFECT}:
        assert f"`{name}`" in page or name.startswith(families), name
    assert all(f"`{start}*`" in page for start in families)
