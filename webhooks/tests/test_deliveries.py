"""Deliveries: how they are tried, read, sent again and replayed, each by the merchant's clock."""

import itertools
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from audit.models import AuditEntry
from conftest import Api
from merchants.models import Merchant, Message
from mypay.kit import clock
from sandbox.services.clock import freeze
from tests.patience import FOREVER
from webhooks.models import Attempt, Delivery
from webhooks.services.dispatch import dispatch_events
from webhooks.services.schedule import USUAL
from webhooks.tests.conftest import Hooks, enabled, first, verify
from webhooks.tests.receiver import Receiver

NOWHERE = "01936b2e-0000-7000-8000-000000000000"
DEAD = "http://127.0.0.1:9/closed"


def _now(merchant: Merchant) -> datetime:
    merchant.refresh_from_db()
    return clock.now(merchant)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_schedule_is_ten_tries_over_76_hours_each_near_its_time(
    hooks: Hooks, merchant: Merchant, receiver: Receiver, settle: Callable[[], None], pass_time: Any
) -> None:
    receiver.status = 500
    freeze(merchant=merchant)
    made = hooks.create(receiver.url)
    hooks.trigger()
    settle()
    pass_time(hours=100)
    delivery = hooks.deliveries()[0]
    assert (delivery["status"], delivery["tries"], delivery["statusCode"], delivery["nextTryAt"]) == ("failed", 10, 500, None)
    tried = hooks.attempts(delivery["id"])
    assert [attempt["number"] for attempt in tried] == list(range(1, 11))
    waits = [(_at(later["createdAt"]) - _at(sooner["createdAt"])).total_seconds() for sooner, later in itertools.pairwise(tried)]
    for wait, usual in zip(waits, USUAL[1:], strict=True):
        assert 0.8 * usual - 0.01 <= wait <= 1.2 * usual + 0.01
    assert any(wait != usual for wait, usual in zip(waits, USUAL[1:], strict=True))
    assert len(USUAL) == 10 and 75 * 3600 < sum(USUAL) < 76 * 3600
    assert enabled(made["id"]) == (True, "")


def test_own_schedule_is_kept_to_the_second(
    hooks: Hooks, merchant: Merchant, receiver: Receiver, settle: Callable[[], None], pass_time: Any
) -> None:
    receiver.status = 500
    freeze(merchant=merchant)
    hooks.create(receiver.url, schedule=[10, 60, 3600])
    hooks.trigger()
    settle()
    assert receiver.received == []
    pass_time(hours=2)
    delivery = hooks.deliveries()[0]
    tried = hooks.attempts(delivery["id"])
    offsets = [(_at(attempt["createdAt"]) - _at(delivery["createdAt"])).total_seconds() for attempt in tried]
    assert (delivery["status"], offsets) == ("failed", [10, 70, 3670])


@pytest.mark.parametrize(("asked", "waited"), [("600", 600), ("5", 60), ("999999999", 86_400), ("soon", 60), ("", 60)])
def test_retry_after_lengthens_a_wait_and_never_shortens_it(
    hooks: Hooks, merchant: Merchant, receiver: Receiver, settle: Callable[[], None], asked: str, waited: int
) -> None:
    freeze(merchant=merchant)
    receiver.status, receiver.answer_headers = 503, {"Retry-After": asked}
    hooks.create(receiver.url, schedule=[0, 60])
    hooks.trigger()
    settle()
    delivery = hooks.deliveries()[0]
    assert (_at(delivery["nextTryAt"]) - _at(delivery["createdAt"])).total_seconds() == waited


def test_410_switches_the_endpoint_off_and_tells_the_merchant(hooks: Hooks, receiver: Receiver, settle: Callable[[], None]) -> None:
    receiver.status = 410
    made = hooks.create(receiver.url)
    hooks.trigger()
    settle()
    assert enabled(made["id"]) == (False, "gone")
    assert [(row["status"], row["tries"], row["statusCode"]) for row in hooks.deliveries()] == [("failed", 1, 410)]
    assert receiver.url in Message.objects.get().body
    assert AuditEntry.objects.filter(action="endpoint.disabled", resource_id=made["id"]).count() == 1
    assert hooks.get(f"/webhooks/endpoints/{made['id']}")["disabledReason"] == "gone"


