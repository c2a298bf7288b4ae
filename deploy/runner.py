"""The process runner: what systemd does, on a machine without it. Standard library only.

    runner.py run --prefix DIR      keep the processes of DIR/run/wanted running (SIGHUP: read it again)
    runner.py start --prefix DIR NAME SLOT    become one process: what systemd's units call too
    runner.py exec --prefix DIR --release DIR --env FILE -- COMMAND    run a command as a process would be run

DIR/run/wanted has one process a line, `NAME SLOT`: `payout-api-1 a`, `worker-2 b`, `beat a`, `sweep a`. A slot is
DIR/slots/SLOT with two links, `release` and `env`. The runner holds the listening sockets and hands them to the
web processes as systemd does (LISTEN_FDS), so two releases can listen on one port while the newer takes over, and
connections wait while a process that died is started again. It writes DIR/run/NAME@SLOT.pid and DIR/run/status.json.
SIGTERM stops all. A process asked to end has STOP_SECONDS before it is killed.
"""

import argparse
import contextlib
import json
import os
import pwd
import re
import signal
import socket
import time
from dataclasses import dataclass, field
from pathlib import Path

PORTS = {"payout-api": 4001, "payment-api": 4002, "ipn": 4003, "merchant-portal": 4010, "admin-portal": 4011, "mock-providers": 3001}
STOP_SECONDS = 60
_LONGEST_PAUSE = 10.0
_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_]\w*)=(.*)", re.ASCII)
_WATCHED = {signal.SIGHUP, signal.SIGTERM, signal.SIGINT, signal.SIGCHLD}


def read_env(path: Path) -> dict[str, str]:
    """NAME=value lines, taken literally; one pair of quotes around a value is taken off."""
    found = {}
    for line in path.read_text().splitlines():
        match = _LINE.fullmatch(line)
        if match:
            value = match[2]
            if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
                value = value[1:-1]
            found[match[1]] = value
    return found


def environment(prefix: Path, env_file: Path) -> dict[str, str]:
    """A clean environment: the configuration, and of the caller's only what a program needs to run."""
    kept = {
        name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TZ", "NOTIFY_SOCKET", "LISTEN_FDS", "LISTEN_PID") if name in os.environ
    }
    defaults = {"MYPAY_VAR": str(prefix / "var"), "PYTHONUNBUFFERED": "1"}
    return {**kept, **defaults, **read_env(env_file)}


def service_of(name: str) -> tuple[str, int]:
    """`payout-api-2` is (`payout-api`, 2)."""
    service, _, number = name.rpartition("-")
    return (service, int(number)) if number.isdigit() else (name, 1)


def port_of(name: str, env: dict[str, str]) -> int:
    """The port a web process listens on: PAYOUT_API_PORT and so on, each further node NODE_PORT_STEP (100) higher."""
    service, node = service_of(name)
    return int(env.get(f"{service.upper().replace('-', '_')}_PORT") or PORTS[service]) + int(env.get("NODE_PORT_STEP") or 100) * (node - 1)


def is_web(name: str) -> bool:
    """Whether the process serves HTTP."""
    return service_of(name)[0] in PORTS


def command(name: str, slot: str, prefix: Path, release: Path, env: dict[str, str]) -> list[str]:
    """What to run for a process, and its own part of the environment (put into `env`)."""
    python = str(release / ".venv" / "bin" / "python")
    kind, _number = service_of(name)
    sandbox = env.get("SANDBOX_DOMAIN", "localhost")
    env.setdefault("CHECKOUT_BASE_URL", f"https://{env.get('CHECKOUT_DOMAIN') or sandbox}/payment")
    env.setdefault("VENDORS_BASE_URL", f"https://{sandbox}")
    if is_web(name):
        env.update(
            MYPAY_SERVICE=kind,
            HOST="127.0.0.1",
            PORT=str(port_of(name, env)),
            MYPAY_PROBE_SOCKET=str(prefix / "run" / f"{name}@{slot}.sock"),
        )
        return [python, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "mypay.wsgi"]
    if kind == "worker":
        threads = env.get("WORKER_CONCURRENCY") or "2"
        return [
            python,
            "-m",
            "celery",
            "-A",
            "mypay",
            "worker",
            "-c",
            threads,
            "-n",
            f"{name}-{slot}@%h",
            "--without-gossip",
            "--without-mingle",
        ]
    if kind == "beat":
        return [python, "-m", "celery", "-A", "mypay", "beat", "-s", str(prefix / "run" / f"beat-schedule-{slot}"), "--pidfile="]
    if kind == "sweep":
        return [python, "manage.py", "work"]
    raise SystemExit(f"runner: {name!r} is no process of MyPay")


