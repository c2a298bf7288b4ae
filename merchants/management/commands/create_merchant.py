"""Create a merchant from the shell."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from merchants.services.create_merchant import create_merchant
from merchants.services.issue_key import issue_key
from merchants.states import Scope
from mypay.kit.errors import ApiError
from mypay.kit.ids import random_text


class Command(BaseCommand):
    help = "Create a sandbox merchant with its owner's login and a payout and a payment key; prints them, this once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--name", required=True)
        parser.add_argument("--company", default="", help="default: the name")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        password = random_text(16)
        try:
            merchant = create_merchant(
                email=options["email"], name=options["name"], company_name=options["company"] or options["name"], password=password
            )
        except ApiError as refused:
            raise CommandError(refused.message) from None
        keys = {f"{scope}_key": issue_key(merchant=merchant, scope=scope).key for scope in (Scope.PAYOUTS, Scope.PAYMENTS)}
        made = {"merchant": merchant.vendor_id, "email": merchant.email, "password": password, **keys}
        self.stdout.write(json.dumps(made) if options["json"] else "\n".join(f"{name}: {value}" for name, value in made.items()))
