"""What shellcheck says of our scripts."""

import shutil
import subprocess

import pytest

from tests.deploy.machine import ROOT


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
def test_scripts_are_clean_for_shellcheck() -> None:
    scripts = [str(path) for path in (*(ROOT / "deploy").rglob("*.sh"), ROOT / ".ci/run")]
    done = subprocess.run(["shellcheck", *scripts], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout
