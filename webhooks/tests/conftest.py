"""A merchant with endpoints, and the receivers they call."""

import json
from typing import Any

import pytest
from standardwebhooks import Webhook

from conftest import Api
from merchants.models import Merchant
from payments.tests.conftest import pass_time, payer, shop  # noqa: F401
from webhooks.models import Delivery, Endpoint, Event
from webhooks.tests.receiver import Call, receiver  # noqa: F401
from webhooks.tests.vendor import acme  # noqa: F401


class Hooks:
    """A merchant's use of the webhooks API."""

    def __init__(self, api: Api) -> None:
        self.api = api

    def create(self, url: str, **members: Any) -> dict[str, Any]:
        """POST /webhooks/endpoints; returns its data, with the secret."""
        response = self.api.post("/webhooks/endpoints", {"url": url, **members})
        assert response.status_code == 201, response.content
        made: dict[str, Any] = response.json()["data"]
        Event.objects.filter(subject_id=made["id"]).delete()  # that it was added is no part of a test
        return made

    def patch(self, endpoint_id: str, **members: Any) -> Any:
        return self.send("PATCH", f"/webhooks/endpoints/{endpoint_id}", members)

    def send(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"X-API-KEY": self.api.key}
        sent = json.dumps(body or {})
        return self.api.client.generic(method, f"/api/v1{path}", sent, content_type="application/json", headers=headers)

    def trigger(self, type: str = "payout.created", **members: Any) -> dict[str, Any]:
        """POST /webhooks/trigger; returns the event."""
        headers = members.pop("headers", {})
        response = self.api.post("/webhooks/trigger", {"type": type, **members}, **headers)
        assert response.status_code == 201, response.content
        made: dict[str, Any] = response.json()["data"]
        return made

    def get(self, path: str) -> Any:
        """GET and its data."""
        response = self.api.get(path)
        assert response.status_code == 200, response.content
        return response.json()["data"]

    def deliveries(self, **query: str) -> list[dict[str, Any]]:
        """GET /webhooks/deliveries, the oldest first."""
        asked = "&".join(f"{name}={value}" for name, value in {"limit": "100", **query}.items())
        found: list[dict[str, Any]] = self.get(f"/webhooks/deliveries?{asked}")["deliveries"]
        return found[::-1]

    def attempts(self, delivery_id: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get(f"/webhooks/deliveries/{delivery_id}")["attempts"]
        return found

    def trick(self, trick: str, **members: Any) -> dict[str, Any]:
        """POST /sandbox/webhook-tricks."""
        response = self.api.post("/sandbox/webhook-tricks", {"trick": trick, **members})
        assert response.status_code == 201, response.content
        made: dict[str, Any] = response.json()["data"]
        return made


@pytest.fixture
def hooks(api: Api) -> Hooks:
    return Hooks(api)


def verify(call: Call, *secrets: str) -> None:
    """Each secret verifies the call, by the library of Standard Webhooks."""
    for secret in secrets:
        Webhook(secret).verify(call.body, call.headers)


def set_url(merchant: Merchant, url: str) -> None:
    """The original's `webhookUrl`."""
    Merchant.objects.filter(pk=merchant.pk).update(webhook_url=url)


def first(endpoint_id: str) -> Delivery:
    """The endpoint's first delivery."""
    return Delivery.objects.filter(endpoint_id=endpoint_id).order_by("pk")[0]


def enabled(endpoint_id: str) -> tuple[bool, str]:
    """Whether the endpoint is on, and why not."""
    row = Endpoint.objects.get(pk=endpoint_id)
    return row.is_enabled, str(row.disabled_reason)
