"""The drill: this machine as the VPS, from the check before the first deploy to point-in-time recovery.

The tests follow one installation through its life and stand in that order.
"""

import json
import subprocess
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.deploy.load import Load
from tests.deploy.machine import DOMAIN, Database, Machine
from tests.ports import free_ports

pytestmark = [pytest.mark.deploy, pytest.mark.xdist_group("deploy")]
HOSTS = [f"{label}.{DOMAIN}" for label in ("sandbox", "devportal", "devadmin", "mock", "checkout")]


def _release(machine: Machine) -> str:
    return (machine.prefix / "current").resolve().name


def _is_clean(machine: Machine) -> bool:
    said = (machine.manage("check_ledger", "--json"), machine.manage("check_audit", "--seal", "--json"))
    return all(json.loads(one)["ok"] for one in said)


def _load(machine: Machine, *, again: bool = False) -> Load:
    return Load(machine.ports["https"], machine.new_merchant()["payouts_key"], again=again)


def _wait_for_ends(machine: Machine, ids: list[str]) -> None:
    wanted = ", ".join(f"'{one.replace('-', '')}'" for one in ids)
    query = f"SELECT COUNT(*) FROM payouts_payout WHERE REPLACE(id, '-', '') IN ({wanted}) AND status = 'SUCCESS'"
    deadline = time.monotonic() + 120
    while (ended := int(machine.database.sql(query, "mypay"))) < len(ids):
        assert time.monotonic() < deadline, f"{ended} of {len(ids)} payouts ended"
        time.sleep(0.5)


def _copy(machine: Machine, name: str) -> Path:
    copy = machine.source.parent / name
    subprocess.run(["cp", "-r", str(machine.source), str(copy)], check=True)
    return copy


def test_check_before_the_first_deploy_passes(machine: Machine) -> None:
    done = machine.run("pre-deploy-check.sh", "--offline", "--min-disk-gb", "1", "--json")
    assert json.loads(done.stdout)["failed"] == 0


def test_first_deploy_is_healthy_and_walks_the_critical_paths(machine: Machine) -> None:
    made = json.loads(machine.deploy("r1").stdout)
    assert made["ok"] and _release(machine) == "r1"
    health = json.loads(machine.run("health-check.sh", "--json").stdout)
    assert health["ok"] and {"payout-api-2", "worker-2", "beat", "public-checkout"} <= {check["name"] for check in health["checks"]}
    base = [f"https://{host}:{machine.ports['https']}" for host in HOSTS[:3]]
    smoke = machine.run(
        "smoke-test.sh", "--base", base[0], "--portal", base[1], "--admin", base[2],
        "--resolve", "127.0.0.1", "--insecure", "--make-merchant", "--json",
    )  # fmt: skip
    said = json.loads(smoke.stdout)
    assert said["ok"] and said["warnings"] == 0 and "payout-end" in {check["name"] for check in said["checks"]}


def test_second_release_and_the_way_back_refuse_no_request(machine: Machine) -> None:
    with _load(machine) as load:
        time.sleep(2)
        deployed = json.loads(machine.deploy("r2").stdout)
        assert _release(machine) == "r2"
        machine.run("rollback.sh", "--app", "--json")
        assert _release(machine) == "r1"
        machine.run("rollback.sh", "--app", "r2")
    assert load.failures == [] and load.reads > 100 and len(load.accepted) > 100
    assert Path(deployed["dump"]).stat().st_size > 10_000
    _wait_for_ends(machine, load.accepted)
    assert _is_clean(machine)


def test_release_that_does_not_start_leaves_the_one_before_in_service(machine: Machine) -> None:
    broken = _copy(machine, "broken")
    (broken / "mypay/wsgi.py").write_text("raise RuntimeError('broken on purpose')\n")
    machine.set(READY_SECONDS="8")
    with _load(machine) as load:
        done = machine.deploy("broken", source=broken, check=False)
    machine.set(READY_SECONDS="240")
    assert done.returncode == 1 and json.loads(done.stdout)["ok"] is False
    assert load.failures == [] and load.accepted and _release(machine) == "r2"
    machine.run("health-check.sh", "--brief")


def test_release_that_is_not_healthy_is_taken_back_by_itself(machine: Machine) -> None:
    ill = _copy(machine, "ill")
    views = ill / "payouts/api/views.py"
    views.write_text(views.read_text().replace('"healthy"', '"unwell"'))
    done = machine.deploy("ill", source=ill, check=False)
    assert done.returncode == 1 and "r2 serves again" in done.stderr, done.stderr[-2000:]
    assert _release(machine) == "r2"