def become(name: str, slot: str, prefix: Path) -> None:
    """Turn into the process; LISTEN_PID is ours since exec keeps the process's number."""
    place = prefix / "slots" / slot
    release = (place / "release").resolve(strict=True)
    env = environment(prefix, (place / "env").resolve(strict=True))
    env["MYPAY_RELEASE"] = release.name
    static = release / "static"
    if static.is_dir():
        env["MYPAY_STATIC"] = str(static)
    argv = command(name, slot, prefix, release, env)
    os.chdir(release)
    os.execve(argv[0], argv, env)


@dataclass
class Process:
    """One process that ought to run, or to end."""

    name: str
    slot: str
    pid: int = 0
    started: float = 0.0
    next_start: float = 0.0
    pause: float = 0.5
    restarts: int = 0
    kill_at: float = 0.0
    is_wanted_again: bool = False

    @property
    def key(self) -> str:
        return f"{self.name}@{self.slot}"


@dataclass
class Runner:
    """Keeps the wanted processes running, and no others."""

    prefix: Path
    user: str = ""
    processes: dict[str, Process] = field(default_factory=dict)
    sockets: dict[int, socket.socket] = field(default_factory=dict)
    is_stopping: bool = False

    @property
    def run_dir(self) -> Path:
        return self.prefix / "run"

    def run(self) -> None:
        """Until SIGTERM."""
        signal.pthread_sigmask(signal.SIG_BLOCK, _WATCHED)
        self._end_orphans()
        (self.run_dir / "runner.pid").write_text(f"{os.getpid()}\n")
        self._read_wanted()
        while not (self.is_stopping and not self.processes):
            self._start_due()
            self._write_status()
            received = signal.sigtimedwait(_WATCHED, 0.25)
            if received is not None and received.si_signo == signal.SIGHUP:
                self._read_wanted()
            elif received is not None and received.si_signo in (signal.SIGTERM, signal.SIGINT):
                self.is_stopping = True
                for process in self.processes.values():
                    self._ask_to_end(process)
            self._reap()
            self._kill_late()
        self._write_status()
        (self.run_dir / "runner.pid").unlink(missing_ok=True)

    def _read_wanted(self) -> None:
        wanted: dict[str, Process] = {}
        for line in (self.run_dir / "wanted").read_text().splitlines():
            if line.strip():
                name, slot = line.split()
                wanted[f"{name}@{slot}"] = Process(name, slot)
        for key, process in self.processes.items():
            if key not in wanted:
                self._ask_to_end(process)
        for key, process in wanted.items():
            known = self.processes.get(key)
            if known is None:
                self.processes[key] = process
            elif known.kill_at:  # asked to end a moment ago and wanted again: starts once it has ended
                known.is_wanted_again = True
        self.processes = {key: process for key, process in self.processes.items() if process.pid or key in wanted}
        self._keep_sockets()

    def _keep_sockets(self) -> None:
        """Listen for every wanted web process; let go of ports that none needs."""
        ports = set()
        for process in self.processes.values():
            if is_web(process.name):
                ports.add(port_of(process.name, read_env(self.prefix / "slots" / process.slot / "env")))
        for port in set(self.sockets) - ports:
            self.sockets.pop(port).close()
        for port in ports - set(self.sockets):
            listener = socket.socket()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", port))
            except OSError as problem:
                os.write(2, f"runner: port {port}: {problem.strerror}; trying again\n".encode())
                listener.close()
                continue
            listener.listen(1024)
            self.sockets[port] = listener

    def _start_due(self) -> None:
        now = time.monotonic()
        for process in self.processes.values():
            if not process.pid and not self.is_stopping and now >= process.next_start:
                self._start(process)

    def _start(self, process: Process) -> None:
        listener = None
        if is_web(process.name):
            port = port_of(process.name, read_env(self.prefix / "slots" / process.slot / "env"))
            if port not in self.sockets:
                self._keep_sockets()
            if port not in self.sockets:
                process.next_start = time.monotonic() + 1
                return
            listener = self.sockets[port]
        process.pid = os.fork()
        process.started = time.monotonic()
        if process.pid:
            (self.run_dir / f"{process.key}.pid").write_text(f"{process.pid}\n")
            return
        try:
            self._child(process, listener)
        except BaseException as problem:
            os.write(2, f"runner: {process.key}: {problem}\n".encode())
        os._exit(127)

    def _child(self, process: Process, listener: socket.socket | None) -> None:
        os.setsid()
        log = os.open(self.prefix / "logs" / f"{process.name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
        if self.user and os.geteuid() == 0 and self.user != "root":
            account = pwd.getpwnam(self.user)
            os.fchown(log, account.pw_uid, account.pw_gid)
            os.initgroups(self.user, account.pw_gid)
            os.setgid(account.pw_gid)
            os.setuid(account.pw_uid)
            os.environ["HOME"] = account.pw_dir
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        if listener is not None:
            if listener.fileno() == 3:
                os.set_inheritable(3, True)
            else:
                os.dup2(listener.fileno(), 3)
            os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _WATCHED)
        become(process.name, process.slot, self.prefix)

    def _ask_to_end(self, process: Process) -> None:
        if process.pid and not process.kill_at:
            process.kill_at = time.monotonic() + STOP_SECONDS
            _signal(process.pid, signal.SIGTERM)

    def _kill_late(self) -> None:
        for process in self.processes.values():
            if process.pid and process.kill_at and time.monotonic() > process.kill_at:
                os.killpg(process.pid, signal.SIGKILL)
        for key in [key for key, process in self.processes.items() if not process.pid and self.is_stopping]:
            del self.processes[key]

    def _reap(self) -> None:
        while True:
            try:
                pid, _status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            for key, process in list(self.processes.items()):
                if process.pid == pid:
                    self._ended(key, process)

    def _ended(self, key: str, process: Process) -> None:
        (self.run_dir / f"{key}.pid").unlink(missing_ok=True)
        process.pid = 0
        if process.kill_at and not process.is_wanted_again:
            del self.processes[key]
            self._keep_sockets()
            return
        lived = time.monotonic() - process.started
        process.pause = 0.5 if lived > 30 or process.kill_at else min(process.pause * 2, _LONGEST_PAUSE)
        process.restarts += not process.kill_at
        process.kill_at, process.is_wanted_again = 0.0, False
        process.next_start = time.monotonic() + (process.pause if lived < 30 else 0.0)

    def _write_status(self) -> None:
        status = {
            "runner": os.getpid(),
            "processes": {
                key: {"pid": one.pid, "state": "ending" if one.kill_at else "running" if one.pid else "waiting", "restarts": one.restarts}
                for key, one in sorted(self.processes.items())
            },
        }
        fresh = self.run_dir / "status.json.new"
        fresh.write_text(json.dumps(status) + "\n")
        fresh.replace(self.run_dir / "status.json")

    def _end_orphans(self) -> None:
        """Processes of a runner that was killed: they would hold our ports."""
        orphans = []
        for file in self.run_dir.glob("*@*.pid"):
            pid = int(file.read_text() or 0)
            if pid and _is_ours(pid, self.prefix):
                orphans.append(pid)
                _signal(pid, signal.SIGTERM)
            file.unlink()
        deadline = time.monotonic() + STOP_SECONDS
        while any(_is_ours(pid, self.prefix) for pid in orphans) and time.monotonic() < deadline:
            time.sleep(0.1)


def _is_ours(pid: int, prefix: Path) -> bool:
    try:
        raw = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False
    return f"MYPAY_VAR={prefix}/".encode() in raw or str(prefix).encode() in raw


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb in ("run", "start", "exec"):
        one = verbs.add_parser(verb)
        one.add_argument("--prefix", type=Path, required=True)
        if verb == "run":
            one.add_argument("--user", default="", help="run the processes as this user")
        elif verb == "start":
            one.add_argument("name")
            one.add_argument("slot")
        else:
            one.add_argument("--release", type=Path, required=True)
            one.add_argument("--env", type=Path, required=True)
            one.add_argument("argv", nargs="+")
    given = parser.parse_args()
    if given.verb == "run":
        Runner(given.prefix, given.user).run()
    elif given.verb == "start":
        become(given.name, given.slot, given.prefix)
    else:
        env = environment(given.prefix, given.env)
        if (given.release / "static").is_dir() or "collectstatic" in given.argv:
            env["MYPAY_STATIC"] = str(given.release / "static")
        os.chdir(given.release)
        os.execve(given.argv[0], given.argv, env)


if __name__ == "__main__":
    main()
