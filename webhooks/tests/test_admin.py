"""Events and where they went, as staff see them: everything but secrets."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from webhooks.models import Attempt, Delivery, Endpoint, Event, TrickRule
from webhooks.tests.conftest import Hooks
from webhooks.tests.receiver import Receiver


@pytest.fixture
def told(hooks: Hooks, receiver: Receiver, settle: Callable[[], None]) -> dict[str, Any]:
    """An endpoint with a delivery, and a trick."""
    made = hooks.create(receiver.url, headers={"Authorization": "Bearer hush-hush"})
    hooks.trick("duplicate")
    hooks.trigger()
    settle()
    return made


@pytest.mark.parametrize("model", [Endpoint, Delivery, Attempt, Event, TrickRule])
def test_pages_show_rows_and_no_secret(admin_client: Client, told: dict[str, Any], model: Any) -> None:
    row = model.objects.all()[0]
    name = f"admin:webhooks_{model._meta.model_name}"
    pages = [admin_client.get(reverse(f"{name}_changelist")), admin_client.get(reverse(f"{name}_change", args=[row.pk]))]
    for page in pages:
        assert page.status_code == 200
        content = page.content.decode()
        assert "hush-hush" not in content and told["secret"] not in content
        assert Endpoint.objects.get().secret_encrypted not in content
    assert admin_client.get(reverse(f"{name}_add")).status_code == 403


def test_lists_cost_the_same_for_many_rows(admin_client: Client, told: dict[str, Any], hooks: Hooks, settle: Callable[[], None]) -> None:
    def queries(model: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            admin_client.get(reverse(f"admin:webhooks_{model}_changelist"))
        return len(asked)

    before = [queries(model) for model in ("delivery", "attempt", "endpoint")]
    for _ in range(5):
        hooks.trigger()
    hooks.create("https://shop.example/hooks")
    settle()
    assert [queries(model) for model in ("delivery", "attempt", "endpoint")] == before


def test_search_finds_a_delivery_by_its_event(admin_client: Client, told: dict[str, Any]) -> None:
    event = Event.objects.get()
    page = admin_client.get(reverse("admin:webhooks_delivery_changelist"), {"q": str(event.pk)})
    assert page.status_code == 200 and str(event.subject_id) in page.content.decode()
    assert admin_client.get(reverse("admin:webhooks_delivery_changelist"), {"q": "x"}).status_code == 200
