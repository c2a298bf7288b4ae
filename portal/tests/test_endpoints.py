"""The webhooks' room: endpoints, their deliveries, replays."""

import itertools
import json
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEntry
from audit.tags import Tag
from merchants.models import Member, Merchant
from merchants.states import Environment, Role
from mypay.kit.clock import real_now
from portal.access import _CONFIRMED_AT
from webhooks.catalogue import EventType
from webhooks.models import Attempt, Delivery, Endpoint
from webhooks.services.show_secret import show_secret
from webhooks.services.trigger import trigger
from webhooks.states import DisabledReason
from webhooks.tests.factories import make_endpoint
from webhooks.tests.receiver import Receiver, receiver  # noqa: F401

FORM = {"url": "http://127.0.0.1:9/hook", "dialect": "mypay", "everything": "on"}


@pytest.fixture
def endpoint(merchant: Merchant) -> Endpoint:
    return made(merchant)


_hosts = itertools.count(1)


def made(merchant: Merchant, **members: Any) -> Endpoint:
    """Where nobody listens; a host of its own, as the breaker spares one where everything fails."""
    url = f"http://127.0.{next(_hosts) % 250 + 1}.1:9/hook"
    return make_endpoint(merchant, **{"url": url, "schedule": [0], **members})[0]


def confirm(client: Client) -> None:
    session = client.session
    session[_CONFIRMED_AT] = time.time()
    session.save()


def fired(merchant: Merchant, settle: Callable[[], None], type: str = "payout.created") -> list[Delivery]:
    event = trigger(merchant=merchant, type=EventType(type), data={})
    settle()
    return list(Delivery.objects.filter(event=event))


