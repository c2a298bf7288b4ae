"""Docker mode, as far as a machine without an engine goes: which commands are given, in which order.

A stub takes docker's place; that the containers themselves work is not shown here.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.deploy.machine import ROOT

pytestmark = pytest.mark.deploy
_STUB = """#!/bin/sh
echo "$*" >> "$STUB_LOG"
case "$*" in
    *"config --services"*) printf 'mysql\\nredis\\nmigrate\\npayout-api\\npayment-api\\nworker\\nnginx\\n' ;;
    *"ps --status running --services"*) echo mysql ;;
    *"ps --format"*) echo "running healthy" ;;
    *"exec"*"mysqldump"*"-data="*) exit 1 ;;
    *"exec"*"mysqldump"*) printf 'CREATE TABLE x (id int);\\n-- Dump completed on now\\n' ;;
    *"exec"*"mysql "*"--init-command"*) cat > /dev/null ;;
    *"exec"*"mysql "*"@@log_bin"*) echo 1 ;;
    *"exec"*"mysql "*"COUNT(*) FROM payouts_payout"*) echo 0 ;;
    *"exec"*"mysql "*"COUNT(*)"*) echo 60 ;;
    *"exec"*"mysql "*) echo 1 ;;
    *"manage.py doctor --json"*) echo '{"ok": true, "findings": []}' ;;
    *"info --format"*) echo / ;;
esac
"""


class Docker:
    """A prefix, and a stub that writes down what docker was told."""

    def __init__(self, folder: Path) -> None:
        self.prefix, self.log = folder / "prefix", folder / "log"
        stub = folder / "bin/docker"
        stub.parent.mkdir()
        stub.write_text(_STUB)
        stub.chmod(0o755)
        path = f"{stub.parent}:{os.environ['PATH']}:/usr/sbin:/sbin"
        self.env = {"PATH": path, "HOME": str(folder), "STUB_LOG": str(self.log)}
        assert self.run("make-env.sh", "--domain", "example.test").returncode == 0

    def run(self, script: str, *options: str) -> "subprocess.CompletedProcess[str]":
        command = [str(ROOT / "deploy" / script), "--prefix", str(self.prefix), "--mode", "docker", *options]
        return subprocess.run(command, env=self.env, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)

    def told(self) -> list[str]:
        """What docker compose was told since the last question, without the files' names."""
        lines = [line.partition(".env.production ")[2] or line for line in self.log.read_text().splitlines()]
        self.log.write_text("")
        return lines


@pytest.fixture
def docker(tmp_path: Path) -> Docker:
    if os.geteuid() != 0:
        pytest.skip("needs root")
    return Docker(tmp_path)


def _deploy(docker: Docker, release: str) -> "subprocess.CompletedProcess[str]":
    return docker.run("deploy-production.sh", "--no-install", "--no-check", "--no-nginx", "--release", release, "--json")


def test_deploy_dumps_builds_migrates_and_starts_in_that_order(docker: Docker) -> None:
    done = _deploy(docker, "v1")
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads(done.stdout)
    assert said["ok"] and Path(said["dump"]).stat().st_size > 0
    told = docker.told()
    order = [
        next(i for i, line in enumerate(told) if text in line)
        for text in ("build", "mysqldump", "run --rm --no-deps -T migrate", "up --detach --wait --remove")
    ]
    assert order == sorted(order)
    password = dict(line.split("=", 1) for line in (docker.prefix / ".env.production").read_text().splitlines() if "=" in line)[
        "DB_PASSWORD"
    ]
    assert password not in "\n".join(told)


def test_rollback_starts_the_image_before_and_restore_stops_what_writes(docker: Docker) -> None:
    dump = ""
    for release in ("v1", "v2"):
        dump = json.loads(_deploy(docker, release).stdout)["dump"]
    docker.told()
    done = docker.run("rollback.sh", "--app", "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["release"] == "v1", done.stderr
    assert any("up --detach --wait --no-build" in line for line in docker.told())
    done = docker.run("restore.sh", dump, "--yes", "--skip-check", "--json")
    assert done.returncode == 0, done.stderr
    stopped = next(line for line in docker.told() if line.startswith("stop"))
    assert "payout-api" in stopped and "worker" in stopped and "mysql" not in stopped


def test_what_needs_the_binary_log_is_refused(docker: Docker) -> None:
    for command in (("backup.sh", "--pitr"), ("backup.sh", "--binlogs-only"), ("restore.sh", "--until", "2026-11-21T10:15:30")):
        refused = docker.run(*command)
        assert refused.returncode == 2 and "--mode native" in refused.stderr, command


def test_nightly_checks_the_books_and_prunes_in_a_container(docker: Docker) -> None:
    _deploy(docker, "v1")
    docker.told()
    said = json.loads(docker.run("nightly.sh", "--json").stdout)
    assert said["ok"] and [check["name"] for check in said["checks"]] == ["ledger", "audit", "prune"]
    told = "\n".join(docker.told())
    assert all(f"manage.py {command} " in told for command in ("check_ledger", "check_audit --seal", "prune"))


def test_health_check_asks_each_container(docker: Docker) -> None:
    _deploy(docker, "v1")
    said = json.loads(docker.run("health-check.sh", "--no-public", "--brief", "--json").stdout)
    assert said["ok"] and {"payout-api", "worker", "mysql", "database", "configuration"} <= {check["name"] for check in said["checks"]}
