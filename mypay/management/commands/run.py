"""Everything in one terminal: migrate, seed, one web and one worker process, until Ctrl-C."""

import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterable
from logging.handlers import RotatingFileHandler
from typing import Any, TextIO

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.table import Table

from merchants.models import Merchant
from merchants.services.issue_key import reveal_key
from merchants.states import Scope
from mypay import demo
from mypay.settings import environment

_START_SECONDS = 60
_STOP_SECONDS = 10


class Command(BaseCommand):
    help = "Start MyPay here: prepare the database, print where everything is, run web and worker until Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the banner as one JSON line")

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0, interactive=False)
        call_command("seed", stdout=sys.stderr, verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        self.stopping = False
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, self._stop)
        banner = _banner()
        shown = sys.stderr if options["json"] else sys.stdout
        processes = [self._start(name, command, shown) for name, command in _commands().items()]
        try:
            self._wait_for_web(processes)
            if options["json"]:
                self.stdout.write(json.dumps(banner))
            else:
                _show(banner)
            self.stdout.flush()
            failed = self._watch(processes)
        finally:
            _end(processes)
        if failed:
            raise CommandError("a process ended by itself; its last log lines say why")

    def _stop(self, *_: Any) -> None:
        self.stopping = True

    def _start(self, name: str, command: list[str], shown: TextIO) -> "subprocess.Popen[str]":
        # A session of its own: Ctrl-C comes to us, and we stop the others in order.
        process = subprocess.Popen(
            command,
            start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            cwd=settings.BASE_DIR,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        threading.Thread(target=_copy, args=(process.stdout, shown, _log_file(name)), daemon=True).start()
        return process

    def _wait_for_web(self, processes: "list[subprocess.Popen[str]]") -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and not self.stopping:
            if any(process.poll() is not None for process in processes):
                raise CommandError(f"the web server did not start; is port {environment.PORT} taken?")
            try:
                with urllib.request.urlopen(f"{_local_url()}/health", timeout=2):
                    return
            except OSError:
                time.sleep(0.1)
        if not self.stopping:
            raise CommandError("the web server did not answer in time")

    def _watch(self, processes: "list[subprocess.Popen[str]]") -> bool:
        """Until told to stop, or one of the processes ends; True if one did."""
        while not self.stopping:
            if any(process.poll() is not None for process in processes):
                return True
            time.sleep(0.2)
        return False


def _end(processes: "list[subprocess.Popen[str]]") -> None:
    for process in processes:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + _STOP_SECONDS
    for process in processes:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()


def _commands() -> dict[str, list[str]]:
    python = sys.executable
    return {
        "web": [python, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "mypay.wsgi"],
        "worker": [python, "manage.py", "work"],
    }


def _log_file(name: str) -> RotatingFileHandler:
    """`MYPAY_VAR/logs/<name>.log`, the last 40 MB."""
    folder = settings.VAR_DIR / "logs"
    folder.mkdir(exist_ok=True)
    return RotatingFileHandler(folder / f"{name}.log", maxBytes=10_000_000, backupCount=3)


def _copy(lines: Iterable[str], shown: TextIO, kept: RotatingFileHandler) -> None:
    """Each line to the terminal and to the file."""
    for line in lines:
        shown.write(line)
        shown.flush()
        kept.emit(logging.makeLogRecord({"msg": line.rstrip("\n")}))


def _local_url() -> str:
    host = "127.0.0.1" if environment.HOST in ("0.0.0.0", "::") else environment.HOST
    return f"http://{f'[{host}]' if ':' in host else host}:{environment.PORT}"


def _banner() -> dict[str, Any]:
    url = _local_url()
    banner: dict[str, Any] = {
        "url": url,
        "portal": f"{url}/portal/",
        "admin": f"{url}/admin/",
        "docs": f"{url}/api/docs",
        "payout_api": f"{url}/api/v1",
        "var": str(settings.VAR_DIR),
    }
    if environment.DEMO:
        banner["admin_login"] = {"email": demo.ADMIN_EMAIL, "password": environment.ADMIN_PASSWORD or demo.ADMIN_DEMO_PASSWORD}
        banner["merchants"] = [_merchant(known) for known in demo.MERCHANTS]
    return banner


def _merchant(known: demo.DemoMerchant) -> dict[str, Any]:
    merchant = Merchant.objects.get(email=known.email)
    key = merchant.api_keys.filter(scope=Scope.PAYOUTS, is_active=True).order_by("pk").first()
    return {
        "company": known.company_name,
        "email": known.email,
        "password": known.password,
        "payout_key": reveal_key(key).key if key else "",
        "payment_keys": [payment_key for payment_key, _ in known.payment_keys],
    }


def _show(banner: dict[str, Any]) -> None:
    """The banner for people; keys on lines of their own, so that they copy whole."""
    console = Console(highlight=False, soft_wrap=True)
    places = Table.grid(padding=(0, 2))
    for name in ("url", "portal", "admin", "docs", "payout_api"):
        places.add_row(f"  {name.replace('_', ' ')}", f"[cyan]{banner[name]}[/cyan]")
    console.print("\n[bold]MyPay is running[/bold]  (Ctrl-C stops it)\n")
    console.print(places)
    if "admin_login" in banner:
        login = banner["admin_login"]
        console.print(f"\n  admin login      {login['email']} / {login['password']}")
    for merchant in banner.get("merchants", []):
        console.print(f"\n  [bold]{merchant['company']}[/bold]")
        console.print(f"  portal login     {merchant['email']} / {merchant['password']}")
        console.print(f"  payout key       {merchant['payout_key']}")
        console.print(f"  payment keys     {', '.join(merchant['payment_keys'])}")
    console.print(f"\n  data and logs    {banner['var']}\n")
