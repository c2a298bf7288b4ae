"""Data retention."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from mypay.operations.prune import KINDS, prune


class Command(BaseCommand):
    help = (
        "Delete old webhook deliveries, their tries, idempotency keys, the request log, failed logins, ended sessions and tokens, "
        "as old as the settings say. Ledger, payouts, payments and audit trail are never touched."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"only these: {', '.join(KINDS)}")
        parser.add_argument("--older-than", type=_days, default=None, metavar="DAYS", help="days instead of the settings', as in 30 or 30d")
        parser.add_argument("--dry-run", action="store_true", help="count, delete nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        unknown = set(options["kinds"]) - set(KINDS)
        if unknown:
            raise SystemExit(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(KINDS)}")
        counts = prune(options["kinds"] or list(KINDS), days=options["older_than"], dry_run=options["dry_run"])
        if options["json"]:
            self.stdout.write(json.dumps({"dry_run": options["dry_run"], "rows": counts}))
            return
        word = "to delete" if options["dry_run"] else "deleted"
        for kind, number in counts.items():
            self.stdout.write(f"{kind}: {number} {word}")


def _days(text: str) -> int:
    return int(text.lower().removesuffix("d"))
