"""Two folders for a new gateway: the connector outwards and the emulator, with tests that fail until they are filled in."""

import importlib.util
import keyword
import re
from argparse import ArgumentTypeError
from pathlib import Path
from string import Template
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mypay.settings.environment import BASE_DIR

_TEMPLATES = Path(__file__).resolve().parent.parent / "templates" / "new_gateway"
_PARTS = {"gateway": "gateways", "emulator": "emulators"}
_NAME = re.compile(r"[a-z][a-z0-9_]{1,19}", re.ASCII)
_NEXT = """Next:
1. Fill in gateways/{name}/wire.py until gateways/{name}/tests/test_wire.py passes, then client.py and connector.py.
2. Register {connector} in gateways/apps.py, then: manage.py describe_gateways --write
3. Fill in emulators/{name}; name it in emulators/models.py (Vendor) and, beside razorpay, in pyproject.toml; mount its urls in mypay/urls.
docs/adding-a-gateway.md has the whole way."""


class Command(BaseCommand):
    help = "Make the two folders of a new gateway, gateways/NAME and emulators/NAME, with failing tests that say what to do."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", type=_name, help="small letters, digits, underscores, as in phonepe")
        parser.add_argument("--label", help="what people call it, as in PhonePe; NAME with a capital without it")
        parser.add_argument("--into", type=Path, default=BASE_DIR, metavar="FOLDER", help="where gateways/ and emulators/ are")

    def handle(self, *args: Any, **options: Any) -> None:
        name, into = options["name"], options["into"]
        label = (options["label"] or name.replace("_", " ").title()).strip()
        if not label.isprintable() or set(label) & set('"\\$'):
            raise CommandError("the label must be plain text")
        for package in _PARTS.values():
            if importlib.util.find_spec(f"{package}.{name}") or (into / package / name).exists():
                raise CommandError(f"{package}/{name} is there already")
        words = name.title().replace("_", "")
        told = {"name": name, "label": label, "connector": f"{words}Connector", "view": f"{words}View"}
        for part, package in _PARTS.items():
            for path in sorted((_TEMPLATES / part).rglob("*.txt")):
                target = into / package / name / path.relative_to(_TEMPLATES / part).with_suffix("")
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(Template(path.read_text()).substitute(told))
                self.stdout.write(f"made {target.relative_to(into)}")
        self.stdout.write(_NEXT.format(**told))


def _name(text: str) -> str:
    """The name of two packages."""
    if not _NAME.fullmatch(text) or keyword.iskeyword(text):
        raise ArgumentTypeError(f"{text!r} is no name: 2 to 20 small letters, digits and underscores, a letter first")
    return text
