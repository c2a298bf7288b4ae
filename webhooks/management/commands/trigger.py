"""Fire an event from the shell."""

import json
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from merchants.models import Merchant
from mypay.kit.errors import ApiError
from mypay.kit.ids import is_uuid
from mypay.kit.jsonbody import parse_object
from webhooks.catalogue import EventType
from webhooks.render import event_json
from webhooks.services.trigger import trigger


class Command(BaseCommand):
    help = "Fire an event of the catalogue to a sandbox merchant's endpoints, of a made object or of your own; no money moves."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("type", choices=EventType.values, metavar="TYPE", help="such as payment.completed; see docs/webhooks.md")
        parser.add_argument("--merchant", required=True, metavar="EMAIL")
        parser.add_argument("--data", metavar="FILE", help="a JSON object whose members replace the made object's; - reads standard input")
        parser.add_argument("--subject", default="", metavar="ID", help="tell of this object of the merchant's")
        parser.add_argument("--json", action="store_true", help="print the event as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        merchant = Merchant.objects.filter(email=options["merchant"].strip().lower()).first()
        if merchant is None:
            raise CommandError(f"no merchant has the e-mail address {options['merchant']}")
        if options["subject"] and not is_uuid(options["subject"]):
            raise CommandError("--subject must be an object's id")
        subject = UUID(options["subject"]) if options["subject"] else None
        try:
            data = parse_object(_read(options["data"]))
            made = trigger(merchant=merchant, type=EventType(options["type"]), data=data, subject_id=subject)
        except ApiError as refused:
            raise CommandError(refused.message) from None
        except OSError as problem:
            raise CommandError(f"--data: {problem}") from None
        self.stdout.write(json.dumps(event_json(made)) if options["json"] else f"{made.type} {made.pk} fired")


def _read(source: str | None) -> bytes:
    if not source:
        return b""
    return sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
