"""Issue an API key from the shell."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from merchants.management.lookup import merchant_of
from merchants.services.issue_key import issue_key
from merchants.states import Scope


class Command(BaseCommand):
    help = "Issue an API key of a merchant and print it, this once; of a vendor's two parts each is on a line of its own."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--merchant", required=True, metavar="EMAIL", help="the merchant's e-mail address")
        parser.add_argument("--scope", required=True, choices=Scope.values, help="which API the key opens")
        parser.add_argument("--label", default="", help="a note shown beside the key")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        merchant = merchant_of(options["merchant"])
        issued = issue_key(merchant=merchant, scope=Scope(options["scope"]), label=options["label"])
        named = {"keyId": issued.key, "keySecret": issued.secret} if issued.secret else {"key": issued.key}
        if issued.public_key:
            named["publicKey"] = issued.public_key
        if options["json"]:
            self.stdout.write(json.dumps({**named, "scope": options["scope"], "merchant": merchant.vendor_id}))
        else:
            self.stdout.write("\n".join(named.values()))
