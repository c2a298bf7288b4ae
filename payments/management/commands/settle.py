"""Settle a merchant's payments from the shell."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from merchants.management.lookup import merchant_of
from mypay.kit.errors import ApiError
from mypay.kit.money import to_text
from payments.render import settlement_json
from payments.services.settle_now import settle_now
from payments.validation import CURRENCIES


class Command(BaseCommand):
    help = (
        "Settle what has matured of a merchant's payments, refunds and disputes, without waiting for the sweep or Celery beat. "
        "Exits 0, also when there is nothing to settle; 1 when it is refused."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--merchant", required=True, metavar="EMAIL")
        parser.add_argument("--currency", default="", choices=CURRENCIES, help="default: every currency")
        parser.add_argument(
            "--all",
            action="store_true",
            dest="everything",
            help="all that is pending, whatever its day and the minimum (sandbox merchants)",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        merchant = merchant_of(options["merchant"])
        try:
            batches = settle_now(merchant=merchant, currency=options["currency"], everything=options["everything"])
        except ApiError as refused:
            raise CommandError(refused.message) from None
        if options["json"]:
            self.stdout.write(json.dumps({"settlements": [settlement_json(batch) for batch in batches]}))
            return
        for batch in batches:
            net = to_text(batch.net, batch.currency)
            self.stdout.write(f"{batch.pk}: {batch.currency} {net} of {batch.item_count} items")
        if not batches:
            self.stdout.write("nothing to settle")
