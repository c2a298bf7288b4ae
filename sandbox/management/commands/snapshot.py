"""Write a merchant's whole state to a file."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from merchants.management.lookup import merchant_of
from mypay.kit.errors import ApiError
from sandbox import snapshots
from sandbox.services.take_snapshot import captured_state, row_count


class Command(BaseCommand):
    help = "Write a sandbox merchant's whole state to a file, for manage.py restore; keys and secrets are not in it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--merchant", required=True, metavar="EMAIL")
        parser.add_argument("--out", required=True, metavar="FILE", help="made anew; an existing file is replaced when all went well")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        merchant = merchant_of(options["merchant"])
        target = Path(options["out"])
        try:
            captured = captured_state(merchant=merchant)
            raw = snapshots.encode(captured)
            half = target.with_name(f"{target.name}.part")
            half.touch(0o600)
            half.write_bytes(raw)
            half.replace(target)
        except ApiError as refused:
            raise CommandError(refused.message) from None
        except OSError as problem:
            raise CommandError(f"--out: {problem}") from None
        rows = row_count(captured)
        told = {"file": str(target), "rows": rows, "bytes": len(raw)}
        self.stdout.write(json.dumps(told) if options["json"] else f"{rows} rows written to {target}")
