"""Hand out what is kept about a merchant."""

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from audit.services.record import record
from audit.tags import Tag
from mypay.operations.lookup import find_merchant
from mypay.operations.personal import export_merchant, write


class Command(BaseCommand):
    help = "Write everything kept about a merchant as JSON lines of kind and row; secrets and hashes are left out. The export is audited."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("merchant", help="its number, MERCHANT_000001 or e-mail")
        parser.add_argument(
            "--output", type=Path, default=None, metavar="FILE", help="a new file, readable by you only; default standard output"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        found = find_merchant(options["merchant"])
        if options["output"] is None:
            number = write(export_merchant(found), self.stdout)
        else:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            with os.fdopen(os.open(options["output"], flags, 0o600), "w") as file:
                number = write(export_merchant(found), file)
        details = {"act": "merchant exported", "rows": number}
        record(tag=Tag.ADMIN_CHANGED, resource_id=found.vendor_id, merchant_id=found.pk, details=details)
        self.stderr.write(f"{number} rows")
