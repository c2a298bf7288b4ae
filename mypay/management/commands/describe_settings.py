"""docs/configuration.md, made from the declarations."""

from typing import Any

from django.core.management.base import BaseCommand

from mypay.settings import aliases
from mypay.settings.environment import BASE_DIR, VARIABLES

_HEAD = """# Configuration

Read from the environment, in one file: `mypay/settings/environment.py`. `NAME_FILE` may hold the path of a file
with the value instead. `python manage.py doctor` says what is wrong with a configuration. This page is made by
`python manage.py describe_settings > docs/configuration.md`.

| variable | default | meaning |
|---|---|---|
"""


_NAMES = """
## Other names

Names of settings in the documents that MyPay answers for. *Understood* ones count where ours is not set. *Refused* ones stop
the start and say what to use. Those *without effect* have nothing left to decide. Every other name of the documents is ours.

| name | | here |
|---|---|---|
"""


class Command(BaseCommand):
    help = "Print docs/configuration.md: every variable with its default and meaning."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        rows = "\n".join(_row(variable) for variable in VARIABLES)
        self.stdout.write("\n".join((_HEAD + rows, _names())), ending="\n")


def _names() -> str:
    """The table of the documents' names."""
    lines = [_NAMES.rstrip("\n")]
    for variable in VARIABLES:
        lines += [f"| `{name}` | understood | `{variable.name}` |" for name in variable.aliases]
    lines += [
        f"| `{name}` | understood | `PORT` where MYPAY_SERVICE is {service} |" for service, (name, _) in aliases.SERVICE_PORTS.items()
    ]
    lines += [f"| `{name}` | understood | `ALLOWED_HOSTS`, where that is empty |" for name in aliases.DOMAINS]
    lines += [f"| `{name}` | refused | {advice} |" for name, advice in aliases.REFUSED.items()]
    lines += [f"| `{start}*` | refused | {advice} |" for start, advice in aliases.REFUSED_FAMILIES.items()]
    lines += [f"| `{name}` | no effect | {why} |" for name, why in aliases.WITHOUT_EFFECT.items()]
    return "\n".join(lines)


def _row(variable: Any) -> str:
    names = ", ".join(f"`{name}`" for name in (variable.name, *variable.aliases))
    default = "made once outside production" if variable.is_secret else _shown(variable.default)
    kind = " (secret)" if variable.is_secret else ""
    return f"| {names} | {default} | {variable.help.replace('|', '/')}{kind} |"


def _shown(default: str) -> str:
    default = default.replace(f"{BASE_DIR}/", "")
    return f"`{default}`" if default else ""