def test_nothing_but_failures_for_five_days_switches_the_endpoint_off(
    hooks: Hooks, merchant: Merchant, receiver: Receiver, settle: Callable[[], None], pass_time: Any
) -> None:
    receiver.status = 500
    freeze(merchant=merchant)
    made = hooks.create(receiver.url, schedule=[0, 86_400])
    for _ in range(5):
        hooks.trigger()
        settle()
        pass_time(hours=24)
    assert enabled(made["id"]) == (True, "") and not Message.objects.exists()
    failing = hooks.get(f"/webhooks/endpoints/{made['id']}")["failingSince"]
    assert failing == hooks.deliveries()[0]["createdAt"]
    pass_time(seconds=1)
    hooks.trigger()
    settle()
    assert enabled(made["id"]) == (False, "failing") and Message.objects.count() == 1


def test_one_success_forgets_the_failures(
    hooks: Hooks, merchant: Merchant, receiver: Receiver, settle: Callable[[], None], pass_time: Any
) -> None:
    freeze(merchant=merchant)
    made = hooks.create(receiver.url, schedule=[0])
    for day in range(8):
        receiver.status = 200 if day == 3 else 500
        hooks.trigger()
        settle()
        pass_time(hours=24)
    assert enabled(made["id"]) == (True, "")


def test_frozen_clock_still_delivers_what_is_due_and_holds_what_is_not(
    hooks: Hooks, merchant: Merchant, receiver: Receiver, settle: Callable[[], None], pass_time: Any
) -> None:
    freeze(merchant=merchant)
    now = _now(merchant)
    hooks.create(f"{receiver.url}/now")
    hooks.create(f"{receiver.url}/later", schedule=[60])
    hooks.trigger()
    settle()
    assert [call.path for call in receiver.received] == ["/hook/now"]
    assert first(hooks.deliveries(status="delivered")[0]["endpointId"]).updated_at == now
    pass_time(seconds=60)
    assert [call.path for call in receiver.received] == ["/hook/now", "/hook/later"]


def test_signature_is_of_real_time_whatever_the_merchants_clock_says(
    hooks: Hooks, receiver: Receiver, settle: Callable[[], None], pass_time: Any
) -> None:
    made = hooks.create(receiver.url)
    pass_time(hours=76)
    hooks.trigger()
    settle()
    verify(receiver.received[0], made["secret"])


def test_ordered_endpoint_gets_the_events_of_an_object_one_after_the_other(
    hooks: Hooks, receiver: Receiver, settle: Callable[[], None]
) -> None:
    hooks.create(receiver.url, ordered=True, schedule=[0, 0])
    one, other = hooks.trigger("payout.created"), None
    receiver.refuse_once = one["id"]
    hooks.trigger("payout.updated", subjectId=one["subjectId"])
    other = hooks.trigger("payout.created")
    settle()
    settle_for(settle, receiver, 4)
    order = [(call.json["data"]["id"], call.json["type"]) for call in receiver.received]
    own = [type for subject, type in order if subject == one["subjectId"]]
    assert own == ["payout.created", "payout.created", "payout.updated"]
    assert order.index((other["subjectId"], "payout.created")) < order.index((one["subjectId"], "payout.updated"))


def settle_for(settle: Callable[[], None], receiver: Receiver, calls: int) -> None:
    """Sweep until so many calls came: what waits its turn is looked at every second."""
    end = time.monotonic() + FOREVER
    while len(receiver.received) < calls and time.monotonic() < end:
        time.sleep(0.1)
        settle()


