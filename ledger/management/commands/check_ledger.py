"""Verify the ledger."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ledger.models import MerchantBalance
from ledger.services.check import findings
from mypay.kit import checks, sql


class Command(BaseCommand):
    help = "Compare every balance with its transfers, per merchant, currency and bucket; exits 1 and says what differs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--merchant", type=int, default=None, metavar="ID", help="check one merchant only")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        with sql.snapshot():
            found = list(findings(options["merchant"]))
            count = MerchantBalance.objects.count()
        if options["merchant"] is None:
            checks.remember("ledger", len(found))
        if options["json"]:
            self.stdout.write(json.dumps({"ok": not found, "findings": found, "balances": count}))
        else:
            for finding in found:
                self.stdout.write(self.style.ERROR(finding))
            self.stdout.write(f"{'differs' if found else 'clean'}: {count} balances")
        if found:
            raise SystemExit(1)
