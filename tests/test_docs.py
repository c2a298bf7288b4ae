"""What the documentation says is so: settings, routes, error codes, commands."""

import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.management import get_commands, load_command_class
from django.urls import URLPattern, URLResolver

from gateways.management.commands.describe_gateways import BEGIN, END, matrix
from mypay.kit.errors import ApiError
from mypay.settings.environment import BASE_DIR
from mypay.urls import all as all_urls
from webhooks.catalogue import EventType
from webhooks.standard import headers, new_secret
from webhooks.states import DeliveryStatus, Dialect, Trick

DOCS = {path.name: path.read_text() for path in (BASE_DIR / "docs").glob("*.md")}
README = (BASE_DIR / "README.md").read_text()
OURS = sorted(name for name, app in get_commands().items() if not str(app).startswith(("django", "rest", "drf", "unfold", "csp")))


def test_configuration_page_is_made_from_the_declarations() -> None:
    clean = {"PATH": "/usr/bin:/bin", "HOME": str(Path.home())}
    made = subprocess.run(
        [sys.executable, "manage.py", "describe_settings"], cwd=BASE_DIR, env=clean, capture_output=True, text=True, check=True
    )
    assert DOCS["configuration.md"] == made.stdout


def test_table_of_gateways_is_made_from_their_specs() -> None:
    assert f"{BEGIN}\n{matrix()}\n{END}" in DOCS["gateways.md"]


def _paths(patterns: list[URLPattern | URLResolver], prefix: str = "") -> list[str]:
    found: list[str] = []
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found += [] if path.startswith(("admin/", "portal/")) else _paths(pattern.url_patterns, path)
        else:
            found.append(path)
    return found


def test_every_api_route_is_in_the_guides() -> None:
    guides = README + "".join(DOCS.values())
    for path in _paths(all_urls.urlpatterns):
        short = "/" + re.sub(r"<\w+:\w+>", ":id", path).removeprefix("api/v1/").removeprefix("sandbox/")
        assert short in guides or path == "api/schema", f"{short} is in no guide"


def _codes(error: type[ApiError]) -> set[str]:
    return {error.code}.union(*(_codes(known) for known in error.__subclasses__()))


def test_every_error_code_is_in_the_guide() -> None:
    named = set()
    for path in BASE_DIR.glob("*/**/*.py"):
        if not {".venv", "tests", "var"} & set(path.relative_to(BASE_DIR).parts):
            named |= set(re.findall(r'\bcode="([A-Z_]+)"', path.read_text()))
    guides = DOCS["payouts.md"] + DOCS["razorpay.md"]  # a vendor's own codes are in its own guide
    for code in _codes(ApiError) | named:
        assert code in guides, f"{code} is neither in docs/payouts.md nor in a vendor's guide"


@pytest.mark.parametrize("name", OURS)
def test_every_command_has_help(name: str) -> None:
    command = load_command_class(get_commands()[name], name)
    assert len(command.help) > 20


def test_readme_names_only_commands_that_exist() -> None:
    named = set(re.findall(r"manage\.py (\w+)", README + "".join(DOCS.values())))
    assert named - {"migrate"} <= set(OURS)


def test_no_file_is_longer_than_400_lines() -> None:
    listed = subprocess.run(["git", "ls-files", "*.py", "*.html"], cwd=BASE_DIR, capture_output=True, text=True, check=True)
    long = {name: lines for name in listed.stdout.split() if (lines := len((BASE_DIR / name).read_text().splitlines())) > 420}
    assert long == {}


def test_webhooks_guide_has_the_whole_catalogue_and_every_finding() -> None:
    guide = DOCS["webhooks.md"]
    assert dict(re.findall(r"^\| `(\w+\.\w+)` \| (.+) \|$", guide, re.M)) == dict(EventType.choices)
    source = "".join((BASE_DIR / "webhooks" / name).read_text() for name in ("debugger.py", "signatures.py", "rewriting.py"))
    codes = set(re.findall(r'Finding\("(\w+)"|\("(\w+)", "(?:headers|timestamp|signature|secret|body)"|_KEY_TEXTS = \{', source))
    named = {code for found in codes for code in found if code} | {"secret_not_decoded", "secret_decoded", "secret_without_prefix"}
    assert len(named) > 20
    for word in (*named, *Trick.values, *DeliveryStatus.values, *Dialect.values):
        assert f"`{word}`" in guide, word


def test_python_of_the_webhooks_guide_verifies_what_we_sign() -> None:
    code = re.search(r"```python\n(.*?)```", DOCS["webhooks.md"], re.S)
    assert code
    room: dict[str, Any] = {}
    exec(code[1], room)
    old, new, body = new_secret(), new_secret(), b'{"id":"1"}'
    sent = headers("1", int(time.time()), body, [new, old])
    assert room["verify"](old, sent, body) and room["verify"](new, sent, body)
    assert not room["verify"](new_secret(), sent, body) and not room["verify"](new, sent, body + b" ")
    assert not room["verify"](new, headers("1", int(time.time()) - 400, body, [new]), body)