def test_delivery_shows_every_try_as_it_was(hooks: Hooks, receiver: Receiver, settle: Callable[[], None]) -> None:
    receiver.statuses, receiver.answer_headers = [503], {"X-Answer": "later"}
    hooks.create(receiver.url, schedule=[0, 0])
    event = hooks.trigger()
    settle()
    row = hooks.deliveries()[0]
    shown = hooks.get(f"/webhooks/deliveries/{row['id']}")
    tried = shown.pop("attempts")
    assert shown == row
    assert (row["eventId"], row["type"], row["subjectId"], row["status"], row["tries"], row["error"]) == (
        event["id"], "payout.created", event["subjectId"], "delivered", 2, None,
    )  # fmt: skip
    assert [(attempt["statusCode"], attempt["error"]) for attempt in tried] == [(503, "It answered 503"), (200, None)]
    call = receiver.received[0]
    assert tried[0]["requestBody"].encode() == call.body and tried[0]["responseHeaders"]["X-Answer"] == "later"
    assert {name.lower(): value for name, value in tried[0]["requestHeaders"].items()}.items() <= call.headers.items()
    assert tried[0]["durationMs"] >= 0 and tried[0]["url"] == receiver.url


def test_delivery_to_a_closed_port_says_so_in_plain_words(hooks: Hooks, settle: Callable[[], None]) -> None:
    hooks.create(DEAD, schedule=[0])
    hooks.trigger()
    settle()
    row = hooks.deliveries()[0]
    assert (row["status"], row["statusCode"], row["error"]) == ("failed", None, "The connection was refused")


def test_lists_are_filtered_and_paged(
    hooks: Hooks, api: Api, receiver: Receiver, settle: Callable[[], None], django_assert_num_queries: Any
) -> None:
    good, bad = hooks.create(receiver.url), hooks.create(DEAD, schedule=[0], events=["payout.*"])
    events = [hooks.trigger(type) for type in ("payout.created", "payout.updated", "refund.created")]
    settle()
    by = {
        f"endpointId={good['id']}": 3, f"endpointId={bad['id']}": 2, "endpointId=merchant": 0, "endpointId=x": 0,
        f"endpointId={NOWHERE}": 0,
        "status=failed": 2, "status=DELIVERED": 3, "status=lost": 0, "type=payout.created": 2, "type=payout.*": 4, "type=refund.*": 1,
        "type=*": 5, "type=x": 0, f"eventId={events[2]['id']}": 1, "startDate=2020-01-01": 5, "endDate=2020-01-01": 0,
        f"endpointId={bad['id']}&status=failed&type=payout.updated": 1, "replayId=x": 0,
    }  # fmt: skip
    for query, count in by.items():
        assert hooks.get(f"/webhooks/deliveries?{query}")["pagination"]["total"] == count, query
    assert api.get("/webhooks/deliveries?startDate=x")["X-MyPay-Error-Field"] == "startDate"
    with django_assert_num_queries(4):  # the key, the count, the ids, the rows
        hooks.get("/webhooks/deliveries?status=delivered&limit=2")
    by = {
        "type=payout.created": 1, "type=payout.*": 2, f"subjectId={events[0]['subjectId']}": 1, "subjectId=x": 0, "endDate=2020-01-01": 0,
        "": 3,
    }  # fmt: skip
    for query, count in by.items():
        assert hooks.get(f"/webhooks/events?{query}")["pagination"]["total"] == count, query
    page = hooks.get("/webhooks/events?cursor=&limit=2")
    assert page["events"] == [events[2], events[1]]
    assert hooks.get(f"/webhooks/events?limit=2&cursor={page['pagination']['nextCursor']}")["events"] == [events[0]]
    after = hooks.get(f"/webhooks/events?after={events[0]['id']}&limit=1")
    assert (after["events"], after["pagination"]) == ([events[1]], {"limit": 1, "nextAfter": events[1]["id"]})
    assert api.get("/webhooks/events?after=x")["X-MyPay-Error-Field"] == "after"


