"""Verify the audit trail's chain."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from audit.models import AuditEntry
from audit.services.seal import seal
from audit.services.verify import findings, head
from mypay.kit import checks


class Command(BaseCommand):
    help = "Verify the audit trail; exits 1 and says what was edited, deleted, swapped or cut."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--head", default="", help="a published head, NUMBER:DIGEST, to find a cut tail")
        parser.add_argument("--seal", action="store_true", help="seal what is unsealed first")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        while options["seal"] and seal():
            pass
        found = list(findings(options["head"]))
        checks.remember("audit", len(found))
        unsealed = AuditEntry.objects.filter(seal__isnull=True).count()
        if options["json"]:
            self.stdout.write(json.dumps({"ok": not found, "findings": found, "head": head(), "unsealed": unsealed}))
        else:
            for finding in found:
                self.stdout.write(self.style.ERROR(finding))
            self.stdout.write(f"{'broken' if found else 'whole'}; head {head() or 'none'}; {unsealed} entries not sealed yet")
        if found:
            raise SystemExit(1)
