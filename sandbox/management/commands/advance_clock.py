"""Move a merchant's clock from the shell."""

import json
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from merchants.management.lookup import merchant_of
from mypay.kit.clock import iso
from mypay.kit.errors import ApiError
from sandbox.services.clock import advance


class Command(BaseCommand):
    help = "Advance a sandbox merchant's clock; all its due work on the way is done, in time order."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--merchant", required=True, metavar="EMAIL")
        parser.add_argument("--days", type=float, default=0)
        parser.add_argument("--hours", type=float, default=0)
        parser.add_argument("--seconds", type=float, default=0)
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        merchant = merchant_of(options["merchant"])
        try:
            by = timedelta(days=options["days"], hours=options["hours"], seconds=options["seconds"])
            state = advance(merchant=merchant, by=by)
        except (ValueError, OverflowError):
            raise CommandError("--days, --hours and --seconds must be numbers within reason") from None
        except ApiError as refused:
            raise CommandError(refused.message) from None
        told = {"now": iso(state.now), "frozen": state.frozen, "ran": state.ran}
        self.stdout.write(json.dumps(told) if options["json"] else f"{told['now']}: {state.ran} pieces of work done")