def test_nothing_of_another_merchant_is_seen_or_sent_again(
    hooks: Hooks, receiver: Receiver, settle: Callable[[], None], stranger: Merchant, api_of: Callable[[Merchant], Api]
) -> None:
    made = hooks.create(receiver.url)
    event = hooks.trigger()
    settle()
    delivery = hooks.deliveries()[0]["id"]
    replay = hooks.api.post(f"/webhooks/endpoints/{made['id']}/replay", {"status": "delivered"}).json()["data"]["id"]
    settle()
    receiver.forget()
    other = Hooks(api_of(stranger))
    assert other.get("/webhooks/events")["events"] == other.get("/webhooks/deliveries")["deliveries"] == []
    for query in (f"subjectId={event['subjectId']}", f"after={NOWHERE}"):
        assert other.get(f"/webhooks/events?{query}")["events"] == []
    assert other.get(f"/webhooks/deliveries?endpointId={made['id']}")["deliveries"] == []
    for unknown in (delivery, NOWHERE, "x"):
        assert other.api.get(f"/webhooks/deliveries/{unknown}").status_code == 404
        assert other.api.post(f"/webhooks/deliveries/{unknown}/resend").status_code == 404
    for unknown in (replay, NOWHERE, "x"):
        assert other.api.get(f"/webhooks/replays/{unknown}").status_code == 404
    settle()
    assert receiver.received == []


@pytest.mark.parametrize("status", [200, 500])
def test_resend_tries_a_finished_delivery_again_now(hooks: Hooks, receiver: Receiver, settle: Callable[[], None], status: int) -> None:
    receiver.status = status
    hooks.create(receiver.url, schedule=[0])
    hooks.trigger()
    settle()
    receiver.status = 200
    delivery = hooks.deliveries()[0]["id"]
    again = hooks.api.post(f"/webhooks/deliveries/{delivery}/resend").json()["data"]
    assert (again["status"], again["tries"]) == ("pending", 1) and again["nextTryAt"]
    settle()
    row = hooks.get(f"/webhooks/deliveries/{delivery}")
    assert (row["status"], row["tries"], [attempt["number"] for attempt in row["attempts"]]) == ("delivered", 2, [1, 2])
    assert receiver.received[0].body == receiver.received[1].body
    assert AuditEntry.objects.filter(action="delivery.resent", resource_id=delivery).count() == 1


def test_resend_brings_a_waiting_try_forward(hooks: Hooks, receiver: Receiver, settle: Callable[[], None]) -> None:
    receiver.statuses = [500]
    hooks.create(receiver.url, schedule=[0, 3600])
    hooks.trigger()
    settle()
    hooks.api.post(f"/webhooks/deliveries/{hooks.deliveries()[0]['id']}/resend")
    settle()
    assert [row["status"] for row in hooks.deliveries()] == ["delivered"]


def test_resend_that_fails_has_a_whole_schedule_before_it(
    hooks: Hooks, merchant: Merchant, receiver: Receiver, settle: Callable[[], None], pass_time: Any
) -> None:
    receiver.status = 500
    hooks.create(receiver.url, schedule=[0, 60])
    hooks.trigger()
    settle()
    pass_time(minutes=5)
    delivery = hooks.deliveries()[0]
    assert (delivery["status"], delivery["tries"]) == ("failed", 2)
    hooks.api.post(f"/webhooks/deliveries/{delivery['id']}/resend")
    settle()
    assert hooks.deliveries()[0]["status"] == "pending"
    pass_time(minutes=5)
    assert [(row["status"], row["tries"]) for row in hooks.deliveries()] == [("failed", 4)]


def test_resend_of_what_is_due_already_changes_nothing(hooks: Hooks, receiver: Receiver, settle: Callable[[], None]) -> None:
    hooks.create(receiver.url)
    event = hooks.trigger()
    dispatch_events([event["id"]])
    row = Delivery.objects.get()
    Delivery.objects.update(wake_at=clock.real_now() + timedelta(seconds=30), attempts=1)  # in a worker's hands
    taken = Delivery.objects.get()
    assert hooks.api.post(f"/webhooks/deliveries/{row.pk}/resend").status_code == 200
    assert Delivery.objects.get().wake_at == taken.wake_at


