"""The table of docs/gateways.md, made from the specs."""

import re
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from gateways import registry
from gateways.contract import Capability, Spec
from mypay.settings.environment import BASE_DIR

PAGE = BASE_DIR / "docs" / "gateways.md"
BEGIN, END = "<!-- made by manage.py describe_gateways -->", "<!-- end -->"
_BETWEEN = re.compile(f"{BEGIN}.*{END}", re.S)


class Command(BaseCommand):
    help = "Print what each gateway can do, as the table of docs/gateways.md; --write puts it there."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", action="store_true", help="put the table into docs/gateways.md")

    def handle(self, *args: Any, **options: Any) -> None:
        table = matrix()
        if not options["write"]:
            self.stdout.write(table)
            return
        page = PAGE.read_text()
        if not _BETWEEN.search(page):
            raise CommandError(f"{PAGE.name} has no place for the table: {BEGIN} {END}")
        PAGE.write_text(_BETWEEN.sub(lambda _: f"{BEGIN}\n{table}\n{END}", page))


def matrix() -> str:
    """A row a gateway, a column a capability."""
    heads = ["gateway", *(str(known.label).lower() for known in Capability), "currencies", "credentials"]
    lines = [heads, ["---"] * len(heads), *(_row(spec) for spec in sorted(registry.specs(), key=lambda spec: spec.name))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _row(spec: Spec) -> list[str]:
    can = ["yes" if known in spec.capabilities else "" for known in Capability]
    wants = [f"`{one.name}`" + ("" if one.is_required else " (may be left out)") for one in spec.credentials]
    return [f"{spec.label} (`{spec.name}`)", *can, ", ".join(spec.currencies), ", ".join(wants) or "none"]
