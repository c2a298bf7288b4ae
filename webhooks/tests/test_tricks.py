"""What deliveries can be made to do wrong, by a rule or by the header of one request."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from standardwebhooks import WebhookVerificationError

from audit.models import AuditEntry
from conftest import Api
from merchants.models import Merchant
from merchants.states import Environment
from sandbox import tricks
from sandbox.services.clock import freeze
from sandbox.tricks import HEADER
from tests.patience import FOREVER
from webhooks.models import Event, TrickRule
from webhooks.states import Trick
from webhooks.tests.conftest import Hooks, verify
from webhooks.tests.receiver import Receiver


def test_duplicate_arrives_twice_and_is_one_delivery(hooks: Hooks, receiver: Receiver, settle: Callable[[], None]) -> None:
    made = hooks.create(receiver.url)
    hooks.trick("duplicate", uses=1)
    for _ in range(2):
        hooks.trigger()
    settle()
    assert len(receiver.received) == 3 and len({call.headers["webhook-id"] for call in receiver.received}) == 2
    for call in receiver.received:
        verify(call, made["secret"])
    assert [(row["status"], row["tries"], row["trick"]) for row in hooks.deliveries()] == [
        ("delivered", 2, "duplicate"),
        ("delivered", 1, None),
    ]


def test_dropped_delivery_never_comes_until_it_is_resent(hooks: Hooks, receiver: Receiver, settle: Callable[[], None]) -> None:
    hooks.create(receiver.url)
    hooks.trick("drop")
    hooks.trigger()
    settle()
    row = hooks.deliveries()[0]
    assert receiver.received == [] and (row["status"], row["error"]) == ("skipped", "Dropped on purpose")
    assert hooks.api.post(f"/webhooks/deliveries/{row['id']}/resend").json()["data"]["trick"] is None
    settle()
    assert len(receiver.received) == 1


@pytest.mark.parametrize(("members", "late"), [({}, 300), ({"delaySeconds": 7200}, 7200)])
def test_delayed_delivery_comes_late(
    hooks: Hooks, merchant: Merchant, receiver: Receiver, settle: Callable[[], None], pass_time: Any, members: dict[str, int], late: int
) -> None:
    freeze(merchant=merchant)
    hooks.create(receiver.url)
    hooks.trick("delay", **members)
    hooks.trigger()
    settle()
    pass_time(seconds=late - 1)
    assert receiver.received == []
    pass_time(seconds=1)
    row = hooks.deliveries()[0]
    waited = datetime.fromisoformat(row["updatedAt"]) - datetime.fromisoformat(row["createdAt"])
    assert len(receiver.received) == 1 and waited.total_seconds() == late


def test_reordered_delivery_comes_after_the_next_one(hooks: Hooks, receiver: Receiver, settle: Callable[[], None]) -> None:
    hooks.create(receiver.url)
    hooks.trick("reorder", uses=1)
    first = hooks.trigger("payout.created")
    settle()
    assert receiver.received == []
    second = hooks.trigger("payout.updated")
    end = time.monotonic() + FOREVER
    while len(receiver.received) < 2 and time.monotonic() < end:
        settle()
        time.sleep(0.1)
    assert [call.headers["webhook-id"] for call in receiver.received] == [second["id"], first["id"]]


def test_wrong_signature_is_refused_by_a_receiver_that_checks(hooks: Hooks, receiver: Receiver, settle: Callable[[], None]) -> None:
    made = hooks.create(receiver.url)
    hooks.trick("wrong_signature")
    hooks.trigger()
    settle()
    with pytest.raises(WebhookVerificationError, match="No matching signature"):
        verify(receiver.received[0], made["secret"])


def test_stale_timestamp_is_refused_though_its_signature_is_right(hooks: Hooks, receiver: Receiver, settle: Callable[[], None]) -> None:
    made = hooks.create(receiver.url)
    hooks.trick("stale_timestamp")
    hooks.trigger()
    settle()
    with pytest.raises(WebhookVerificationError, match="too old"):
        verify(receiver.received[0], made["secret"])


_MATCHES: list[tuple[dict[str, str], bool]] = [
    ({}, True), ({"type": "payout.created"}, True), ({"type": "payout.*"}, True), ({"type": "*"}, True),
    ({"type": "payout.updated"}, False),
    ({"reference": "R-1"}, True), ({"reference": "R-2"}, False), ({"subjectId": "01936b2e-0000-7000-8000-000000000007"}, True),
    ({"subjectId": "01936b2e-0000-7000-8000-000000000008"}, False), ({"endpointId": "01936b2e-0000-7000-8000-000000000008"}, False),
    ({"endpointId": "merchant"}, False), ({"type": "payout.*", "reference": "R-1"}, True),
    ({"type": "payout.*", "reference": "R-2"}, False),
]  # fmt: skip


@pytest.mark.parametrize(("match", "played"), _MATCHES)
def test_trick_is_played_on_what_it_matches(
    hooks: Hooks, receiver: Receiver, settle: Callable[[], None], match: dict[str, str], played: bool
) -> None:
    hooks.create(receiver.url)
    hooks.trick("drop", match=match)
    hooks.trigger(data={"merchantReference": "R-1"}, subjectId="01936b2e-0000-7000-8000-000000000007")
    settle()
    assert (receiver.received == []) is played


def test_trick_of_one_endpoint_leaves_the_others_alone(hooks: Hooks, receiver: Receiver, settle: Callable[[], None]) -> None:
    honest, tricked = hooks.create(f"{receiver.url}/honest"), hooks.create(f"{receiver.url}/tricked")
    hooks.trick("drop", match={"endpointId": tricked["id"]}, uses=1)
    hooks.trigger()
    settle()
    assert [call.path for call in receiver.received] == ["/hook/honest"] and honest["id"] != tricked["id"]
    assert hooks.get("/sandbox/webhook-tricks") == {"tricks": []}


def test_trick_with_uses_comes_before_a_standing_one(hooks: Hooks, receiver: Receiver, settle: Callable[[], None]) -> None:
    hooks.create(receiver.url)
    hooks.trick("drop")
    hooks.trick("duplicate", uses=1)
    for _ in range(2):
        hooks.trigger()
        settle()
    assert [row["trick"] for row in hooks.deliveries()] == ["duplicate", "drop"]


@pytest.mark.parametrize("trick", Trick.values)
def test_header_marks_the_events_of_its_request_only(
    api: Api, hooks: Hooks, receiver: Receiver, settle: Callable[[], None], trick: str
) -> None:
    hooks.create(receiver.url, events=["payout.created"])
    api.payout(headers={HEADER: trick.upper().replace("_", "-")})
    assert tricks.asked() == ""
    api.payout()
    assert list(Event.objects.filter(type="payout.created").order_by("pk").values_list("trick", flat=True)) == [trick, ""]
    settle()
    assert [row["trick"] for row in hooks.deliveries()] == [trick, None]


def test_header_duplicate_makes_a_checkouts_webhook_come_twice(
    shop: Any, payer: Any, hooks: Hooks, receiver: Receiver, settle: Callable[[], None]
) -> None:
    hooks.create(receiver.url)
    shop.opened({HEADER: "duplicate"})
    settle()
    assert receiver.types() == ["payment.created"] * 2


def test_header_that_is_no_trick_is_refused_by_name(api: Api) -> None:
    for word in ("twice", ";", "duplicate;2"):
        refused = api.payout(headers={HEADER: word})
        assert (refused.status_code, refused["X-MyPay-Error-Field"]) == (400, HEADER)
    assert Event.objects.count() == 0 and tricks.asked() == ""


def test_header_of_a_live_merchant_does_nothing(api: Api, merchant: Merchant) -> None:
    Merchant.objects.filter(pk=merchant.pk).update(environment=Environment.LIVE)
    assert api.payout(headers={HEADER: "drop"}).status_code == 201
    assert list(Event.objects.values_list("trick", flat=True)) == [""]


def test_tricks_of_a_merchant_that_went_live_are_played_no_more(
    hooks: Hooks, merchant: Merchant, receiver: Receiver, settle: Callable[[], None]
) -> None:
    hooks.create(receiver.url)
    hooks.trick("drop")
    Merchant.objects.filter(pk=merchant.pk).update(environment=Environment.LIVE)
    hooks.api.payout()
    settle()
    assert "payout.created" in receiver.types()
    assert hooks.api.post("/sandbox/webhook-tricks", {"trick": "drop"}).json()["error"]["code"] == "SANDBOX_ONLY"


def test_trick_is_shown_as_it_was_made_and_removed(hooks: Hooks, api: Api) -> None:
    made = hooks.trick("delay", match={"type": "refund.*"}, uses=3, delaySeconds=60)
    assert made == {"id": made["id"], "trick": "delay", "match": {"type": "refund.*"}, "delaySeconds": 60, "usesLeft": 3}
    assert hooks.get("/sandbox/webhook-tricks") == {"tricks": [made]}
    assert api.delete(f"/sandbox/webhook-tricks/{made['id']}").json()["data"] == {"removed": 1}
    hooks.trick("drop")
    assert api.delete("/sandbox/webhook-tricks").json()["data"] == {"removed": 1}
    assert AuditEntry.objects.filter(action__startswith="webhook_trick.").count() == 4


_BAD: list[tuple[str, Any]] = [
    ("trick", "explode"), ("trick", None), ("trick", []), ("match", []), ("match.colour", "x"), ("match.type", "payout.sent"),
    ("match.type", 5), ("match.endpointId", "shop"), ("match.subjectId", "x"), ("match.reference", ""), ("match.reference", "x" * 256),
    ("uses", 0), ("uses", 1.5), ("delaySeconds", 0), ("delaySeconds", 604_801), ("delaySeconds", "long"), ("number", 1),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), _BAD)
def test_trick_with_a_bad_member_is_refused_by_name(api: Api, name: str, value: Any) -> None:
    outer, _, inner = name.partition(".")
    response = api.post("/sandbox/webhook-tricks", {"trick": "drop", outer: {inner: value} if inner else value})
    assert (response.status_code, response["X-MyPay-Error-Field"]) == (400, name)
    assert TrickRule.objects.count() == 0


def test_tricks_of_others_are_not_seen_played_nor_removed(
    hooks: Hooks, stranger: Merchant, api_of: Callable[[Merchant], Api], receiver: Receiver, settle: Callable[[], None]
) -> None:
    made, other = hooks.trick("drop"), Hooks(api_of(stranger))
    other.create(receiver.url)
    other.trigger()
    settle()
    assert len(receiver.received) == 1 and other.get("/sandbox/webhook-tricks") == {"tricks": []}
    for trick_id in (made["id"], 0, "x", "9" * 30):
        assert other.api.delete(f"/sandbox/webhook-tricks/{trick_id}").status_code == 404
    assert TrickRule.objects.count() == 1


def test_reset_takes_tricks_and_deliveries_and_leaves_endpoints(hooks: Hooks, receiver: Receiver, settle: Callable[[], None]) -> None:
    made = hooks.create(receiver.url)
    hooks.trick("duplicate")
    hooks.trigger()
    settle()
    assert hooks.api.post("/sandbox/reset").status_code == 200
    assert hooks.get("/sandbox/webhook-tricks") == {"tricks": []} and hooks.deliveries() == []
    made.pop("secret")
    assert hooks.get("/webhooks/endpoints") == {"endpoints": [made]}


def test_snapshot_brings_tricks_and_deliveries_back_even_to_a_deleted_endpoint(
    hooks: Hooks, receiver: Receiver, settle: Callable[[], None]
) -> None:
    made = hooks.create(receiver.url)
    hooks.trick("duplicate", uses=5)
    hooks.trigger()
    settle()
    hooks.api.post(f"/webhooks/endpoints/{made['id']}/replay", {"status": "all"})
    settle()
    before = [hooks.get("/sandbox/webhook-tricks"), hooks.deliveries(), hooks.attempts(hooks.deliveries()[0]["id"])]
    snapshot = hooks.api.post("/sandbox/snapshots").json()["data"]["id"]
    hooks.api.delete("/sandbox/webhook-tricks")
    hooks.api.delete(f"/webhooks/endpoints/{made['id']}")
    hooks.trigger()
    assert hooks.api.post(f"/sandbox/snapshots/{snapshot}/restore").status_code == 200
    assert [hooks.get("/sandbox/webhook-tricks"), hooks.deliveries(), hooks.attempts(hooks.deliveries()[0]["id"])] == before
