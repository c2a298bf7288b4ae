"""A new first key in ENCRYPTION_KEYS: encrypt everything with it."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from mypay.operations.rotate import first_version, left, rotate


class Command(BaseCommand):
    help = (
        "Encrypt every encrypted column anew with the first of ENCRYPTION_KEYS. Stopped at any point, the next run goes on. "
        "Exits 1 when something could not be read: keep the old key until that is solved."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--batch", type=int, default=500, metavar="N", help="rows a batch (500)")
        parser.add_argument("--check", action="store_true", help="only say how many rows other keys encrypted; exits 1 if any")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        done: dict[str, int] = {}
        failed: list[str] = []
        if not options["check"]:
            done, failed = rotate(batch=max(1, options["batch"]), told=lambda name, number: self.stderr.write(f"{name}: {number}"))
        waiting = left()
        if options["json"]:
            self.stdout.write(json.dumps({"key": first_version(), "rotated": done, "left": waiting, "failed": failed}))
        else:
            for problem in failed:
                self.stdout.write(self.style.ERROR(problem))
            self.stdout.write(f"key {first_version()}: {sum(done.values())} values encrypted anew, {sum(waiting.values())} left")
        if failed or any(waiting.values()):
            raise SystemExit(1)
