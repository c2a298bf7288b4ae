"""What the matrix cannot say of webhooks: ids named by calls that are let in anyway, and a secret kept from its owner."""

import json
from typing import Any

from conftest import Api
from merchants.models import Merchant
from mypay.kit import scheduling
from tests.access.doors import RIGHTFUL
from tests.access.grammar import cases
from tests.access.rows import ROWS
from tests.access.wire import Badge, Wire, undone
from tests.access.world import World
from webhooks.standard import headers

_KEYS = ("the stranger's payout key", "the stranger's payment key", "the child's payout key")


def _portal_row(world: World, wire: Wire) -> bytes:
    badge: Badge = world.badges["the victim's owner by token"]
    answer = wire.raw("GET", f"/api/v1/portal/transactions/{world.own.things['paid_checkout']}", headers=badge(b""))
    assert answer.status == 200
    return answer.content


def _triggered(subject: str) -> dict[str, Any]:
    return {"type": "payment.completed", "subjectId": subject, "data": {"successUrl": "http://127.0.0.1:9/stranger"}}


def test_event_a_stranger_fires_of_the_victims_object_tells_and_changes_nothing(world: World, wire: Wire) -> None:
    stranger = Api(Merchant.objects.get(email="owner@stranger.example"))
    before = _portal_row(world, wire)
    with undone():
        for subject in (world.own.things["subject"], world.own.things["paid_checkout"]):
            made = stranger.post("/webhooks/trigger", _triggered(subject), **{"X-Mock-Webhook": "drop"})
            assert made.status_code == 201
            held = {name for name, text in world.own.secrets.items() if text in made.content.decode() and text != subject}
            assert not held, f"the event holds {held}"
        scheduling.run_due("event")
        assert _portal_row(world, wire) == before
        assert not world.changes()


def test_debugger_knows_no_body_and_no_secret_of_another(world: World, wire: Wire) -> None:
    event, body = world.own.things["event"], '{"not":"what we sent"}'
    signed = headers(event, 1, body.encode(), [world.own.secrets["endpoint_secret"]])
    for received in (signed, {"X-MyPay-Delivery": world.own.things["delivery"], "X-MyPay-Signature": "0" * 64}):
        raw = json.dumps({"headers": received, "body": body}).encode()
        for badge in _KEYS:
            answer = wire.raw("POST", "/api/v1/webhooks/debug", raw, "application/json", world.badges[badge](raw))
            told = json.loads(answer.content)["data"]
            assert "no_match" in {finding["code"] for finding in told["findings"]} and told["signedWith"] is None, f"as {badge}: {told}"
            assert not answer.holds(world.own.secrets)
    raw = json.dumps({"headers": signed, "body": body}).encode()
    answer = wire.raw("POST", "/api/v1/webhooks/debug", raw, "application/json", world.badges["the victim's payout key"](raw))
    assert world.own.things["endpoint"] in answer.shown, "the victim itself is not told: the above proves nothing"


def test_secret_of_an_endpoint_is_in_no_answer_to_a_get(world: World, wire: Wire) -> None:
    secrets = {name: world.own.secrets[name] for name in ("endpoint_secret", "old_endpoint_secret")}
    for case in cases(ROWS):
        if case.call.method == "GET" and case.route.startswith("api/v1/webhooks/"):
            for badge in RIGHTFUL[case.row.door]:
                given_away = wire.send(case, world.badges[badge], world.own.things).holds(secrets)
                assert not given_away, f"{case} as {badge}: the answer holds {given_away}"
