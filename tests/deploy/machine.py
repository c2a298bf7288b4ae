"""A machine of its own for a deployment: a prefix, MariaDB, Redis, nginx and ports that nobody else uses."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.ports import free_ports, is_free

ROOT = Path(__file__).resolve().parent.parent.parent
DOMAIN = "example.test"
TOOLS = ("nginx", "mariadbd", "mariadb", "mariadb-dump", "mariadb-binlog", "mariadb-install-db", "redis-server", "curl", "openssl", "ss")
_BACKUP_GRANTS = "RELOAD, PROCESS, BINLOG MONITOR, REPLICATION SLAVE, REPLICATION MASTER ADMIN"


def missing_tools() -> list[str]:
    """What the drill needs and this machine lacks."""
    return [tool for tool in TOOLS if shutil.which(tool, path=f"{os.environ['PATH']}:/usr/sbin:/sbin") is None]


def copy_of_the_source(to: Path) -> Path:
    """The working tree as it is now, so that a drill is not disturbed by its editing."""
    listed = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True)
    for name in listed.stdout.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to / name)
    return to


@dataclass
class Database:
    """One MariaDB server in a folder of its own."""

    folder: Path
    port: int
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def socket(self) -> Path:
        return self.folder / "db.sock"

    def start(self) -> "Database":
        data = self.folder / "data"
        if not data.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            command = [
                "mariadb-install-db",
                "--no-defaults",
                "--user=root",
                f"--datadir={data}",
                "--auth-root-authentication-method=normal",
            ]
            subprocess.run(command, check=True, capture_output=True)
        log = (self.folder / "log").open("ab")
        options = [
            f"--datadir={data}",
            f"--socket={self.socket}",
            f"--port={self.port}",
            f"--pid-file={self.folder / 'pid'}",
            "--bind-address=127.0.0.1",
            "--user=root",
            "--log-bin=mysql-bin",
            "--binlog-format=ROW",
            "--server-id=1",
            "--innodb-buffer-pool-size=64M",
        ]
        self.process = subprocess.Popen(["mariadbd", "--no-defaults", *options], stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.sql("SELECT 1", check=False) == "1":
                return self
            time.sleep(0.2)
        raise AssertionError((self.folder / "log").read_text()[-2000:])

    def sql(self, text: str, database: str = "", check: bool = True) -> str:
        """One statement as root; the rows as text."""
        command = ["mariadb", "--no-defaults", f"--socket={self.socket}", "-uroot", "--batch", "--skip-column-names", "-e", text, database]
        done = subprocess.run([part for part in command if part], capture_output=True, text=True, check=False)
        if check:
            assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)


@dataclass
class Machine:
    """Where MyPay is deployed: `run` calls one of deploy's scripts."""

    prefix: Path
    source: Path
    database: Database
    ports: dict[str, int]
    redis: "subprocess.Popen[bytes] | None" = None
    overrides: dict[str, str] = field(default_factory=dict)

    def start(self) -> "Machine":
        self.database.start()
        self.prefix.mkdir(parents=True, exist_ok=True)
        self.redis = subprocess.Popen(
            ["redis-server", "--port", str(self.ports["redis"]), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.prefix)],
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.run("make-env.sh", "--domain", DOMAIN)
        self.set(
            DB_PORT=str(self.database.port),
            REDIS_URL=f"redis://127.0.0.1:{self.ports['redis']}/0",
            **{f"{name.upper()}_PORT": str(self.ports[name]) for name in self.ports if name != "redis"},
            NGINX_LOGS=f"{self.prefix}/logs/nginx",
            NGINX_USER="root",
            SERVICES="payout-api,payment-api,ipn,merchant-portal,admin-portal,mock-providers",
            **self.overrides,
        )
        settings = self.settings()
        self.database.sql("CREATE DATABASE mypay CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
        for user, rights in (("DB", "ALL"), ("BACKUP_DB", "SELECT, SHOW VIEW, TRIGGER, EVENT, LOCK TABLES")):
            account = f"'{settings[f'{user}_USER']}'@'127.0.0.1'"
            self.database.sql(f"CREATE USER {account} IDENTIFIED BY '{settings[f'{user}_PASSWORD']}'")
            self.database.sql(f"GRANT {rights} ON mypay.* TO {account}")
        self.database.sql(f"GRANT {_BACKUP_GRANTS} ON *.* TO '{settings['BACKUP_DB_USER']}'@'127.0.0.1'")
        return self

    def set(self, **values: str) -> None:
        """Add lines to the configuration; the last of a name counts."""
        with (self.prefix / ".env.production").open("a") as file:
            file.writelines(f"{name}={value}\n" for name, value in values.items())

    def settings(self) -> dict[str, str]:
        lines = (self.prefix / ".env.production").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))

    def run(self, script: str, *options: str, check: bool = True, **env: str) -> "subprocess.CompletedProcess[str]":
        """One of deploy's scripts, not interactive."""
        command = [str(self.source / "deploy" / script), "--prefix", str(self.prefix), *options]
        kept = {"PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin", "HOME": str(self.prefix), "MYPAY_SUPERVISOR": "runner", **env}
        done = subprocess.run(
            command, env=kept, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, cwd=self.prefix, timeout=600
        )
        assert not check or done.returncode == 0, f"{script} {options}: {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done

    def deploy(self, release: str, *options: str, source: Path | None = None, check: bool = True) -> "subprocess.CompletedProcess[str]":
        return self.run(
            "deploy-production.sh", "--release", release, "--source", str(source or self.source), "--venv", sys.prefix, "--no-install",
            "--user", "root", "--own-nginx", "--no-check", "--json", *options, check=check,
        )  # fmt: skip

    def manage(self, *command: str) -> str:
        """A management command of the running release, under its configuration."""
        slot = self.prefix / "slots" / (self.prefix / "run/slot").read_text().strip()
        python = str(self.prefix / "current/.venv/bin/python")
        runner = str(self.prefix / "current/deploy/runner.py")
        place = ["--prefix", str(self.prefix), "--release", str(self.prefix / "current"), "--env", str(slot / "env")]
        done = subprocess.run([python, "-I", runner, "exec", *place, "--", python, "manage.py", *command], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def new_merchant(self, rupees: int = 100_000) -> dict[str, str]:
        email = f"{uuid.uuid4().hex}@example.test"
        made: dict[str, str] = json.loads(
            self.manage("create_merchant", "--email", email, "--name", "Drill", "--balance", str(rupees), "--json")
        )
        return made

    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.prefix / "run/status.json").read_text())["processes"]
        return found

    def kill(self, name: str) -> None:
        """SIGKILL for a process and all it forked."""
        key = f"{name}@{(self.prefix / 'run/slot').read_text().strip()}"
        os.killpg(self.status()[key]["pid"], signal.SIGKILL)

    def curl(self, label: str, path: str, *options: str) -> str:
        """nginx's answer, headers included, asked by the host's name."""
        host, port = f"{label}.{DOMAIN}", self.ports["https"]
        resolve = f"{host}:{port}:127.0.0.1"
        command = ["curl", "-sik", "--http1.1", "--max-time", "20", "--resolve", resolve, *options, f"https://{host}:{port}{path}"]
        return subprocess.run(command, capture_output=True, text=True).stdout

    def stop(self) -> None:
        for name in ("nginx", "runner"):
            file = self.prefix / "run" / f"{name}.pid"
            if file.exists():
                pid = int(file.read_text())
                os.kill(pid, signal.SIGTERM)
                deadline = time.monotonic() + 90
                while time.monotonic() < deadline and Path(f"/proc/{pid}").exists():
                    time.sleep(0.2)
        if self.redis is not None:
            self.redis.terminate()
        self.database.stop()


def new_machine(folder: Path, **overrides: str) -> Machine:
    """A machine in that folder, its servers started."""
    names = ("redis", "http", "https", "payout_api", "payment_api", "ipn", "merchant_portal", "admin_portal", "mock_providers")
    first, *rest = free_ports(len(names) + 1)
    ports = dict(zip(names, rest, strict=True))
    # The second nodes' ports: one step from the first, all of them free as well.
    overrides.setdefault("NODE_PORT_STEP", str(_step(list(rest))))
    source = copy_of_the_source(folder / "source")
    return Machine(folder / "prefix", source, Database(folder / "database", first), ports, overrides=overrides).start()


def _step(ports: list[int]) -> int:
    for step in range(1, 500):
        if not any(port + step in ports for port in ports) and all(is_free(port + step) for port in ports):
            return step
    raise AssertionError("no free ports")
