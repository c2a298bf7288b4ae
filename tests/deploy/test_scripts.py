"""The scripts by themselves: their options, what they find, what they keep."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mypay.settings.environment import VARIABLES
from tests.deploy.machine import ROOT, Database, missing_tools
from tests.ports import free_ports

pytestmark = pytest.mark.deploy
DEPLOY = ROOT / "deploy"
SCRIPTS = ("pre-deploy-check.sh", "deploy-production.sh", "health-check.sh", "rollback.sh", "backup.sh", "restore.sh", "smoke-test.sh")
SECRETS = [variable.name for variable in VARIABLES if variable.is_secret]


def _run(script: str, *options: str, text: str | None = None) -> "subprocess.CompletedProcess[str]":
    env = {"PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin", "HOME": "/nonexistent", "MYPAY_SUPERVISOR": "runner"}
    return subprocess.run([str(DEPLOY / script), *options], capture_output=True, text=True, env=env, input=text or "", timeout=120)


@pytest.mark.parametrize("script", [*SCRIPTS, "nightly.sh", "make-env.sh", "nginx/render.sh"])
def test_script_explains_itself_and_refuses_unknown_options(script: str) -> None:
    explained = _run(script, "--help")
    assert explained.returncode == 0 and "usage:" in explained.stdout and "exit codes:" in explained.stdout and "--json" in explained.stdout
    for wrong in (["--no-such-option"], ["--prefix"], ["--mode", "cloud"]):
        refused = _run(script, *wrong)
        assert refused.returncode == 2 and "Traceback" not in refused.stderr, (wrong, refused)


def test_every_option_in_a_script_is_in_its_help() -> None:
    for script in SCRIPTS:
        source = (DEPLOY / script).read_text()
        explained = _run(script, "--help").stdout
        options = {
            option
            for line in source.splitlines()
            if line.startswith("        --")
            for option in line.split(")")[0].split()
            if option[:2] == "--"
        }
        assert options - {"--unlocked"} and all(option in explained for option in options - {"--unlocked"}), script


def test_made_configuration_starts_production_and_is_not_written_over(tmp_path: Path) -> None:
    pytest.importorskip("MySQLdb")
    assert _run("make-env.sh", "--prefix", str(tmp_path), "--domain", "example.test").returncode == 0
    made = tmp_path / ".env.production"
    assert made.stat().st_mode & 0o777 == 0o600
    values = _values(made)
    assert set(SECRETS) <= set(values) and "@" not in "".join(values.values())
    env = {"PATH": os.environ["PATH"], "MYPAY_VAR": str(tmp_path), **values}
    done = subprocess.run([sys.executable, "manage.py", "check"], cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    before = made.read_text()
    assert _run("make-env.sh", "--prefix", str(tmp_path), "--domain", "example.test").returncode == 1
    assert made.read_text() == before
    other = tmp_path / "other"
    assert _run("make-env.sh", "--prefix", str(other), "--domain", "example.test").returncode == 0
    again = _values(other / ".env.production")
    assert all(again[name] != values[name] for name in (*SECRETS, "DB_PASSWORD", "ADMIN_PASSWORD"))


def _values(file: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in file.read_text().splitlines() if "=" in line and line[0] != "#")


def test_check_reports_every_finding_at_once(tmp_path: Path) -> None:
    _run("make-env.sh", "--prefix", str(tmp_path), "--domain", "example.test")
    file = tmp_path / ".env.production"
    with file.open("a") as config:
        config.write("JWT_SECRET=short\nWEBHOOK_SECRET=\nIPN_SECRET=change-me-change-me-change-me-change-me\nDB_PASSWORD=\n")
    file.chmod(0o644)
    done = _run("pre-deploy-check.sh", "--prefix", str(tmp_path), "--offline", "--min-disk-gb", "1000000", "--json")
    said = json.loads(done.stdout)
    failed = {check["name"]: check["message"] for check in said["checks"] if check["status"] == "fail"}
    assert done.returncode == 1 and not said["ok"]
    assert {"disk", "env-mode", "JWT_SECRET", "WEBHOOK_SECRET", "IPN_SECRET", "DB_PASSWORD"} <= set(failed)
    assert "too short" in failed["JWT_SECRET"] and "missing" in failed["WEBHOOK_SECRET"] and "default" in failed["IPN_SECRET"]
    assert all(secret not in done.stdout + done.stderr for secret in _values(file).values() if len(secret) > 30 and "." not in secret)


def test_check_without_a_configuration_says_how_to_make_one(tmp_path: Path) -> None:
    done = _run("pre-deploy-check.sh", "--prefix", str(tmp_path), "--offline")
    assert done.returncode == 1 and "make-env.sh --domain" in done.stdout


def test_health_of_nothing_is_a_failure_with_a_report(tmp_path: Path) -> None:
    _run("make-env.sh", "--prefix", str(tmp_path), "--domain", "example.test")
    with (tmp_path / ".env.production").open("a") as config:
        config.write(f"DB_PORT={free_ports(1)[0]}\n")
    done = _run("health-check.sh", "--prefix", str(tmp_path), "--no-public", "--json")
    said = json.loads(done.stdout)
    assert done.returncode == 1 and {"processes", "database"} <= {check["name"] for check in said["checks"] if check["status"] == "fail"}


def test_menu_cancels_and_stopping_wants_a_typed_yes(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root")
    cancelled = _run("rollback.sh", "--prefix", str(tmp_path), text="5\n")
    assert cancelled.returncode == 0 and "nothing was changed" in cancelled.stdout
    refused = _run("rollback.sh", "--prefix", str(tmp_path), "--emergency", text="y\n")
    assert refused.returncode == 1 and "not confirmed" in refused.stderr


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    if {"mariadbd", "mariadb-dump", "mariadb-install-db"} & set(missing_tools()) or os.geteuid() != 0:
        pytest.skip("needs MariaDB and root")
    made = Database(Path(tmp_path_factory.mktemp("db")), free_ports(1)[0]).start()
    made.sql("CREATE DATABASE mypay; CREATE TABLE mypay.things (name varchar(20)); INSERT INTO mypay.things VALUES ('kept')")
    made.sql("CREATE USER mypay@'127.0.0.1' IDENTIFIED BY 'it''s \"quoted\" \\\\ here'; GRANT ALL ON *.* TO mypay@'127.0.0.1'")
    yield made
    made.stop()


@pytest.fixture
def prefix(database: Database, tmp_path: Path) -> Path:
    password = 'it\'s "quoted" \\ here'
    (tmp_path / ".env.production").write_text(
        f"DB_HOST=127.0.0.1\nDB_PORT={database.port}\nDB_USER=mypay\nDB_NAME=mypay\nDB_PASSWORD={password}\n"
    )
    return tmp_path


def _old_dumps(folder: Path, count: int, days_apart: int = 1) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for age in range(days_apart, days_apart * (count + 1), days_apart):
        name = f"mysql-backup-{datetime.now(UTC) - timedelta(days=age):%Y%m%d}-021700.sql.gz"
        for part in ("", ".json", ".sha256"):
            (folder / f"{name}{part}").write_text("old")


def test_dump_is_whole_private_and_the_last_five_are_kept(prefix: Path) -> None:
    _old_dumps(prefix / "backups", 8)
    done = _run("backup.sh", "--prefix", str(prefix), "--json")
    assert done.returncode == 0, done.stderr
    dump = Path(json.loads(done.stdout)["dump"])
    assert dump.stat().st_mode & 0o777 == 0o600
    text = subprocess.run(["gzip", "-dc", str(dump)], capture_output=True, text=True, check=True).stdout
    assert "'kept'" in text and "-- Dump completed" in text
    assert len(list((prefix / "backups").glob("*.sql.gz"))) == 5 and len(list((prefix / "backups").glob("*.sha256"))) == 5
    listed = json.loads(_run("backup.sh", "--prefix", str(prefix), "--list", "--json").stdout)
    assert len(listed["dumps"]) == 5


def test_scheduled_dumps_are_kept_seven_four_and_twelve(prefix: Path) -> None:
    backups = prefix / "backups"
    for folder, count, days_apart in (("daily", 9, 1), ("weekly", 6, 7), ("monthly", 14, 31)):
        _old_dumps(backups / folder, count, days_apart)
    for _ in range(2):
        done = _run("backup.sh", "--prefix", str(prefix), "--scheduled")
        assert done.returncode == 0, done.stderr
    kept = {folder: sorted(file.name for file in (backups / folder).glob("*.sql.gz")) for folder in ("daily", "weekly", "monthly")}
    assert [len(names) for names in kept.values()] == [7, 4, 12]
    shutil.rmtree(backups)
    for _ in range(2):
        _run("backup.sh", "--prefix", str(prefix), "--scheduled")
    assert [len(list((backups / folder).glob("*.sql.gz"))) for folder in ("daily", "weekly", "monthly")] == [2, 1, 1]


def test_dump_that_fails_leaves_none_and_says_why(prefix: Path) -> None:
    with (prefix / ".env.production").open("a") as config:
        config.write("DB_PASSWORD=wrong\n")
    done = _run("backup.sh", "--prefix", str(prefix), "--json")
    assert done.returncode == 1 and json.loads(done.stdout)["ok"] is False and "Access denied" in done.stdout
    assert not list((prefix / "backups").glob("*.gz"))


def test_restore_refuses_a_changed_dump_and_a_database_with_tables(prefix: Path, database: Database) -> None:
    dump = Path(json.loads(_run("backup.sh", "--prefix", str(prefix), "--json").stdout)["dump"])
    target = ("--prefix", str(prefix), "--database", "elsewhere", "--skip-check", str(dump))
    assert _run("restore.sh", *target).returncode == 0
    assert database.sql("SELECT name FROM things", "elsewhere") == "kept"
    refused = _run("restore.sh", *target)
    assert refused.returncode == 1 and "--replace" in refused.stderr
    database.sql("DELETE FROM things", "elsewhere")
    assert _run("restore.sh", *target, "--replace", "--yes").returncode == 0
    assert database.sql("SELECT name FROM things", "elsewhere") == "kept"
    dump.write_bytes(dump.read_bytes()[:-20])
    assert "is not what was dumped" in _run("restore.sh", *target, "--replace", "--yes").stderr
    assert database.sql("SELECT name FROM things", "elsewhere") == "kept"


def test_restore_until_a_time_without_a_dump_from_before_is_refused(prefix: Path) -> None:
    _run("backup.sh", "--prefix", str(prefix), "--pitr")
    refused = _run("restore.sh", "--prefix", str(prefix), "--until", "2020-01-01T00:00:00", "--database", "elsewhere", "--yes")
    assert refused.returncode == 1 and "no fitting dump" in refused.stderr
    assert _run("restore.sh", "--prefix", str(prefix), "--until", "yesterdayish").returncode == 2


def test_systemd_units_are_well_formed(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    each = f'for name in payout-api-1 worker-1 sweep-1; do SYSTEMD_DIR={tmp_path} render_units "$name"; done'
    script = f". {DEPLOY}/lib.sh; PREFIX=/opt/mypay; {each}"
    subprocess.run(["bash", "-c", script], check=True)
    # systemd refuses a socket whose service runs already: each names one of its own, which nothing starts before it.
    assert "Service=mypay-hold@payout-api-1.service" in (tmp_path / "mypay-payout-api-1.socket").read_text()
    for unit in ("backup", "binlogs", "health", "nightly"):
        text = (DEPLOY / f"systemd/mypay-{unit}.service.template").read_text()
        text = text.replace("@PREFIX@", "/opt/mypay").replace("@MODE@", "native").replace("@PITR@", "")
        (tmp_path / f"mypay-{unit}.service").write_text(re.sub(r"@DEPLOY@/[\w-]+\.sh", "/bin/true", text))
    for file in (*DEPLOY.glob("systemd/*.timer"), DEPLOY / "systemd/mypay-hold@.service"):
        shutil.copy(file, tmp_path)
    units = [str(path) for path in tmp_path.iterdir() if "@" not in path.name] + [str(tmp_path / "mypay-payout-api-1@.service")]
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True)
    wrong = [line for line in done.stderr.splitlines() if str(tmp_path) in line or "mypay" in line]
    assert not wrong, done.stderr