def test_resend_to_a_switched_off_endpoint_is_refused(hooks: Hooks, receiver: Receiver, settle: Callable[[], None]) -> None:
    made = hooks.create(receiver.url)
    hooks.trigger()
    settle()
    delivery = hooks.deliveries()[0]["id"]
    hooks.patch(made["id"], enabled=False)
    for path in (f"/webhooks/deliveries/{delivery}/resend", f"/webhooks/endpoints/{made['id']}/replay"):
        refused = hooks.api.post(path)
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "ENDPOINT_DISABLED")
    hooks.api.delete(f"/webhooks/endpoints/{made['id']}")
    assert hooks.api.post(f"/webhooks/deliveries/{delivery}/resend").status_code == 409
    assert hooks.get(f"/webhooks/deliveries/{delivery}")["status"] == "delivered"


def test_replay_sends_a_days_failures_with_one_call_and_shows_progress(
    hooks: Hooks, merchant: Merchant, receiver: Receiver, settle: Callable[[], None], pass_time: Any
) -> None:
    receiver.status = 500
    made, other = hooks.create(receiver.url, schedule=[0]), hooks.create(DEAD, schedule=[0])
    days = []
    for _ in range(3):
        days.append(_now(merchant))
        for _ in range(2):
            hooks.trigger()
        settle()
        pass_time(hours=24)
    receiver.status = 200
    receiver.forget()
    day = {"from": clock.iso(days[1] - timedelta(hours=1)), "to": clock.iso(days[1] + timedelta(hours=1))}
    started = hooks.api.post(f"/webhooks/endpoints/{made['id']}/replay", day)
    assert started.status_code == 201
    told = started.json()["data"]
    assert (told["total"], told["pending"], told["delivered"], told["status"], told["endpointId"]) == (2, 2, 0, "failed", made["id"])
    settle()
    done = hooks.get(f"/webhooks/replays/{told['id']}")
    assert (done["total"], done["pending"], done["delivered"], done["failed"], done["skipped"]) == (2, 0, 2, 0, 0)
    assert len(receiver.received) == 2 and len(hooks.deliveries(replayId=told["id"])) == 2
    assert len(hooks.deliveries(endpointId=made["id"], status="failed")) == 4
    assert len(hooks.deliveries(endpointId=other["id"], status="failed")) == 6
    rest = hooks.api.post(f"/webhooks/endpoints/{made['id']}/replay").json()["data"]
    settle()
    assert (rest["total"], rest["from"], rest["to"]) == (4, None, None) and len(receiver.received) == 6
    assert hooks.api.post(f"/webhooks/endpoints/{made['id']}/replay").json()["data"]["total"] == 0


def test_replay_of_everything_sends_what_was_delivered_too(hooks: Hooks, receiver: Receiver, settle: Callable[[], None]) -> None:
    made = hooks.create(receiver.url)
    hooks.trigger()
    settle()
    assert hooks.api.post(f"/webhooks/endpoints/{made['id']}/replay", {"status": "all"}).json()["data"]["total"] == 1
    settle()
    assert len(receiver.received) == 2


@pytest.mark.parametrize(
    ("body", "field"),
    [({"status": "pending"}, "status"), ({"status": []}, "status"), ({"from": "x"}, "from"), ({"to": 5}, "to"), ({"since": "x"}, "since")],
)
def test_replay_with_a_bad_member_is_refused_by_name(hooks: Hooks, body: dict[str, Any], field: str) -> None:
    made = hooks.create(DEAD)
    refused = hooks.api.post(f"/webhooks/endpoints/{made['id']}/replay", body)
    assert (refused.status_code, refused["X-MyPay-Error-Field"]) == (400, field)


def test_process_pending_wakes_what_is_due_and_free_only(hooks: Hooks, shop: Any, receiver: Receiver, settle: Callable[[], None]) -> None:
    hooks.create(receiver.url)
    hooks.create(receiver.url, schedule=[3600])
    event = hooks.trigger()
    dispatch_events([event["id"]])
    Delivery.objects.filter(due_at__lte=clock.real_now()).update(wake_at=None)
    settle()
    assert receiver.received == []
    assert shop.post("/api/v1/webhooks/process-pending", {}).json() == {"success": True, "message": "Processing pending webhooks"}
    settle()
    assert len(receiver.received) == 1 and Attempt.objects.count() == 1
