"""Every page of the admin portal, for every staff role: what opens, and that no list does a query a row."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from merchants.models import User
from merchants.states import STAFF_ROLES, StaffAct, StaffRole, staff_may
from mypay.kit.admin import StaffAdmin
from tests.access.wire import undone
from tests.access.world import World

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
ONE_PAGE = {"merchants.SystemConfig"}
every_role = pytest.mark.parametrize("role", list(StaffRole))
every_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)


def of(model: Any) -> StaffAdmin:
    return admin.site._registry[model]  # type: ignore[return-value]


def url(model: Any, page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.fixture
def clients(world: World) -> Iterator[dict[str, Client]]:
    """Signed in, one of each role."""
    with undone():
        made: dict[str, Client] = {}
        for role in StaffRole:
            made[role] = Client()
            made[role].force_login(User.objects.create_user(f"{role}@roles.example", "password", is_staff=True, staff_role=role))
        yield made


def test_every_page_is_of_our_own_base_and_every_act_has_a_role() -> None:
    assert all(isinstance(found, StaffAdmin) for found in admin.site._registry.values())
    assert set(STAFF_ROLES) == set(StaffAct)
    named = {doing.act for model in MODELS for doing in of(model).doings} | {
        act for model in MODELS for act in (of(model).look_act, of(model).add_act, of(model).change_act, of(model).delete_act) if act
    }
    assert named <= set(StaffAct.values)


@every_role
@every_model
def test_page_opens_to_the_roles_that_may(clients: dict[str, Client], model: Any, role: str) -> None:
    client, page = clients[role], of(model)
    looks = 200 if staff_may(role, page.look_act) else 403
    assert client.get(url(model, "changelist")).status_code == looks
    adds = bool(page.add_act) and staff_may(role, page.add_act)
    assert client.get(url(model, "add")).status_code == (200 if adds else 403)
    row = model._default_manager.order_by("pk").first()
    if row is None or model._meta.label in ONE_PAGE:
        return
    assert client.get(url(model, "change", row.pk)).status_code == looks
    changes = bool(page.change_act) and staff_may(role, page.change_act)
    if not changes:
        assert client.post(url(model, "change", row.pk), {}).status_code == 403
    deletes = bool(page.delete_act) and staff_may(role, page.delete_act)
    assert client.get(url(model, "delete", row.pk)).status_code == (200 if deletes else 403)
    for doing in page.doings:
        may = staff_may(role, doing.act)
        assert client.get(url(model, doing.name, row.pk)).status_code == (200 if may else 403), doing.name
        if not may:
            assert client.post(url(model, doing.name, row.pk), {"reason": "x"}).status_code == 403, doing.name


@every_model
def test_list_costs_the_same_for_one_row_and_for_many(clients: dict[str, Client], monkeypatch: pytest.MonkeyPatch, model: Any) -> None:
    def cost(rows: int) -> int:
        monkeypatch.setattr(type(of(model)), "list_per_page", rows)
        cache.clear()
        with CaptureQueriesContext(connection) as asked:
            assert clients[StaffRole.ADMINISTRATOR].get(url(model, "changelist")).status_code == 200
        return len(asked)

    cost(1)  # what is read once and remembered
    assert cost(1) == cost(100)


@every_role
def test_bulk_act_is_offered_and_done_only_for_the_role(clients: dict[str, Client], role: str) -> None:
    from payouts.models import Payout

    row = Payout.objects.order_by("pk").first()
    assert row is not None
    sent = {"action": "reject", "_selected_action": [str(row.pk)], "index": "0"}
    answer = clients[role].post(url(Payout, "changelist"), sent)
    may = staff_may(role, "decide")
    assert (b"Reject" in answer.content and answer.status_code == 200) == may


def test_checks_run_for_operations_and_administrators_only(clients: dict[str, Client]) -> None:
    for name in ("admin:ledger_check", "admin:audit_check"):
        for role, client in clients.items():
            assert client.get(reverse(name)).status_code == 405
            assert client.post(reverse(name)).status_code == (302 if staff_may(role, "check") else 403)
