"""A vendor's dialect tells one of our events in several of its own, in one, or not at all."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from werkzeug import Response

from merchants.models import Merchant, User
from mypay.kit import clock
from mypay.kit.crypto import hmac_sha256_hex
from mypay.kit.ids import uuid7
from webhooks import dialects
from webhooks.dialects import Form
from webhooks.models import Delivery, Endpoint, Event
from webhooks.services.dispatch import dispatch_events
from webhooks.services.owed import claim
from webhooks.services.resend_about import resend_about
from webhooks.tests.conftest import Hooks
from webhooks.tests.receiver import Receiver
from webhooks.tests.vendor import ACME, NAMES

pytestmark = pytest.mark.usefixtures("acme")


def told(receiver: Receiver) -> list[str]:
    return [call.json["event"] for call in receiver.received]


def test_event_is_told_in_the_dialects_events_in_their_order(hooks: Hooks, receiver: Receiver, settle: Callable[[], None]) -> None:
    made = hooks.create(receiver.url, dialect=ACME)
    event = hooks.trigger("payment.completed", data={"basket": True})
    settle()
    assert sorted(told(receiver)) == sorted(NAMES[:3])
    rows = list(Delivery.objects.filter(event=event["id"]).order_by("pk"))
    assert [(row.name, row.target, row.status) for row in rows] == [(name, made["id"], "delivered") for name in NAMES[:3]]
    for call in receiver.received:
        assert call.headers["x-acme-signature"] == hmac_sha256_hex(made["secret"], call.body)


def test_siblings_are_due_one_after_the_other_and_none_after_its_event(hooks: Hooks, receiver: Receiver) -> None:
    hooks.create(receiver.url, dialect=ACME)
    event = hooks.trigger("payment.completed", data={"basket": True})
    dispatch_events([event["id"]])
    due = dict(Delivery.objects.values_list("name", "due_at"))
    times = [due[name] for name in NAMES[:3]]
    assert times == sorted(set(times)) and times[-1] == Event.objects.get(pk=event["id"]).created_at


def test_siblings_keep_their_order_on_an_endpoint_in_order(hooks: Hooks, receiver: Receiver, settle: Callable[[], None]) -> None:
    hooks.create(receiver.url, dialect=ACME, ordered=True, schedule=[0, 0, 0])
    receiver.statuses = [500, 200, 200, 500]
    hooks.trigger("payment.completed", data={"basket": True})
    for _ in range(6):
        Delivery.objects.filter(status="pending").update(wake_at="2020-01-01T00:00:00Z")
        settle()
    assert told(receiver) == [NAMES[0], NAMES[0], NAMES[1], NAMES[2], NAMES[2]]


def test_siblings_are_sent_while_the_clock_stands(hooks: Hooks, receiver: Receiver, settle: Callable[[], None]) -> None:
    hooks.create(receiver.url, dialect=ACME)
    assert hooks.api.post("/sandbox/clock/freeze", {}).status_code == 200
    hooks.trigger("payment.completed", data={"basket": True})
    settle()
    assert sorted(told(receiver)) == sorted(NAMES[:3])


def test_event_the_dialect_has_no_word_for_goes_nowhere(hooks: Hooks, receiver: Receiver, settle: Callable[[], None]) -> None:
    hooks.create(receiver.url, dialect=ACME)
    for type in ("payment.expired", "payout.created"):
        hooks.trigger(type)
    settle()
    assert receiver.received == [] and not Delivery.objects.exists()


def test_event_of_the_same_name_keeps_no_name_of_its_own(hooks: Hooks, receiver: Receiver, settle: Callable[[], None]) -> None:
    hooks.create(receiver.url, dialect=ACME)
    hooks.trigger("payment.failed")
    settle()
    [row] = hooks.deliveries()
    assert told(receiver) == ["payment.failed"] and Delivery.objects.get().name == "" and row["name"] == row["type"] == "payment.failed"


@pytest.mark.parametrize(
    ("events", "heard"),
    [
        ([], NAMES[:3]), (["*"], NAMES[:3]), (["charge.*"], NAMES[:2]), (["basket.paid"], NAMES[2:3]), (["payment.failed"], ()),
        (["charge.taken", "payment.*"], NAMES[1:2]),
    ],
)  # fmt: skip
def test_filter_is_in_the_dialects_words(
    hooks: Hooks, receiver: Receiver, settle: Callable[[], None], events: list[str], heard: tuple[str, ...]
) -> None:
    hooks.create(receiver.url, dialect=ACME, events=events)
    hooks.trigger("payment.completed", data={"basket": True})
    settle()
    assert sorted(told(receiver)) == sorted(heard)


@pytest.mark.parametrize(
    ("dialect", "events", "field"),
    [
        (ACME, ["payment.completed"], "events.0"), (ACME, ["charge.*", "payout.*"], "events.1"), ("mypay", ["charge.held"], "events.0"),
        ("mypay-legacy", ["payout.*", "charge.*"], "events.1"), (ACME, ["charge"], "events.0"), (ACME, ["charge.held.*"], "events.0"),
    ],
)  # fmt: skip
def test_filter_in_another_dialects_words_is_refused(hooks: Hooks, receiver: Receiver, dialect: str, events: list[str], field: str) -> None:
    response = hooks.api.post("/webhooks/endpoints", {"url": receiver.url, "dialect": dialect, "events": events})
    assert response.status_code == 400 and response.headers["X-MyPay-Error-Field"] == field
    assert not Endpoint.objects.exists()


def test_change_of_dialect_reads_the_filter_anew(hooks: Hooks, receiver: Receiver) -> None:
    made = hooks.create(receiver.url, events=["payment.completed", "payment.failed"])
    refused = hooks.patch(made["id"], dialect=ACME)
    assert (refused.status_code, refused.headers["X-MyPay-Error-Field"]) == (400, "dialect")
    both = hooks.patch(made["id"], dialect=ACME, events=["charge.taken"])
    assert both.status_code == 200 and both.json()["data"]["events"] == ["charge.taken"]
    assert hooks.patch(made["id"], events=["payment.completed"]).headers["X-MyPay-Error-Field"] == "events.0"
    assert hooks.patch(made["id"], description="kept as it is").status_code == 200
    open_to_all = hooks.create(receiver.url, events=["*", "payment.*"])
    assert hooks.patch(open_to_all["id"], dialect=ACME).status_code == 200


def test_dialect_without_a_form_is_refused(hooks: Hooks, receiver: Receiver) -> None:
    response = hooks.api.post("/webhooks/endpoints", {"url": receiver.url, "dialect": "nobody"})
    assert response.status_code == 400 and response.headers["X-MyPay-Error-Field"] == "dialect"


def test_catalogue_lists_the_names_of_each_dialect(hooks: Hooks) -> None:
    names = hooks.get("/webhooks/event-types")["dialects"]
    assert names[ACME] == list(NAMES) and "payment.completed" in names["mypay"] and names["mypay"] == names["mypay-legacy"]


def test_sibling_is_there_once_however_often_it_is_dispatched(hooks: Hooks, receiver: Receiver) -> None:
    hooks.create(receiver.url, dialect=ACME)
    event = hooks.trigger("payment.completed")
    dispatch_events([event["id"]])
    Event.objects.filter(pk=event["id"]).update(due_at=Event.objects.get(pk=event["id"]).created_at)
    dispatch_events([event["id"]])
    assert Delivery.objects.count() == 2
    row = Delivery.objects.all()[0]
    with pytest.raises(IntegrityError), transaction.atomic():
        row.pk = uuid7()
        row.save(force_insert=True)


def test_relay_reads_siblings_in_a_constant_number_of_queries(hooks: Hooks, receiver: Receiver) -> None:
    def queries() -> int:
        Delivery.objects.update(wake_at=clock.real_now())
        with CaptureQueriesContext(connection) as captured:
            rows = claim(100, busy=[], room={}, share=100)
        assert len({(row.event.id, row.event.name) for row in rows}) == len(rows)
        return len(captured)

    hooks.create(receiver.url, dialect=ACME)
    counts = []
    for _ in range(3):
        dispatch_events([hooks.trigger("payment.completed", data={"basket": True})["id"]])
        counts.append(queries())
    assert Delivery.objects.count() == 9 and len(set(counts)) == 1  # rows, the claim, merchants, endpoints, events


def test_resend_about_sends_all_that_told_the_last_fact(hooks: Hooks, receiver: Receiver, merchant: Merchant, settle: Any) -> None:
    hooks.create(receiver.url, dialect=ACME)
    failed = hooks.trigger("payment.failed")
    hooks.trigger("payment.completed", subjectId=failed["subjectId"])
    settle()
    receiver.forget()
    assert resend_about(merchant_id=merchant.pk, subject_id=failed["subjectId"]).sent == 2
    settle()
    assert sorted(told(receiver)) == sorted(NAMES[:2])


def test_name_is_shown_by_api_portal_and_admin(hooks: Hooks, receiver: Receiver, merchant: Merchant, settle: Callable[[], None]) -> None:
    hooks.create(receiver.url, dialect=ACME)
    event = hooks.trigger("payment.completed")
    settle()
    rows = hooks.deliveries()
    assert [(row["type"], row["name"]) for row in rows] == [("payment.completed", name) for name in NAMES[:2]]
    owner, staff = Client(), Client()
    owner.force_login(merchant.members.get().user)
    staff.force_login(User.objects.create_superuser("names@example.test", "password of the staff"))
    rooms = {"deliveries": [], "delivery": [rows[0]["id"]], "events": [], "event": [event["id"]]}
    for name, args in rooms.items():
        assert "charge.held" in owner.get(reverse(f"portal:{name}", args=args)).content.decode(), name
    admin = staff.get(reverse("admin:webhooks_delivery_changelist")).content.decode()
    assert "charge.held" in admin and "charge.taken" in admin


def test_endpoint_form_offers_the_dialects_own_names(hooks: Hooks, receiver: Receiver, merchant: Merchant) -> None:
    owner = Client()
    owner.force_login(merchant.members.get().user)
    form = {"url": receiver.url, "dialect": ACME, "events_acme_charge": ["charge.taken"], "events_payout": ["payout.*"]}
    saved = owner.post(reverse("portal:endpoint-new"), form)
    assert saved.status_code == 302, saved.context["form"].errors
    made = Endpoint.objects.get()
    assert (made.dialect, made.events) == (ACME, ["charge.taken"])
    page = owner.get(reverse("portal:endpoint-change", args=[made.pk]))
    assert page.context["form"]["events_acme_charge"].value() == ["charge.taken"] and b"basket.paid" in page.content
    assert owner.get(reverse("portal:endpoint", args=[made.pk])).status_code == 200
    nothing = owner.post(reverse("portal:endpoint-new"), {**form, "events_acme_charge": []})
    assert nothing.status_code == 400 and "everything" in nothing.context["form"].errors


def test_receiver_has_the_dialects_seconds_to_answer(
    hooks: Hooks,
    acme: Form,
    monkeypatch: pytest.MonkeyPatch,
    httpserver: Any,
    settle: Any,
) -> None:
    monkeypatch.setitem(dialects._forms, (ACME, "payment"), replace(acme, seconds=0.05))

    def slow(request: Any) -> Response:
        time.sleep(0.2)
        return Response("late")

    httpserver.expect_request("/hook").respond_with_handler(slow)
    hooks.create(httpserver.url_for("/hook"), dialect=ACME, schedule=[0])
    hooks.trigger("payment.failed")
    settle()
    [row] = hooks.deliveries()
    assert (row["status"], row["error"]) == ("failed", "No complete answer within 0.05 seconds")


def test_trigger_that_a_dialect_cannot_tell_is_refused(hooks: Hooks, acme: Form, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(dialects._forms, (ACME, "payment"), replace(acme, body=lambda told: json.loads(told.data)["nothing"]))
    response = hooks.api.post("/webhooks/trigger", {"type": "payment.completed"})
    assert response.status_code == 400 and response.headers["X-MyPay-Error-Field"] == "data"
    assert hooks.api.post("/webhooks/trigger", {"type": "payment.expired"}).status_code == 201