def test_rollback_takes_migrations_and_configuration_back(machine: Machine) -> None:
    newer = _copy(machine, "newer")
    migrations = newer / "mypay/kit/migrations"
    last = sorted(file.stem for file in migrations.glob("0*.py"))[-1]
    (migrations / "9000_drill.py").write_text(
        "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n"
        f"    dependencies = [('kit', '{last}')]\n"
        "    operations = [migrations.RunSQL('CREATE TABLE drill (id int)', 'DROP TABLE drill')]\n"
    )
    before = (machine.prefix / ".env.production").read_text()
    machine.set(SWEEP_INTERVAL_MS="750")
    machine.deploy("r3", source=newer)
    assert machine.database.sql("SHOW TABLES LIKE 'drill'", "mypay") == "drill"
    with _load(machine) as load:
        machine.run("rollback.sh", "--reverse", "--yes")
        machine.run("rollback.sh", "--config", "r2")
    assert load.failures == [] and _release(machine) == "r2"
    assert machine.database.sql("SHOW TABLES LIKE 'drill'", "mypay") == ""
    assert (machine.prefix / ".env.production").read_text().count("SWEEP_INTERVAL_MS") == before.count("SWEEP_INTERVAL_MS")


def test_full_rollback_restores_the_dump_of_the_deploy(machine: Machine) -> None:
    merchants = machine.database.sql("SELECT COUNT(*) FROM merchants_merchant", "mypay")
    machine.deploy("r4")
    machine.new_merchant()
    assert machine.database.sql("SELECT COUNT(*) FROM merchants_merchant", "mypay") != merchants
    asked = machine.run("rollback.sh", "--full", check=False)
    assert asked.returncode == 1 and _release(machine) == "r4"  # nobody typed yes
    machine.run("rollback.sh", "--full", "--yes")
    assert _release(machine) == "r2" and machine.database.sql("SELECT COUNT(*) FROM merchants_merchant", "mypay") == merchants
    assert _is_clean(machine)
    machine.run("health-check.sh", "--brief")


def test_web_node_and_worker_killed_under_load_lose_nothing_accepted(machine: Machine) -> None:
    with _load(machine, again=True) as load:
        time.sleep(3)
        machine.kill("payout-api-1")
        machine.kill("worker-1")
        time.sleep(8)
    assert load.failures == []
    assert len(load.accepted) == len(set(load.accepted)) > 50
    _wait_for_ends(machine, load.accepted)
    assert _is_clean(machine)
    deadline = time.monotonic() + 60
    while machine.run("health-check.sh", "--brief", check=False).returncode and time.monotonic() < deadline:
        time.sleep(1)
    machine.run("health-check.sh", "--brief")
    assert sum(one["restarts"] for one in machine.status().values()) >= 2


def test_point_in_time_recovery_stops_between_two_payouts(machine: Machine, tmp_path: Path) -> None:
    machine.run("backup.sh", "--pitr")
    time.sleep(1.1)
    first = _payout(machine)
    _wait_for_ends(machine, [first])
    time.sleep(1.1)
    moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    time.sleep(1.1)
    second = _payout(machine)
    _wait_for_ends(machine, [second])
    machine.run("backup.sh", "--binlogs-only")
    elsewhere = Database(tmp_path / "second", free_ports(1)[0]).start()
    try:
        login = tmp_path / "login.cnf"
        login.write_text("[client]\nuser=root\npassword=\n")
        target = ("--host", "127.0.0.1", "--port", str(elsewhere.port), "--login", str(login), "--yes", "--json")
        done = json.loads(machine.run("restore.sh", "--until", moment, *target).stdout)
        assert done["ok"]  # check_ledger and check_audit found the restored database clean
        found = elsewhere.sql("SELECT REPLACE(id, '-', '') FROM payouts_payout", "mypay").split()
        assert first.replace("-", "") in found and second.replace("-", "") not in found
        again = machine.run("restore.sh", *target, check=False)
        assert again.returncode == 1 and "--replace" in again.stderr
        done = json.loads(machine.run("restore.sh", "--replace", *target).stdout)
        assert done["ok"] and done["until"] == ""
    finally:
        elsewhere.stop()


def _payout(machine: Machine) -> str:
    key = machine.new_merchant()["payouts_key"]
    body = {"merchantReference": uuid.uuid4().hex, "amount": "1.00", "destType": "BANK", "bankCode": "HBL"}
    body |= {"accountNumber": "1234567890", "accountTitle": "Drill"}
    headers = ("-H", f"X-API-KEY: {key}", "-H", f"X-IDEMPOTENCY-KEY: {uuid.uuid4()}")
    answer = machine.curl("sandbox", "/api/v1/payouts", *headers, "--json", json.dumps(body))
    made: str = json.loads(answer.split("\n\n", 1)[1])["data"]["id"]
    return made


def test_emergency_stops_everything_and_restart_is_refused_until_started(machine: Machine) -> None:
    machine.run("rollback.sh", "--emergency", "--yes")
    assert machine.status() == {}
    assert machine.run("health-check.sh", "--brief", check=False).returncode == 1
    answer = machine.curl("sandbox", "/health")
    assert answer.startswith("HTTP/1.1 503") and "UNAVAILABLE" in answer
    machine.run("rollback.sh", "--restart")
    machine.run("health-check.sh", "--brief")
