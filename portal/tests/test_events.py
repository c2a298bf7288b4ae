"""Events, the catalogue, events fired by hand, and the signature debugger."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from merchants.models import Member, Merchant
from merchants.states import Environment, Role
from mypay.kit.clock import real_now
from portal.tests.conftest import MakePayout
from portal.tests.test_endpoints import fired, made
from webhooks import standard
from webhooks.catalogue import EventType
from webhooks.models import Attempt, Event
from webhooks.services.show_secret import show_secret

BAD = "<script>alert(1)</script>"


def test_view_events_each_with_its_deliveries(signed_in: Client, merchant: Merchant, settle: Callable[[], None]) -> None:
    made(merchant, events=["payout.*"])
    [delivery] = fired(merchant, settle)
    fired(merchant, settle, "dispute.opened")
    response = signed_in.get("/portal/events")
    shown = {row.type: [sent.pk for _, sent in deliveries] for row, deliveries in response.context["events"]}
    assert shown == {"dispute.opened": [], "payout.created": [delivery.pk]}
    for query, expected in {"?type=payout.*": 1, "?type=nonsense": 2, f"?subject={uuid4()}": 0, "?start=2999-01-01": 0}.items():
        assert len(signed_in.get(f"/portal/events{query}").context["events"]) == expected, query


def test_view_event_shows_its_body_and_object(
    signed_in: Client, merchant: Merchant, make_payout: MakePayout, settle: Callable[[], None]
) -> None:
    payout = make_payout(merchant, "ORDER-1")
    event = Event.objects.get(subject_id=payout.pk)
    response = signed_in.get(f"/portal/events/{event.pk}")
    body = json.loads(response.context["body"])
    assert (body["id"], body["type"], body["data"]["merchantReference"]) == (str(event.pk), "payout.created", "ORDER-1")
    assert b"On its way" in response.content and f"/portal/payouts/{payout.pk}".encode() in response.content
    settle()
    assert b"It went nowhere" in signed_in.get(f"/portal/events/{event.pk}").content


def test_view_catalogue_has_every_type_with_a_body(signed_in: Client, merchant: Merchant) -> None:
    response = signed_in.get("/portal/events/catalogue")
    told = {each["type"]: json.loads(each["body"]) for _, types in response.context["families"] for each in types}
    assert list(told) == EventType.values and all(body["type"] == type for type, body in told.items())
    assert response.content.count(b">Fire</button>") == len(EventType)


@pytest.mark.parametrize("type", EventType.values)
def test_fire_event_from_the_catalogue(signed_in: Client, merchant: Merchant, type: str) -> None:
    response = signed_in.post("/portal/events/fire", {"type": type})
    event = Event.objects.get(merchant=merchant)
    assert event.type == type and response["Location"] == f"/portal/events/{event.pk}"


def test_fire_event_of_an_own_object_with_own_members(signed_in: Client, merchant: Merchant, make_payout: MakePayout) -> None:
    payout = make_payout(merchant, "ORDER-1")
    signed_in.post("/portal/events/fire", {"type": "payout.updated", "subject_id": str(payout.pk), "members": '{"status": "FAILED"}'})
    data = json.loads(Event.objects.get(type="payout.updated").data)
    assert (data["merchantReference"], data["status"]) == ("ORDER-1", "FAILED")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"type": "nonsense"}, "type"), ({"members": "{"}, "members"), ({"members": "[1]"}, "members"), ({"subject_id": "x"}, "subject_id"),
        ({"members": "[" * 50_000}, "members"), ({"members": json.dumps({"x": "y" * 99_999})}, "members"),
        ({"type": "payment.completed", "members": '{"successUrl": "javascript:alert(1)"}'}, "members"),
    ],
)  # fmt: skip
def test_fire_event_refusal_stands_at_its_field(signed_in: Client, merchant: Merchant, changes: dict[str, str], field: str) -> None:
    response = signed_in.post("/portal/events/fire", {"type": "payout.created", **changes})
    assert response.status_code == 400 and list(response.context["form"].errors) == [field]
    assert not Event.objects.exists()


def test_fire_event_of_a_live_merchant_is_refused(signed_in: Client, merchant: Merchant) -> None:
    Merchant.objects.update(environment=Environment.LIVE)
    assert b"Fire" not in signed_in.get("/portal/events/catalogue").content
    assert signed_in.post("/portal/events/fire", {"type": "payout.created"}).status_code == 400
    assert not Event.objects.exists()


@pytest.mark.parametrize("role", [Role.FINANCE, Role.VIEWER])
def test_fire_and_debug_in_a_lower_role_is_403(signed_in: Client, merchant: Merchant, role: Role) -> None:
    Member.objects.update(role=role)
    for path in ("/portal/events/fire", "/portal/debugger"):
        assert signed_in.get(path).status_code == signed_in.post(path, {"type": "payout.created"}).status_code == 403
    page = signed_in.get("/portal/events/catalogue").content
    assert b"Fire" not in page and b"Debugger" not in page


def test_view_event_of_a_stranger_is_404(signed_in: Client, merchant: Merchant, stranger: Merchant, settle: Callable[[], None]) -> None:
    fired(stranger, settle)
    foreign, unknown = (signed_in.get(f"/portal/events/{key}") for key in (Event.objects.get().pk, uuid4()))
    assert foreign.status_code == unknown.status_code == 404 and foreign.content == unknown.content
    assert signed_in.get("/portal/events").context["events"] == []


def test_view_event_shows_text_as_text(signed_in: Client, merchant: Merchant) -> None:
    signed_in.post("/portal/events/fire", {"type": "payout.created", "members": json.dumps({"merchantReference": BAD})})
    text = signed_in.get(f"/portal/events/{Event.objects.get().pk}").content.decode()
    assert BAD not in text and "&lt;script&gt;" in text


def test_view_events_with_more_rows_asks_no_more_queries(signed_in: Client, merchant: Merchant, settle: Callable[[], None]) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert signed_in.get("/portal/events").status_code == 200
        return len(captured)

    made(merchant)
    fired(merchant, settle)
    few = queries()
    for _ in range(5):
        fired(merchant, settle)
    assert queries() == few <= 7


# The debugger.


def signed(secret: str, body: str) -> dict[str, str]:
    """The form's fields as a receiver would fill them in."""
    sent = standard.headers("evt_1", int(real_now().timestamp()), body.encode(), [secret])
    return {"headers": "\n".join(f"{name}: {value}" for name, value in sent.items()), "body": body}


