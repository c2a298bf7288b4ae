"""Bring a merchant back to the state in a file."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from merchants.management.lookup import merchant_of
from mypay.kit.errors import ApiError
from sandbox.services.restore_snapshot import restore


class Command(BaseCommand):
    help = "Put the state in a file of manage.py snapshot in place of a sandbox merchant's present one, whole or not at all."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--merchant", required=True, metavar="EMAIL")
        parser.add_argument("--from", required=True, metavar="FILE", dest="source")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        merchant = merchant_of(options["merchant"])
        try:
            rows = restore(merchant=merchant, raw=Path(options["source"]).read_bytes())
        except ApiError as refused:
            raise CommandError(refused.message) from None
        except OSError as problem:
            raise CommandError(f"--from: {problem}") from None
        self.stdout.write(json.dumps({"rows": rows}) if options["json"] else f"{rows} rows restored")
