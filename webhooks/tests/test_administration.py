"""What a merchant's people do with its keys, endpoints and balance is an event, too."""

import json
from datetime import timedelta
from typing import Any

import pytest

from conftest import Api
from ledger.services.top_up import top_up
from merchants.models import Merchant
from merchants.services.issue_key import issue_key, revoke_key
from merchants.services.rotate_key import rotate_key, rotate_keys
from merchants.states import Scope
from webhooks.models import Delivery, Event
from webhooks.tests.conftest import Hooks
from webhooks.tests.receiver import Receiver


def told(merchant: Merchant) -> list[tuple[str, dict[str, Any]]]:
    """Types and objects of the merchant's events, the oldest first, without their times."""
    events = [(event.type, json.loads(event.data)) for event in Event.objects.filter(merchant=merchant).order_by("pk")]
    return [(type, {name: value for name, value in data.items() if name != "createdAt"}) for type, data in events]


def test_top_up_is_told_with_its_amount(merchant: Merchant) -> None:
    top_up(merchant=merchant, currency="INR", amount=50_000)
    ((type, data),) = told(merchant)
    assert (type, data["amount"], data["currency"]) == ("balance.topped_up", "500.00", "INR")


def test_keys_are_told_from_issue_to_revocation_without_their_secret(merchant: Merchant) -> None:
    made = issue_key(merchant=merchant, scope=Scope.RAZORPAY)
    new = rotate_key(row=made.row, overlap=timedelta(hours=1))
    revoke_key(new.row)
    events = told(merchant)
    assert [type for type, _ in events] == ["api_key.issued", "api_key.issued", "api_key.rotated", "api_key.revoked"]
    assert events[2][1] == {"id": str(made.row.pk), "hint": made.row.hint, "newHint": new.row.hint, "overlapSeconds": 3600}
    kept = "".join(Event.objects.values_list("data", flat=True))
    assert made.secret not in kept and new.secret not in kept


def test_rotation_of_all_keys_tells_of_each(merchant: Merchant) -> None:
    issue_key(merchant=merchant, scope=Scope.PAYMENTS)
    rotate_keys(merchant=merchant, scopes=[Scope.PAYMENTS])
    assert [type for type, _ in told(merchant)] == ["api_key.issued", "api_key.revoked", "api_key.issued"]


def test_endpoints_tell_the_others_and_not_themselves(api: Api, receiver: Receiver, merchant: Merchant, settle: Any) -> None:
    hooks = Hooks(api)
    ear = hooks.create(receiver.url, events=["endpoint.*"])
    other = api.post("/webhooks/endpoints", {"url": f"{receiver.url}/other"}).json()["data"]
    hooks.patch(other["id"], description="The second")
    api.post(f"/webhooks/endpoints/{other['id']}/rotate-secret")
    hooks.send("DELETE", f"/webhooks/endpoints/{other['id']}")
    settle()
    heard = receiver.types()  # of other objects each, so in any order
    assert sorted(heard) == ["endpoint.changed", "endpoint.created", "endpoint.deleted", "endpoint.secret_rotated"]
    assert {str(pk) for pk in Delivery.objects.values_list("endpoint", flat=True)} == {ear["id"]}
    assert other["secret"] not in "".join(Event.objects.values_list("data", flat=True))


def test_endpoint_switched_off_by_410_is_told_to_the_others(hooks: Hooks, receiver: Receiver, settle: Any) -> None:
    hooks.create(receiver.url, events=["endpoint.disabled"])
    gone = hooks.create(f"{receiver.url}/gone", events=["payout.created"])
    receiver.statuses = [410]
    hooks.trigger("payout.created")
    settle()
    (call,) = [call for call in receiver.received if call.json["type"] == "endpoint.disabled"]
    assert call.json["data"]["id"] == gone["id"] and "410" in call.json["data"]["reason"]


@pytest.mark.parametrize("family", ["balance", "api_key", "endpoint"])
def test_families_can_be_fired_and_filtered(hooks: Hooks, receiver: Receiver, settle: Any, family: str) -> None:
    hooks.create(receiver.url, events=[f"{family}.*"])
    types = [entry["type"] for entry in hooks.get("/webhooks/event-types")["eventTypes"] if entry["type"].startswith(f"{family}.")]
    for type in types:
        hooks.trigger(type)
    settle()
    assert len(types) > 0 and sorted(receiver.types()) == sorted(types)
