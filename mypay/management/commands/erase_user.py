"""Take personal data of a user away."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mypay.kit.errors import ApiError
from mypay.operations.lookup import find_user
from mypay.operations.personal import erase_user


class Command(BaseCommand):
    help = "Take a person out: name, e-mail, sessions, tokens, messages and memberships go, the login ends; the audit trail stays."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", help="e-mail or number")
        parser.add_argument("--yes", action="store_true", help="do not ask; there is no way back")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        found = find_user(options["user"])
        if not options["yes"] and input(f"Erase {found}? There is no way back. Type yes: ") != "yes":
            raise CommandError("not erased")
        try:
            counts = erase_user(found)
        except ApiError as refused:
            raise CommandError(refused.message) from None
        self.stdout.write(json.dumps({"erased": counts}) if options["json"] else f"erased: {counts}")
