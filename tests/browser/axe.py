"""axe-core, fetched from npm once and kept in `var`; what it finds is told in a line each."""

import os
import shutil
import subprocess
import tarfile
from functools import cache
from typing import Any

import pytest

from tests.browser.driver import Page
from tests.processes.conftest import ROOT

VERSION = "4.11.0"
_KEPT = ROOT / "var" / "npm"
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_RUN = """async (tags) => {
  const found = await axe.run(document, {runOnly: {type: "tag", values: tags}, resultTypes: ["violations"]});
  return found.violations.map((one) => [one.id, one.help, one.nodes.map((node) => node.html + " " + (node.any[0]?.message ?? ""))]);
}"""


@cache
def source() -> str:
    """The script; skips the test where npm cannot fetch it, unless browsers are required."""
    kept = _KEPT / f"axe-core-{VERSION}.tgz"
    if not kept.exists() and (problem := _fetch()):
        if os.environ.get("REQUIRE_BROWSER"):
            raise RuntimeError(problem)
        pytest.skip(problem)
    with tarfile.open(kept) as archive:
        script = archive.extractfile("package/axe.min.js")
        return script.read().decode() if script else ""


def _fetch() -> str:
    """Fetch it; returns what went wrong."""
    npm = shutil.which("npm")
    if npm is None:
        return "axe-core comes from npm, which is not installed"
    _KEPT.mkdir(parents=True, exist_ok=True)
    command = [npm, "pack", f"axe-core@{VERSION}", "--silent", "--pack-destination", str(_KEPT)]
    done = subprocess.run(command, cwd=_KEPT, capture_output=True, text=True, timeout=120, check=False)
    return f"npm could not fetch axe-core: {done.stderr[-300:]}" if done.returncode else ""


def violations(page: Page) -> list[str]:
    """What the page does against WCAG 2.2 AA, as far as axe can tell."""
    page.evaluate(source())
    found: list[Any] = page.evaluate(_RUN, _TAGS)
    return [f"{rule}: {told} {nodes[:3]}" for rule, told, nodes in found]
