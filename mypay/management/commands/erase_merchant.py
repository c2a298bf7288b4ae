"""Take personal data of a merchant away."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mypay.kit.errors import ApiError
from mypay.operations.lookup import find_merchant
from mypay.operations.personal import erase_merchant


class Command(BaseCommand):
    help = (
        "Take a merchant out: personal data, keys, endpoints and webhooks go, its people too; ledger and audit trail stay. "
        "Exits 1 while money is under way."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("merchant", help="its number, MERCHANT_000001 or e-mail")
        parser.add_argument("--yes", action="store_true", help="do not ask; there is no way back")
        parser.add_argument("--force", action="store_true", help="although money is under way")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        found = find_merchant(options["merchant"])
        if not options["yes"] and input(f"Erase {found}? There is no way back. Type yes: ") != "yes":
            raise CommandError("not erased")
        try:
            counts = erase_merchant(found, force=options["force"])
        except ApiError as refused:
            raise CommandError(refused.message) from None
        self.stdout.write(json.dumps({"erased": counts}) if options["json"] else f"erased: {counts}")
