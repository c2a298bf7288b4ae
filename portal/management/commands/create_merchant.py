"""Create a merchant from the shell."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mypay.kit.errors import ApiError
from portal.services.open_merchant import OPENING_RUPEES, open_merchant


class Command(BaseCommand):
    help = "Create a sandbox merchant with money, its owner's login, a payout and a payment key; prints them, this once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--name", required=True)
        parser.add_argument("--company", default="", help="default: the name")
        parser.add_argument(
            "--balance", type=int, default=OPENING_RUPEES, metavar="RUPEES", help="its opening balance; default %(default)s"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 0 <= options["balance"] <= 10**11:
            raise CommandError("--balance must be a whole number of rupees, at most 100,000,000,000")
        company = options["company"] or options["name"]
        try:
            opened = open_merchant(email=options["email"], name=options["name"], company_name=company, rupees=options["balance"])
        except ApiError as refused:
            raise CommandError(refused.message) from None
        made = {
            "merchant": opened.merchant.vendor_id,
            "email": opened.login.email,
            "password": opened.login.password,
            "payouts_key": opened.payout_key,
            "payments_key": opened.payment_key,
        }
        self.stdout.write(json.dumps(made) if options["json"] else "\n".join(f"{name}: {value}" for name, value in made.items()))
