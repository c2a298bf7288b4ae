"""Maintenance mode from the shell."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from merchants.selectors import system_config
from merchants.services.change_config import change_config
from merchants.states import ConfigKey


class Command(BaseCommand):
    help = "Switch maintenance on or off, or show it: API routes then answer 503 MAINTENANCE; running processes follow within 5 seconds."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("state", choices=("on", "off", "status"), help="what to do")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["state"] == "status":
            is_on = system_config()[ConfigKey.MAINTENANCE_MODE] == "true"
        else:
            is_on = options["state"] == "on"
            change_config(values={ConfigKey.MAINTENANCE_MODE.value: "true" if is_on else "false"})
        self.stdout.write(json.dumps({"maintenance": is_on}) if options["json"] else f"maintenance is {'on' if is_on else 'off'}")