def test_create_endpoint_shows_its_secret_once(signed_in: Client, merchant: Merchant) -> None:
    sent = {
        **FORM, "everything": "", "description": "Shop", "dialect": "mypay",
        "events_payout": ["payout.*"],
        "events_payment": ["payment.completed", "payment.failed"],
        "headers": "Authorization: Bearer a:b\n\nX-Shop: 1", "schedule": "0, 5 60", "per_second": "7", "ordered": "on",
    }  # fmt: skip
    response = signed_in.post("/portal/endpoints/new", sent, follow=True)
    row = Endpoint.objects.get(merchant=merchant)
    assert (row.events, row.headers, row.schedule, row.per_second, row.is_ordered) == (
        ["payout.*", "payment.completed", "payment.failed"], {"Authorization": "Bearer a:b", "X-Shop": "1"}, [0, 5, 60], 7, True,
    )  # fmt: skip
    secret = show_secret(row)
    assert response.redirect_chain == [(f"/portal/endpoints/{row.pk}", 302)] and secret.encode() in response.content
    again = signed_in.get(f"/portal/endpoints/{row.pk}").content
    assert secret.encode() not in again and b"Bearer a:b" not in again


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"url": "nonsense"}, "url"), ({"url": "http://10.0.0.1/x"}, "url"), ({"url": ""}, "url"), ({"dialect": "other"}, "dialect"),
        ({"everything": ""}, "everything"), ({"events_payout": ["payout.unknown"]}, "events_payout"), ({"headers": "no colon"}, "headers"),
        ({"headers": "Host: x"}, "headers"), ({"headers": "A: 1\nA: 2"}, "headers"), ({"schedule": "soon"}, "schedule"),
        ({"schedule": "999999"}, "schedule"), ({"per_second": "0"}, "per_second"), ({"per_second": "many"}, "per_second"),
        ({"description": "x" * 201}, "description"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("page", ["new", "change"])
def test_save_endpoint_refusal_stands_at_its_field(
    signed_in: Client, endpoint: Endpoint, changes: dict[str, Any], field: str, page: str
) -> None:
    path = "/portal/endpoints/new" if page == "new" else f"/portal/endpoints/{endpoint.pk}/change"
    response = signed_in.post(path, {**FORM, **changes})
    assert response.status_code == 400 and list(response.context["form"].errors) == [field], response.context["form"].errors
    assert Endpoint.objects.count() == 1


def test_change_endpoint_starts_from_what_it_has(signed_in: Client, merchant: Merchant) -> None:
    row = made(merchant, events=["payout.*", "dispute.opened"], headers={"X-A": "b"}, perSecond=3, description="Old", ordered=True)
    form = signed_in.get(f"/portal/endpoints/{row.pk}/change").context["form"]
    sent = {name: value for name, value in form.initial.items() if value not in ("", False)}
    assert signed_in.post(f"/portal/endpoints/{row.pk}/change", {**sent, "description": "New"}).status_code == 302
    before = {name: getattr(row, name) for name in ("url", "events", "headers", "schedule", "per_second", "is_ordered")}
    row.refresh_from_db()
    assert {name: getattr(row, name) for name in before} == before and row.description == "New"
    assert AuditEntry.objects.filter(action=Tag.ENDPOINT_CHANGED, resource_id=str(row.pk)).exists()


def test_switch_endpoint_off_and_on(signed_in: Client, endpoint: Endpoint) -> None:
    for enabled, expected in (("false", (False, DisabledReason.MERCHANT)), ("true", (True, ""))):
        page = signed_in.post(f"/portal/endpoints/{endpoint.pk}/switch", {"enabled": enabled}, follow=True)
        endpoint.refresh_from_db()
        assert (endpoint.is_enabled, endpoint.disabled_reason) == expected and page.status_code == 200


def test_view_endpoints_tells_which_was_switched_off(signed_in: Client, merchant: Merchant, endpoint: Endpoint) -> None:
    failing = made(merchant, url="http://127.0.0.1:9/failing")
    Endpoint.objects.filter(pk=endpoint.pk).update(is_enabled=False, disabled_reason=DisabledReason.FAILING)
    Endpoint.objects.filter(pk=failing.pk).update(failing_since=real_now())
    response = signed_in.get("/portal/endpoints")
    assert response.context["broken"] == [endpoint] and b"Nothing but failures for five days" in response.content
    assert [health for _, health in response.context["endpoints"]] == [("failed", "Switched off"), ("retry", "Failing")]
    assert b"Nothing is sent here" in signed_in.get(f"/portal/endpoints/{endpoint.pk}").content


def test_rotate_secret_asks_for_the_password_and_shows_the_new_one_once(signed_in: Client, endpoint: Endpoint) -> None:
    path, old = f"/portal/endpoints/{endpoint.pk}/secret", show_secret(endpoint)
    assert signed_in.post(path, {"overlap": "3600"})["Location"].startswith("/portal/confirm?next=")
    confirm(signed_in)
    response = signed_in.post(path, {"overlap": "3600"}, follow=True)
    endpoint.refresh_from_db()
    new = show_secret(endpoint)
    assert new != old and new.encode() in response.content and endpoint.old_secret_until is not None
    assert new.encode() not in signed_in.get(f"/portal/endpoints/{endpoint.pk}").content
    assert signed_in.post(path, {"overlap": "77"}).status_code == 400


def test_delete_endpoint_asks_first(signed_in: Client, endpoint: Endpoint) -> None:
    path = f"/portal/endpoints/{endpoint.pk}/delete"
    assert signed_in.get(path).status_code == 200 and Endpoint.objects.filter(deleted_at=None).exists()
    assert b"is deleted" in signed_in.post(path, follow=True).content
    assert signed_in.get(f"/portal/endpoints/{endpoint.pk}").status_code == 404


def test_send_test_arrives(
    signed_in: Client, merchant: Merchant, receiver: Receiver, settle: Callable[[], None]  # noqa: F811
) -> None:  # fmt: skip
    row = made(merchant, url=receiver.url, events=["refund.*"])
    response = signed_in.post(f"/portal/endpoints/{row.pk}/test", follow=True)
    settle()
    assert receiver.types() == ["refund.created"] and b"refund.created is on its way" in response.content
    assert b"Delivered" in signed_in.get(response.redirect_chain[-1][0]).content


def test_send_test_of_a_live_merchant_is_refused(signed_in: Client, merchant: Merchant, endpoint: Endpoint) -> None:
    Merchant.objects.update(environment=Environment.LIVE)
    assert b"Send a test" not in signed_in.get(f"/portal/endpoints/{endpoint.pk}").content
    assert signed_in.post(f"/portal/endpoints/{endpoint.pk}/test").status_code == 403


def test_replay_sends_what_failed_and_shows_how_far_it_is(
    signed_in: Client, merchant: Merchant, receiver: Receiver, settle: Callable[[], None]  # noqa: F811
) -> None:  # fmt: skip
    row, receiver.status = made(merchant, url=receiver.url), 500
    for _ in range(3):
        fired(merchant, settle)
    receiver.status = 200
    response = signed_in.post(f"/portal/endpoints/{row.pk}/replay", {"status": "failed"}, follow=True)
    [(path, _)] = response.redirect_chain
    assert (response.context["done"], response.context["is_over"], response.context["counts"]["pending"]) == (0, False, 3)
    assert b"every 2s" in response.content
    settle()
    part = signed_in.get(path, headers={"HX-Request": "true"})
    assert part.context["counts"]["delivered"] == 3 and b"every 2s" not in part.content and b"<html" not in part.content
    assert len(signed_in.get(signed_in.get(path).context["deliveries_url"]).context["deliveries"]) == 3


@pytest.mark.parametrize(("start", "end", "total"), [("", "", 1), ("2001-01-01", "", 1), ("", "2001-01-01", 0), ("2999-01-01", "", 0)])
def test_replay_takes_the_days_asked_for(
    signed_in: Client, merchant: Merchant, endpoint: Endpoint, settle: Callable[[], None], start: str, end: str, total: int
) -> None:
    fired(merchant, settle)
    response = signed_in.post(f"/portal/endpoints/{endpoint.pk}/replay", {"status": "all", "start": start, "end": end}, follow=True)
    assert response.context["replay"].total == total


def test_replay_of_an_endpoint_that_is_off_is_refused_in_the_form(signed_in: Client, endpoint: Endpoint) -> None:
    Endpoint.objects.update(is_enabled=False)
    response = signed_in.post(f"/portal/endpoints/{endpoint.pk}/replay", {"status": "all"})
    assert response.status_code == 400 and b"switched off" in response.content


def test_view_deliveries_by_what_is_asked(signed_in: Client, merchant: Merchant, endpoint: Endpoint, settle: Callable[[], None]) -> None:
    other = made(merchant, events=["dispute.*"])
    [payout] = fired(merchant, settle)
    disputes = fired(merchant, settle, "dispute.opened")
    Delivery.objects.filter(pk=payout.pk).update(status="delivered")

    def found(query: str) -> set[Any]:
        return {row.pk for row in signed_in.get(f"/portal/endpoints/deliveries{query}").context["deliveries"]}

    both = {row.pk for row in disputes}
    assert len(both) == 2 and found("") == both | {payout.pk}
    for query, expected in {
        "?status=delivered": {payout.pk}, "?status=failed": both, "?type=dispute.*": both, "?type=payout.created": {payout.pk},
        f"?endpoint={other.pk}&type=dispute.opened": {row.pk for row in disputes if row.endpoint_id == other.pk},
        f"?subject={payout.event.subject_id}": {payout.pk}, "?endpoint=merchant": set(), "?start=2999-01-01": set(),
        "?status=nonsense": both | {payout.pk},
    }.items():  # fmt: skip
        assert found(query) == expected, query


def test_view_delivery_shows_each_attempt_in_full(
    signed_in: Client, merchant: Merchant, receiver: Receiver, settle: Callable[[], None]  # noqa: F811
) -> None:  # fmt: skip
    made(merchant, url=receiver.url, schedule=[0, 0], headers={"Authorization": "Bearer sekrit"})
    receiver.statuses = [503]
    [delivery] = fired(merchant, settle)
    response = signed_in.get(f"/portal/endpoints/deliveries/{delivery.pk}")
    (last, shown), (first, _) = response.context["attempts"]
    assert (first.status_code, last.status_code) == (503, 200)
    sent = {name.lower(): value for name, value in json.loads(last.request_headers).items()}
    assert shown.base_string == f"{sent['webhook-id']}.{sent['webhook-timestamp']}.{last.request_body}"
    assert f"webhook-signature: {sent['webhook-signature']}" in shown.curl and receiver.url in shown.curl
    text = response.content.decode()
    assert "Attempt 1: 503" in text and "Attempt 2: 200" in text and f"/portal/debugger?attempt={last.pk}" in text
    assert "sekrit" not in text


def test_resend_delivery_sends_it_again(
    signed_in: Client, merchant: Merchant, receiver: Receiver, settle: Callable[[], None]  # noqa: F811
) -> None:  # fmt: skip
    made(merchant, url=receiver.url)
    [delivery] = fired(merchant, settle)
    assert b"on its way again" in signed_in.post(f"/portal/endpoints/deliveries/{delivery.pk}/resend", follow=True).content
    settle()
    assert Attempt.objects.filter(delivery=delivery).count() == len(receiver.received) == 2


def test_resend_to_an_endpoint_that_is_off_is_refused(signed_in: Client, merchant: Merchant, endpoint: Endpoint, settle: Any) -> None:
    [delivery] = fired(merchant, settle)
    Endpoint.objects.update(is_enabled=False)
    path = f"/portal/endpoints/deliveries/{delivery.pk}"
    assert b"Send again" not in signed_in.get(path).content
    assert signed_in.post(f"{path}/resend").status_code == 409


@pytest.mark.parametrize("role", [Role.FINANCE, Role.VIEWER])
def test_change_webhooks_in_a_lower_role_is_403(signed_in: Client, merchant: Merchant, endpoint: Endpoint, settle: Any, role: Role) -> None:
    [delivery] = fired(merchant, settle)
    Member.objects.update(role=role)
    base = f"/portal/endpoints/{endpoint.pk}"
    for path in ("/portal/endpoints/new", f"{base}/change", f"{base}/secret", f"{base}/replay", f"{base}/delete"):
        assert signed_in.get(path).status_code == 403
    for path in (f"{base}/switch", f"{base}/test", f"{base}/delete", f"/portal/endpoints/deliveries/{delivery.pk}/resend"):
        assert signed_in.post(path).status_code == 403
    for path in ("/portal/endpoints", base, f"/portal/endpoints/deliveries/{delivery.pk}"):
        page = signed_in.get(path)
        assert page.status_code == 200 and b"/delete" not in page.content and page.content.count(b"<form") == 1  # sign out


def test_view_webhooks_of_a_stranger_is_404(signed_in: Client, merchant: Merchant, stranger: Merchant, settle: Any) -> None:
    theirs = made(stranger)
    [delivery] = fired(stranger, settle)
    for path in ("{}", "{}/change", "{}/replay", "{}/delete"):
        foreign, unknown = (signed_in.get(f"/portal/endpoints/{path.format(key)}") for key in (theirs.pk, uuid4()))
        assert foreign.status_code == unknown.status_code == 404 and foreign.content == unknown.content
    assert signed_in.get(f"/portal/endpoints/deliveries/{delivery.pk}").status_code == 404
    assert signed_in.get("/portal/endpoints/deliveries").context["deliveries"] == []
    assert signed_in.get(f"/portal/endpoints/deliveries?endpoint={theirs.pk}").context["deliveries"] == []


def test_view_webhooks_shows_text_as_text(signed_in: Client, merchant: Merchant, settle: Any) -> None:
    bad = "<script>alert(1)</script>{{ 7*7 }}"
    row = made(merchant, description=bad, headers={"X-Bad": bad}, url="http://127.0.0.1:9/%3Cscript%3E?a=<script>alert(2)</script>")
    [delivery] = fired(merchant, settle)
    Attempt.objects.update(response_body=bad, response_headers=json.dumps({"X": bad}), error=bad, request_body=bad)
    Delivery.objects.update(error=bad)
    for path in ("", f"/{row.pk}", f"/{row.pk}/change", "/deliveries", f"/deliveries/{delivery.pk}"):
        text = signed_in.get(f"/portal/endpoints{path}").content.decode()
        assert "<script>alert" not in text and "&lt;script&gt;" in text, path
    assert "<script>alert" not in signed_in.get(f"/portal/endpoints/{row.pk}/delete").content.decode()


@pytest.mark.parametrize(("path", "most"), [("", 6), ("/{}", 7), ("/deliveries", 8), ("/deliveries?type=payout.*&status=failed", 8)])
def test_view_webhooks_with_more_rows_asks_no_more_queries(
    signed_in: Client, merchant: Merchant, endpoint: Endpoint, settle: Any, path: str, most: int
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert signed_in.get(f"/portal/endpoints{path.format(endpoint.pk)}").status_code == 200
        return len(captured)

    fired(merchant, settle)
    few = queries()
    for number in range(3):
        made(merchant, description=str(number))
        fired(merchant, settle)
    assert queries() == few <= most
