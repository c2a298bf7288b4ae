"""`/api/v1/webhooks/endpoints`: make, read, change, delete, rotate."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import resolve

from audit.models import AuditEntry
from conftest import Api
from merchants.models import Merchant
from merchants.states import Environment
from webhooks.models import Endpoint
from webhooks.services.create_endpoint import MAX_ENDPOINTS
from webhooks.tests.conftest import Hooks, enabled, verify
from webhooks.tests.receiver import Receiver

URL = "https://shop.example/hooks"
NOWHERE = "01936b2e-0000-7000-8000-000000000000"


def test_create_shows_the_secret_this_once(hooks: Hooks, merchant: Merchant) -> None:
    made = hooks.create(URL)
    secret = made.pop("secret")
    assert secret.startswith("whsec_") and len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 24
    assert made == {
        "id": made["id"], "url": URL, "description": "", "events": [], "dialect": "mypay", "headers": {}, "schedule": None,
        "perSecond": None, "ordered": False, "enabled": True, "disabledReason": None, "failingSince": None, "oldSecretUntil": None,
        "createdAt": made["createdAt"], "updatedAt": made["createdAt"],
    }  # fmt: skip
    assert hooks.get(f"/webhooks/endpoints/{made['id']}") == made
    assert hooks.get("/webhooks/endpoints") == {"endpoints": [made]}
    kept = Endpoint.objects.get(pk=made["id"])
    assert secret not in kept.secret_encrypted and not AuditEntry.objects.filter(details__contains=secret).exists()


def test_create_keeps_all_that_was_said(hooks: Hooks) -> None:
    said = {
        "description": "Shop", "events": ["payout.*", "payment.completed", "payout.*"], "dialect": "mypay-legacy",
        "headers": {"Authorization": "Bearer x", "X-Shop": "1"}, "schedule": [0, 5, 172800], "perSecond": 3, "ordered": True,
    }  # fmt: skip
    made = hooks.create(URL, **said)
    assert {name: made[name] for name in said} == {**said, "events": ["payout.*", "payment.completed"]}


def test_create_from_a_form_is_understood(api: Api) -> None:
    form = "url=https%3A%2F%2Fshop.example%2F&perSecond=5&ordered=true"
    made = api.post("/webhooks/endpoints", form, content_type="application/x-www-form-urlencoded").json()["data"]
    assert (made["perSecond"], made["ordered"]) == (5, True)


_BAD: list[tuple[str, Any, str]] = [
    ("url", "", "url"), ("url", None, "url"), ("url", 5, "url"), ("url", "ftp://shop.example", "url"),
    ("url", "https://u:p@shop.example/", "url"),
    ("url", "http://10.0.0.1/", "url"), ("url", "https://shop.example/" + "x" * 2048, "url"), ("url", ["https://shop.example"], "url"),
    ("description", "x" * 201, "description"), ("description", "a\nb", "description"), ("description", 5, "description"),
    ("events", "payout.*", "events"), ("events", ["payout.created"] * 51, "events"), ("events", ["payout.sent"], "events.0"),
    ("events", ["*", "payouts.*"], "events.1"), ("events", ["pay*"], "events.0"), ("events", [""], "events.0"), ("events", [5], "events.0"),
    ("dialect", "stripe", "dialect"), ("dialect", None, "dialect"), ("dialect", [], "dialect"),
    ("headers", [], "headers"), ("headers", {f"X-{n}": "1" for n in range(21)}, "headers"), ("headers", {"Host": "x"}, "headers.Host"),
    ("headers", {"content-length": "5"}, "headers.content-length"),
    ("headers", {"Transfer-Encoding": "chunked"}, "headers.Transfer-Encoding"),
    ("headers", {"Connection": "close"}, "headers.Connection"), ("headers", {"Webhook-Id": "x"}, "headers.Webhook-Id"),
    ("headers", {"webhook-signature": "x"}, "headers.webhook-signature"),
    ("headers", {"X-MyPay-Signature": "x"}, "headers.X-MyPay-Signature"),
    ("headers", {"X-Webhook-Source": "x"}, "headers.X-Webhook-Source"), ("headers", {"X A": "x"}, "headers.X A"),
    ("headers", {"": "x"}, "headers."),
    ("headers", {"X-A": "a\r\nHost: b"}, "headers.X-A"), ("headers", {"X-A": "a\x00"}, "headers.X-A"),
    ("headers", {"X-A": ""}, "headers.X-A"),
    ("headers", {"X-A": "ä"}, "headers.X-A"), ("headers", {"X-A": " a"}, "headers.X-A"), ("headers", {"X-A": 5}, "headers.X-A"),
    ("headers", {"X-A": "x" * 1001}, "headers.X-A"), ("headers", {"X-A": "1", "x-a": "2"}, "headers"),
    ("schedule", [], "schedule"), ("schedule", [0] * 21, "schedule"), ("schedule", "0", "schedule"), ("schedule", [0, -1], "schedule.1"),
    ("schedule", [172_801], "schedule.0"), ("schedule", [1.5], "schedule.0"), ("schedule", [True], "schedule.0"),
    ("perSecond", 0, "perSecond"), ("perSecond", 1001, "perSecond"), ("perSecond", 0.5, "perSecond"), ("perSecond", "x", "perSecond"),
    ("ordered", "yes", "ordered"), ("ordered", 1, "ordered"), ("enabled", True, "enabled"), ("secret", "whsec_x", "secret"),
    ("evnets", [], "evnets"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value", "field"), _BAD)
def test_create_with_a_bad_member_is_refused_by_name(api: Api, name: str, value: Any, field: str) -> None:
    response = api.post("/webhooks/endpoints", {"url": URL, name: value})
    assert (response.status_code, response.json()["error"]["code"]) == (400, "VALIDATION_ERROR"), response.content
    assert response["X-MyPay-Error-Field"] == field
    assert Endpoint.objects.count() == 0


def test_create_beyond_the_limit_is_refused_until_one_is_deleted(hooks: Hooks, api: Api) -> None:
    made = [hooks.create(f"{URL}/{number}") for number in range(MAX_ENDPOINTS)]
    refused = api.post("/webhooks/endpoints", {"url": URL})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "ENDPOINT_LIMIT")
    assert api.delete(f"/webhooks/endpoints/{made[0]['id']}").status_code == 200
    assert api.post("/webhooks/endpoints", {"url": URL}).status_code == 201


def test_change_sets_what_is_named_and_nothing_else(hooks: Hooks) -> None:
    made = hooks.create(URL, description="Shop", schedule=[1], perSecond=3)
    changed = hooks.patch(made["id"], events=["refund.*"], schedule=None, perSecond=None).json()["data"]
    expected = {**made, "events": ["refund.*"], "schedule": None, "perSecond": None, "updatedAt": changed["updatedAt"]}
    expected.pop("secret")
    assert changed == expected == hooks.get(f"/webhooks/endpoints/{made['id']}")


@pytest.mark.parametrize(
    ("body", "field"),
    [({"url": "http://127.1/"}, "url"), ({"enabled": 1}, "enabled"), ({"events": ["x"]}, "events.0"), ({"id": "x"}, "id")],
)
def test_change_with_a_bad_member_is_refused_and_changes_nothing(hooks: Hooks, body: dict[str, Any], field: str) -> None:
    made = hooks.create(URL)
    response = hooks.patch(made["id"], description="new", **body)
    assert (response.status_code, response["X-MyPay-Error-Field"]) == (400, field)
    assert hooks.get(f"/webhooks/endpoints/{made['id']}")["description"] == ""
    assert hooks.patch(made["id"]).status_code == 400


def test_switched_off_endpoint_gets_nothing_and_on_again_does(hooks: Hooks, receiver: Receiver, settle: Callable[[], None]) -> None:
    made = hooks.create(receiver.url)
    off = hooks.patch(made["id"], enabled=False).json()["data"]
    assert (off["enabled"], off["disabledReason"]) == (False, "merchant")
    hooks.trigger("payout.created")
    settle()
    assert receiver.received == [] and hooks.deliveries() == []
    on = hooks.patch(made["id"], enabled=True).json()["data"]
    assert (on["enabled"], on["disabledReason"], on["failingSince"]) == (True, None, None)
    hooks.trigger("payout.updated")
    settle()
    assert receiver.types() == ["payout.updated"]


def test_switched_off_before_the_try_skips_what_waits_and_a_replay_brings_it(
    hooks: Hooks, receiver: Receiver, settle: Callable[[], None], pass_time: Any
) -> None:
    receiver.status = 500
    made = hooks.create(receiver.url, schedule=[0, 60])
    hooks.trigger()
    settle()
    hooks.patch(made["id"], enabled=False)
    pass_time(minutes=5)
    assert [(row["status"], row["error"]) for row in hooks.deliveries()] == [("skipped", "The endpoint is switched off")]
    receiver.status = 200
    hooks.patch(made["id"], enabled=True)
    replayed = hooks.api.post(f"/webhooks/endpoints/{made['id']}/replay", {"status": "skipped"}).json()["data"]
    settle()
    assert replayed["total"] == 1 and [row["status"] for row in hooks.deliveries()] == ["delivered"]


def test_new_url_gets_what_still_waits(hooks: Hooks, receiver: Receiver, settle: Callable[[], None], pass_time: Any) -> None:
    receiver.status = 503
    made = hooks.create(f"{receiver.url}/old", schedule=[0, 60])
    hooks.trigger()
    settle()
    hooks.patch(made["id"], url=f"{receiver.url}/new")
    receiver.status = 200
    pass_time(minutes=2)
    assert [call.path for call in receiver.received] == ["/hook/old", "/hook/new"]
    assert hooks.deliveries()[0]["url"].endswith("/new")


def test_deleted_endpoint_is_gone_but_what_was_sent_is_not(hooks: Hooks, receiver: Receiver, settle: Callable[[], None]) -> None:
    made = hooks.create(receiver.url, headers={"X-Key": "k"})
    hooks.trigger()
    settle()
    assert hooks.api.delete(f"/webhooks/endpoints/{made['id']}").json()["data"] == {"deleted": True}
    path = f"/webhooks/endpoints/{made['id']}"
    gone = [hooks.api.get(path), hooks.api.delete(path), hooks.patch(made["id"], enabled=True), hooks.api.post(f"{path}/rotate-secret")]
    assert [response.status_code for response in gone] == [404] * 4
    assert hooks.get("/webhooks/endpoints") == {"endpoints": []}
    hooks.trigger()
    settle()
    assert len(receiver.received) == 1 and len(hooks.deliveries(endpointId=made["id"])) == 1
    row = Endpoint.objects.get(pk=made["id"])
    assert (row.secret_encrypted, row.headers, enabled(made["id"])) == ("", {}, (False, "deleted"))


def test_rotated_secrets_both_verify_while_they_overlap(
    hooks: Hooks, receiver: Receiver, settle: Callable[[], None], pass_time: Any
) -> None:
    made = hooks.create(receiver.url)
    rotated = hooks.api.post(f"/webhooks/endpoints/{made['id']}/rotate-secret", {"overlapSeconds": 3600}).json()["data"]
    old, new = made["secret"], rotated["secret"]
    assert new != old and rotated["oldSecretUntil"] and "secret" not in hooks.get(f"/webhooks/endpoints/{made['id']}")
    hooks.trigger()
    settle()
    verify(receiver.received[0], old, new)
    assert len(receiver.received[0].headers["webhook-signature"].split()) == 2
    pass_time(hours=1)
    hooks.trigger()
    settle()
    verify(receiver.received[1], new)
    with pytest.raises(Exception, match="No matching signature"):
        verify(receiver.received[1], old)


def test_rotation_without_overlap_ends_the_old_secret_at_once(hooks: Hooks, receiver: Receiver, settle: Callable[[], None]) -> None:
    made = hooks.create(receiver.url)
    rotated = hooks.api.post(f"/webhooks/endpoints/{made['id']}/rotate-secret", {"overlapSeconds": 0}).json()["data"]
    hooks.trigger()
    settle()
    verify(receiver.received[0], rotated["secret"])
    with pytest.raises(Exception, match="No matching signature"):
        verify(receiver.received[0], made["secret"])


def test_rotation_lasts_a_day_unless_told(hooks: Hooks) -> None:
    made = hooks.create(URL)
    path = f"/webhooks/endpoints/{made['id']}/rotate-secret"
    until = hooks.api.post(path).json()["data"]["oldSecretUntil"]
    assert until[8:10] != made["createdAt"][8:10]
    for value in (-1, 604_801, "x", 1.5, None, True):
        refused = hooks.api.post(path, {"overlapSeconds": value})
        assert (refused.status_code, refused["X-MyPay-Error-Field"]) == (400, "overlapSeconds")


def test_endpoints_of_others_are_not_seen(hooks: Hooks, stranger: Merchant, api_of: Callable[[Merchant], Api]) -> None:
    made, other = hooks.create(URL), Hooks(api_of(stranger))
    path = f"/webhooks/endpoints/{made['id']}"
    assert other.get("/webhooks/endpoints") == {"endpoints": []}
    bodies = set()
    for foreign in (path, f"/webhooks/endpoints/{NOWHERE}", "/webhooks/endpoints/x"):
        answers = [other.api.get(foreign), other.api.delete(foreign), other.send("PATCH", foreign, {"enabled": False})]
        answers += [other.api.post(f"{foreign}/rotate-secret"), other.api.post(f"{foreign}/replay")]
        assert {answer.status_code for answer in answers} == {404}
        bodies |= {json.dumps({**answer.json()["error"], "timestamp": ""}) for answer in answers}
    assert len(bodies) == 1 and enabled(made["id"]) == (True, "")


def test_endpoints_of_a_live_merchant_work_alike(hooks: Hooks, merchant: Merchant) -> None:
    Merchant.objects.filter(pk=merchant.pk).update(environment=Environment.LIVE)
    assert hooks.create(URL)["enabled"] is True


def test_every_change_is_audited_without_secrets(hooks: Hooks) -> None:
    made = hooks.create(URL, headers={"Authorization": "Bearer hush-hush"})
    hooks.patch(made["id"], enabled=False, headers={"Authorization": "Bearer hush-hush"})
    hooks.api.post(f"/webhooks/endpoints/{made['id']}/rotate-secret")
    hooks.api.delete(f"/webhooks/endpoints/{made['id']}")
    actions = list(AuditEntry.objects.filter(resource_id=made["id"]).order_by("pk").values_list("action", flat=True))
    assert actions == ["endpoint.created", "endpoint.changed", "endpoint.secret_rotated", "endpoint.deleted"]
    assert not AuditEntry.objects.filter(details__contains="hush-hush").exists()


@pytest.mark.parametrize(("method", "status"), [("PUT", 405), ("POST", 405)])
def test_endpoint_takes_no_other_method(hooks: Hooks, method: str, status: int) -> None:
    assert hooks.send(method, f"/webhooks/endpoints/{NOWHERE}").status_code == status


def test_a_payment_key_opens_them_too_and_none_does_not(hooks: Hooks, shop: Any) -> None:
    hooks.create(URL)
    assert len(shop.get("/api/v1/webhooks/endpoints").json()["data"]["endpoints"]) == 1
    refused = hooks.api.client.get("/api/v1/webhooks/endpoints")
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "MISSING_API_KEY")


def test_faults_strike_them(api: Api) -> None:
    assert api.post("/webhooks/endpoints", {"url": URL}, **{"X-Mock-Fault": "error_before;503"}).status_code == 503
    assert Endpoint.objects.count() == 0


@pytest.mark.parametrize("service", ["all", "gateway", "payout_api", "payment_api"])
def test_every_api_service_has_them_beside_the_contracts_two(service: str) -> None:
    names = {
        path: resolve(f"/api/v1/{path}", f"mypay.urls.{service}").url_name for path in ("webhooks/endpoints", "sandbox/webhook-tricks")
    }
    assert names == {"webhooks/endpoints": "webhook-endpoints", "sandbox/webhook-tricks": "sandbox-webhook-tricks"}
    if service != "payout_api":
        for path in ("/webhooks/test", "/api/v1/webhooks/test", "/webhooks/process-pending", "/api/v1/webhooks/process-pending"):
            assert resolve(path, f"mypay.urls.{service}").view_name
