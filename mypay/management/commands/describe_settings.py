"""docs/configuration.md, made from the declarations."""

from typing import Any

from django.core.management.base import BaseCommand

from mypay.settings.environment import BASE_DIR, VARIABLES

_HEAD = """# Configuration

Read from the environment, in one file: `mypay/settings/environment.py`. `NAME_FILE` may hold the path of a file
with the value instead. `python manage.py doctor` says what is wrong with a configuration. This page is made by
`python manage.py describe_settings > docs/configuration.md`.

| variable | default | meaning |
|---|---|---|
"""


class Command(BaseCommand):
    help = "Print docs/configuration.md: every variable with its default and meaning."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(_HEAD + "\n".join(_row(variable) for variable in VARIABLES), ending="\n")


def _row(variable: Any) -> str:
    names = ", ".join(f"`{name}`" for name in (variable.name, *variable.aliases))
    default = "made once outside production" if variable.is_secret else _shown(variable.default)
    kind = " (secret)" if variable.is_secret else ""
    return f"| {names} | {default} | {variable.help.replace('|', '/')}{kind} |"


def _shown(default: str) -> str:
    default = default.replace(f"{BASE_DIR}/", "")
    return f"`{default}`" if default else ""
