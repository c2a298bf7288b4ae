"""Django's admin site, every page of it: staff only, and of staff those with the right to it."""

import re
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin

from merchants.models import User
from tests.access import routes
from tests.access.doors import OWN_ADDRESS
from tests.access.wire import Answer, Wire, undone
from tests.access.world import World

LOGIN_PAGE = "/admin/login/?next="
HEAD, NOVICE = "head of staff by session", "staff without a role by session"
OF_NO_MODEL = {
    "", "jsi18n/", "login/", "logout/", "search/", "password_change/", "password_change/done/", "second-step/", "security/",
}  # fmt: skip
INTRUDERS = (
    "nobody", "nonsense", "head of staff", "the victim's payout key", "an ended session",
    "the stranger by session", "the victim's owner by session",
)  # fmt: skip
FORMER: tuple[dict[str, Any], ...] = ({"is_staff": False}, {"is_active": False}, {"password": "another"}, {"token_generation": 1})
_OBJECT = re.compile(r"(\w+)/(\w+)/<path:object_id>")
every_page = pytest.mark.parametrize("page", routes.admin_pages(), ids=lambda page: f"/admin/{page}")


def address(page: str) -> str:
    """Where the page is, of the first object there is of its kind."""
    if found := _OBJECT.match(page):
        model: Any = apps.get_model(found[1], found[2])
        page = page.replace("<path:object_id>", str(getattr(model._base_manager.order_by("pk").first(), "pk", 1)))
    page = re.sub(r"\(\?P<\w+>(\w+)[^)]*\)", r"\1", page)  # of a regular expression's words, the first
    page = re.sub(r"\(\?P<\w+>\.\*\)", "anything", page)
    return f"/admin/{re.sub(r'<[^>]*>', '1', page).strip('^$')}"


@every_page
def test_admin_page_is_closed_to_intruders(world: World, wire: Wire, page: str) -> None:
    path = address(page)
    for method, badges in (("GET", INTRUDERS), ("POST", INTRUDERS[-2:])):
        for badge in badges:
            answer = wire.raw(method, path, headers=world.badges[badge](b""))
            _is_turned_away(world, answer, page, f"{method} {path} as {badge}")
    assert not world.changes(), f"{path}: an intruder has changed {world.changes()}"


@every_page
def test_admin_page_is_closed_to_former_staff(world: World, wire: Wire, page: str) -> None:
    path = address(page)
    for change in FORMER:
        with undone():
            User.objects.filter(email="head@mypay.example").update(**change)
            answer = wire.raw("GET", path, headers=world.badges[HEAD](b""))
        _is_turned_away(world, answer, page, f"GET {path} as {HEAD} after {change}")


def _is_turned_away(world: World, answer: Answer, page: str, said: str) -> None:
    given_away = answer.holds(world.own.secrets) - OWN_ADDRESS
    assert not given_away, f"{said}: the answer holds {given_away}"
    assert answer.status == (200 if page == "login/" else 302), f"{said}: {answer.status}"
    if page != "login/":
        wanted = "/admin/" if page == "logout/" else LOGIN_PAGE
        assert answer.headers["Location"].startswith(wanted), f"{said}: leads to {answer.headers['Location']}, not to {wanted}"


@every_page
def test_admin_page_shows_nothing_to_staff_without_rights(world: World, wire: Wire, page: str) -> None:
    path = address(page)
    for method, query in (("GET", ""), ("GET", "?s=sealed&q=sealed&term=sealed"), ("POST", "")):
        said = f"{method} {path}{query} as {NOVICE}"
        with undone():
            answer = wire.raw(method, path + query, headers=world.badges[NOVICE](b""))
            assert not world.changes(), f"{said} has changed {world.changes()}"
        assert not answer.holds(world.own.secrets), f"{said}: the answer holds {answer.holds(world.own.secrets)}"
        expected = (200, 302, 405) if page in OF_NO_MODEL else (302, 403, 404, 405)
        assert answer.status in expected, f"{said}: {answer.status}, not one of {expected}"


@pytest.mark.parametrize("model", sorted(admin.site._registry, key=lambda model: model._meta.label), ids=lambda model: model._meta.label)
def test_admin_list_opens_to_the_head_of_staff(world: World, wire: Wire, model: Any) -> None:
    """Else the refusals above would prove nothing."""
    path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    assert wire.raw("GET", path, headers=world.badges[HEAD](b"")).status == 200, path
