"""`new_gateway` makes folders that compile and import, and whose every test fails until it is filled in."""

import importlib
import inspect
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

import emulators
import gateways

FILES = {
    "gateways/acme/__init__.py", "gateways/acme/wire.py", "gateways/acme/client.py", "gateways/acme/connector.py",
    "gateways/acme/tests/__init__.py", "gateways/acme/tests/test_wire.py", "gateways/acme/tests/test_connector.py",
    "emulators/acme/__init__.py", "emulators/acme/urls.py", "emulators/acme/base.py", "emulators/acme/orders.py",
    "emulators/acme/render.py", "emulators/acme/events.py", "emulators/acme/tests/__init__.py", "emulators/acme/tests/test_sdk.py",
}  # fmt: skip


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose gateways and emulators are found beside ours."""
    for package in (gateways, emulators):
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path / package.__name__)])
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if ".acme" in name:
            del sys.modules[name]
    for package in (gateways, emulators):
        vars(package).pop("acme", None)


def make(into: Path, *words: str) -> str:
    out = StringIO()
    call_command("new_gateway", *words, "--into", str(into), stdout=out)
    importlib.invalidate_caches()
    return out.getvalue()


def test_new_gateway_makes_modules_that_import(scratch: Path) -> None:
    said = make(scratch, "acme", "--label", "Acme Pay")
    assert {str(path.relative_to(scratch)) for path in scratch.rglob("*.py")} == FILES
    assert "made gateways/acme/connector.py" in said and "AcmeConnector" in said
    for file in FILES:
        compile((scratch / file).read_text(), file, "exec")
        importlib.import_module(file.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
    made: Any = sys.modules["gateways.acme.connector"]
    assert made.AcmeConnector.spec.label == "Acme Pay"


def test_new_gateway_makes_verbs_for_every_one_of_the_contract(scratch: Path) -> None:
    from gateways.contract import Connector

    make(scratch, "acme")
    made: Any = importlib.import_module("gateways.acme.connector").AcmeConnector
    verbs = {name for name, member in vars(Connector).items() if inspect.isfunction(member) and not name.startswith("_")}
    assert len(verbs) >= 9 and verbs <= set(vars(made))


def test_new_gateway_makes_tests_that_all_fail(scratch: Path) -> None:
    make(scratch, "acme")
    count = 0
    for module in ("gateways.acme.tests.test_wire", "gateways.acme.tests.test_connector", "emulators.acme.tests.test_sdk"):
        for name, test in vars(importlib.import_module(module)).items():
            if name.startswith("test_"):
                count += 1
                with pytest.raises((AssertionError, NotImplementedError)):
                    test()
    assert count >= 19


@pytest.mark.parametrize("name", ["Acme", "1acme", "a", "ac-me", "class", "a" * 21, "ác", "../acme"])
def test_new_gateway_with_no_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(CommandError):
        make(tmp_path, name)
    assert not list(tmp_path.iterdir())


def test_new_gateway_with_a_label_that_breaks_out_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError):
        make(tmp_path, "acme", "--label", '"""')
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["simulator", "razorpay", "contract", "ids"])
def test_new_gateway_with_a_name_that_is_taken_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(CommandError, match="already"):
        make(tmp_path, name)


def test_new_gateway_made_twice_is_refused(tmp_path: Path) -> None:
    make(tmp_path, "acme")
    (tmp_path / "gateways/acme/wire.py").write_text("mine")
    with pytest.raises(CommandError, match="already"):
        make(tmp_path, "acme")
    assert (tmp_path / "gateways/acme/wire.py").read_text() == "mine"