def codes(client: Client, form: dict[str, str]) -> list[str]:
    response = client.post("/portal/debugger", form)
    assert response.status_code == 200, response.context["form"].errors
    return [finding.code for finding in response.context["report"].findings]


def test_debug_finds_nothing_where_nothing_is_wrong(signed_in: Client, merchant: Merchant) -> None:
    secret = show_secret(made(merchant))
    response = signed_in.post("/portal/debugger", signed(secret, '{"a":\n1}'))
    assert response.context["report"].findings == () and b"It matches" in response.content
    assert secret.encode() not in response.content


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda form: {**form, "body": form["body"] + " "}, "body_padded"),
        (lambda form: {**form, "headers": form["headers"].replace("v1,", "")}, "missing_prefix"),
        (lambda form: {**form, "headers": form["headers"].replace("webhook-id", "x-other")}, "missing_header"),
        (lambda form: {**form, "now": "2001-01-01T00:00:00Z"}, "future_timestamp"),
        (lambda form: {**form, "secret": "whsec_b3RoZXI="}, "wrong_secret"),
    ],
)
def test_debug_says_what_is_wrong(signed_in: Client, merchant: Merchant, spoil: Any, code: str) -> None:
    form = signed(show_secret(made(merchant)), '{"a":1}')
    assert code in codes(signed_in, spoil(form))


def test_debug_takes_an_attempt_as_it_was(signed_in: Client, merchant: Merchant, settle: Callable[[], None]) -> None:
    endpoint = made(merchant)
    fired(merchant, settle)
    attempt = Attempt.objects.get()
    form = signed_in.get(f"/portal/debugger?attempt={attempt.pk}").context["form"]
    assert (form.initial["body"], form.initial["endpoint"]) == (attempt.request_body, str(endpoint.pk))
    assert codes(signed_in, form.initial) == []


@pytest.mark.parametrize("changes", [{"headers": ""}, {"headers": "nothing"}, {"now": "noon"}, {"endpoint": str(uuid4())}])
def test_debug_refusal_stands_at_its_field(signed_in: Client, merchant: Merchant, changes: dict[str, str]) -> None:
    response = signed_in.post("/portal/debugger", {"headers": "webhook-id: x", "body": "", **changes})
    assert response.status_code == 400 and list(response.context["form"].errors) == list(changes)


def test_debug_knows_no_secret_or_attempt_of_a_stranger(
    signed_in: Client, merchant: Merchant, stranger: Merchant, settle: Callable[[], None]
) -> None:
    theirs = made(stranger)
    fired(stranger, settle)
    for key in (Attempt.objects.get().pk, "nonsense", "9" * 30):
        assert signed_in.get(f"/portal/debugger?attempt={key}").context["form"].initial == {}
    assert codes(signed_in, signed(show_secret(theirs), "{}")) == ["no_match"]


def test_debug_shows_text_as_text(signed_in: Client, merchant: Merchant) -> None:
    made(merchant, description=BAD)
    text = signed_in.post("/portal/debugger", {"headers": f"webhook-id: {BAD}\n{BAD}: x", "body": BAD, "secret": BAD}).content.decode()
    assert BAD not in text and "&lt;script&gt;" in text
