"""Whatever text people put in, every page and export shows it as text: markup, templates, formulas, headers."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models import CharField, EmailField, JSONField, Model

from merchants.models import Merchant, User
from sandbox.belongings import owned
from tests.access.grammar import Case, Door, cases
from tests.access.rows import ROWS
from tests.access.wire import Answer, Wire, undone
from tests.access.world import World

EVIL = '=1+1\r\nX-Evil: 1"><script>alert(1)</script>{{ 7|add:7 }}'
ESCAPED = "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;{{ 7|add:7 }}"
_SHORTEST = 64  # a shorter column holds a code, which no person writes
_NO_TEXT = ("_encrypted", "sha256", "digest", "_hash", "token", "password", "session_key", "box")
_URLS = ("url", "success_url", "return_url", "webhook_url")
_BY_PEOPLE = {"metadata": {"note": EVIL, EVIL: "x"}, "user_data": {"name": EVIL}, "evidence": {"text": EVIL}}
PAGES = [case for case in cases(ROWS) if case.row.door == Door.SESSION and case.call.method == "GET"]


def _written(row: Model) -> Iterator[tuple[str, Any]]:
    """The row's columns that hold people's texts, each with one that means harm; its key keeps it unique."""
    for field in row._meta.local_concrete_fields:
        if isinstance(field, JSONField) and field.name in _BY_PEOPLE:
            yield field.name, _BY_PEOPLE[field.name]
        is_text = isinstance(field, CharField) and not isinstance(field, EmailField) and not field.choices and not field.primary_key
        if is_text and (field.max_length or 0) >= _SHORTEST and not any(part in field.name for part in _NO_TEXT):
            text = f"{'http://127.0.0.1:9/' if field.name in _URLS else ''}{EVIL}"
            room = (field.max_length or 0) - len(text)
            yield field.name, f"{text}{str(row.pk)[-room:]}"


def _poison(world: World) -> int:
    rows: list[Any] = [world.victim, *User.objects.filter(memberships__merchant=world.victim)]
    rows += [row for known in owned() for row in known.rows(world.victim.pk)]
    changed = 0
    for row in rows:
        values = dict(_written(row))
        if values:
            changed += type(row)._base_manager.filter(pk=row.pk).update(**values)
    return changed


@pytest.fixture
def poisoned(world: World) -> Iterator[World]:
    with undone():
        assert _poison(world) > 50
        assert Merchant.objects.get(pk=world.victim.pk).company_name.startswith(EVIL)
        yield world


def _cells(answer: Answer) -> Iterator[str]:
    for line in csv.reader(io.StringIO(answer.content.decode())):
        yield from line


@pytest.mark.parametrize("case", PAGES, ids=str)
def test_evil_text_is_shown_as_text(poisoned: World, wire: Wire, case: Case) -> None:
    answer = wire.send(case, poisoned.badges["the victim's owner by session"], poisoned.own.things)
    assert answer.status == case.call.status, answer.content[:300]
    assert "X-Evil" not in answer.headers and "\n" not in "".join(answer.headers.values())
    kind = answer.headers.get("Content-Type", "")
    if kind.startswith("text/csv"):
        assert [cell for cell in _cells(answer) if cell.startswith(("=", "+", "-", "@", "\t", "\r")) and not _is_number(cell)] == []
    elif kind.startswith("text/html"):
        text = answer.content.decode()
        assert "<script>alert(1)" not in text
        assert answer.status != 200 or "company" not in case.call.shows or ESCAPED in text
    else:
        assert kind.startswith(("application/json", "application/x-ndjson", "image/")) or answer.status == 302, kind


def _is_number(cell: str) -> bool:
    return cell.replace(",", "").lstrip("+-").replace(".", "", 1).isdigit()


def test_the_layout_shows_the_companys_name_escaped(poisoned: World, wire: Wire) -> None:
    """So that the tests above are known to have looked at poisoned pages."""
    home = next(case for case in PAGES if case.route == "portal/")
    answer = wire.send(home, poisoned.badges["the victim's owner by session"], poisoned.own.things)
    assert ESCAPED in answer.content.decode()
