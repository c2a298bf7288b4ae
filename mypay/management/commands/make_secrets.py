"""Fresh secrets for a production environment file."""

from typing import Any

from django.core.management.base import BaseCommand

from mypay.settings.environment import VARIABLES, new_secret


class Command(BaseCommand):
    help = "Print a line NAME=value for every secret that production needs, freshly made."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        for variable in VARIABLES:
            if variable.is_secret:
                self.stdout.write(f"{variable.name}={new_secret(variable.name)}")
