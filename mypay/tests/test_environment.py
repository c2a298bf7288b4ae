"""Production refuses to start on a missing, short or default secret, by name (design section 4)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mypay.settings.environment import VARIABLES, new_secret

ROOT = Path(__file__).resolve().parent.parent.parent
SECRETS = [variable.name for variable in VARIABLES if variable.is_secret]
Env = dict[str, str]


@pytest.fixture
def production(tmp_path: Path) -> Env:
    """A whole production environment."""
    env = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {
        **env,
        "MYPAY_ENV": "production",
        "MYPAY_VAR": str(tmp_path),
        "ALLOWED_HOSTS": "pay.example.test",
        **{name: new_secret(name) for name in SECRETS},
    }


def _manage(env: Env, *command: str) -> "subprocess.CompletedProcess[str]":
    command = command or ("check",)
    return subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)


def _refusal(env: Env) -> str:
    """The lines of a refusal to start; an empty text if it starts."""
    done = _manage(env)
    assert "Traceback" not in done.stderr
    if done.returncode == 0:
        return ""
    assert done.stderr.startswith("MyPay cannot start with this configuration:\n")
    return done.stderr.split("\n", 1)[1].strip()


def test_production_with_everything_starts(production: Env) -> None:
    assert {"SECRET_KEY", "ENCRYPTION_KEYS", "WEBHOOK_SECRET", "IPN_SECRET"} <= set(SECRETS)
    assert _refusal(production) == ""


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "is missing: production needs it (python manage.py make_secrets)."),
        ("  ", "is missing: production needs it (python manage.py make_secrets)."),
        ("x1y2z3w4v5u6t7s8r9q0p1o2n3m4l5k", "is too short: at least 32 characters."),
        ("changeme-changeme-0123456789abcdef", "is a default or a pattern: make a random one (make_secrets)."),
        ("abab" * 16, "is a default or a pattern: make a random one (make_secrets)."),
    ],
)
def test_production_with_a_weak_secret_is_refused_by_its_name(production: Env, name: str, value: str | None, message: str) -> None:
    if value is None:
        del production[name]
    else:
        production[name] = value
    assert _refusal(production) == f"- {name} {message}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ADMIN_PASSWORD", "admin123456"),
        ("ADMIN_PASSWORD", "admin@@1234"),
        ("ADMIN_PASSWORD", "r4nd0m-sh0r"),
        ("DB_PASSWORD", ""),
        ("DB_PASSWORD", "change_me_please"),
        ("DB_PASSWORD", "mypay"),
    ],
)
def test_production_with_a_weak_password_is_refused_by_its_name(production: Env, name: str, value: str) -> None:
    pytest.importorskip("MySQLdb")
    good = {"ADMIN_PASSWORD": "kUqVgWYyH3cE", "DB_HOST": "127.0.0.1", "DB_PASSWORD": "vR8nZkq2"}
    assert _refusal({**production, **good}) == ""
    assert _refusal({**production, **good, name: value}).startswith(f"- {name} is ")


def test_production_tells_all_problems_at_once(production: Env) -> None:
    wrong = {**production, "SECRET_KEY": "", "IPN_SECRET": "short", "ALLOWED_HOSTS": "", "DEBUG": "true", "PORT": "x"}
    lines = _refusal(wrong).splitlines()
    assert {line.removeprefix("- ").split()[0] for line in lines} == {"SECRET_KEY", "IPN_SECRET", "ALLOWED_HOSTS", "DEBUG", "PORT"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MYPAY_ENV", "prod"),
        ("DEBUG", "maybe"),
        ("PAYOUT_RETRY_MS", "-1"),
        ("WEB_WORKERS", "0"),
        ("LEASE_SECONDS", "1.5"),
        ("DB_POOL_MAX", "1"),
        ("LOG_LEVEL", "loud"),
        ("PORT", "--5"),
        ("MYPAY_SERVICE", "payouts"),
        ("ENCRYPTION_KEYS", "q8Zr4t7w9y2B5e8H1kMnPqRsTuVwXyZ0aBcD"),
        ("SECRET_KEY_FILE", "/nowhere/secret"),
    ],
)
def test_start_with_a_bad_value_is_refused_by_its_name(production: Env, name: str, value: str) -> None:
    production.pop(name.removesuffix("_FILE"), None)
    assert name in _refusal({**production, name: value})


def test_secret_in_a_file_is_honoured(production: Env, tmp_path: Path) -> None:
    file = tmp_path / "secret.txt"
    file.write_text(f"{production.pop('SECRET_KEY')}\n")
    assert _refusal({**production, "SECRET_KEY_FILE": str(file)}) == ""
    file.write_text("short")
    assert _refusal({**production, "SECRET_KEY_FILE": str(file)}).startswith("- SECRET_KEY is too short")


def test_any_variable_in_a_file_is_honoured(production: Env, tmp_path: Path) -> None:
    file = tmp_path / "port.txt"
    file.write_text("not a port")
    assert "PORT must be a whole number" in _refusal({**production, "PORT_FILE": str(file)})


def test_development_makes_its_secrets_once_for_its_owner_only(production: Env, tmp_path: Path) -> None:
    env = {name: value for name, value in production.items() if name not in SECRETS}
    env["MYPAY_ENV"] = "development"
    assert _refusal(env) == ""
    kept = tmp_path / "secrets.env"
    first = kept.read_text()
    assert {line.split("=")[0] for line in first.splitlines()} == set(SECRETS)
    assert kept.stat().st_mode & 0o777 == 0o600
    assert _refusal(env) == "" and kept.read_text() == first


def test_doctor_and_make_secrets_work_without_a_configuration(production: Env, tmp_path: Path) -> None:
    broken = {**production, "SECRET_KEY": ""}
    made = _manage(broken, "make_secrets")
    assert made.returncode == 0 and [line.split("=")[0] for line in made.stdout.splitlines()] == SECRETS
    doctor = _manage(broken, "doctor")
    assert doctor.returncode == 1 and "- SECRET_KEY is missing" in doctor.stdout


def test_made_secrets_let_production_start(production: Env) -> None:
    made = dict(line.split("=", 1) for line in _manage(production, "make_secrets").stdout.splitlines())
    assert _refusal({**production, **made}) == ""
