"""Fire any event of the catalogue, by the API and from the shell."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from audit.models import AuditEntry
from conftest import Api
from ledger.models import Transfer
from merchants.models import Merchant
from merchants.states import Environment
from webhooks.catalogue import EventType
from webhooks.models import Event
from webhooks.tests.conftest import Hooks, set_url
from webhooks.tests.receiver import Receiver


def test_catalogue_names_every_type_with_its_meaning_and_a_body(hooks: Hooks, merchant: Merchant) -> None:
    told = hooks.get("/webhooks/event-types")["eventTypes"]
    assert [entry["type"] for entry in told] == EventType.values
    for entry in told:
        assert len(entry["description"]) > 10
        body = entry["example"]
        assert list(body) == ["id", "type", "version", "timestamp", "data"] and body["type"] == entry["type"]
        assert body["data"]["id"] and body["data"]["createdAt"] == body["timestamp"]
    assert told == hooks.get("/webhooks/event-types")["eventTypes"]


@pytest.mark.parametrize("type", EventType.values)
def test_trigger_fires_every_type_in_every_dialect_and_moves_nothing(
    hooks: Hooks, merchant: Merchant, receiver: Receiver, settle: Callable[[], None], pass_time: Any, type: str
) -> None:
    set_url(merchant, f"{receiver.url}/merchant")
    hooks.create(f"{receiver.url}/standard")
    hooks.create(f"{receiver.url}/legacy", dialect="mypay-legacy")
    moves = Transfer.objects.count()
    made = hooks.trigger(type)
    settle()
    pass_time(seconds=2)
    came = {call.path: call for call in receiver.received}
    assert came["/hook/standard"].json["data"] == made["data"] and made["type"] == type
    family = type.partition(".")[0]
    known = {"payout": {"/hook/standard", "/hook/legacy", "/hook/merchant"}, "payment": {"/hook/standard", "/hook/legacy"}}
    wordless = type == "payout.queued"  # the original has no such event
    assert set(came) == ({"/hook/standard"} if wordless else known.get(family, {"/hook/standard"}))
    assert {row["status"] for row in hooks.deliveries()} == {"delivered"}
    assert Transfer.objects.count() == moves


def test_examples_have_the_members_of_real_events(api: Api, shop: Any, payer: Any, hooks: Hooks, settle: Callable[[], None]) -> None:
    api.payout()
    checkout_id = shop.opened()
    payer.wallet(checkout_id, "03030000000")
    settle()
    for event in Event.objects.all():
        made = hooks.trigger(str(event.type))
        assert list(made["data"]) == list(json.loads(event.data)), event.type


def test_trigger_with_own_data_replaces_members(hooks: Hooks, receiver: Receiver, settle: Callable[[], None]) -> None:
    hooks.create(receiver.url)
    made = hooks.trigger("payment.completed", data={"reference": "ORDER-7", "mine": {"a": 1.5}})
    settle()
    assert receiver.received[0].json["data"] == made["data"]
    assert (made["data"]["reference"], made["data"]["mine"], made["data"]["status"]) == ("ORDER-7", {"a": 1.5}, "completed")
    entry = AuditEntry.objects.get(action="event.triggered")
    assert entry.resource_id == made["subjectId"] == made["data"]["id"]


def test_trigger_with_own_success_url_calls_it_as_the_original_would(
    hooks: Hooks, receiver: Receiver, settle: Callable[[], None], pass_time: Any
) -> None:
    hooks.trigger("payment.completed", data={"successUrl": receiver.url})
    settle()
    pass_time(seconds=1)
    assert receiver.received[0].headers["x-webhook-source"] == "mypay-payment-api"


def test_trigger_of_an_own_object_tells_of_it_in_the_state_of_the_event(api: Api, hooks: Hooks) -> None:
    payout = api.payout(amount="77.00").json()["data"]
    again = hooks.trigger("payout.created", subjectId=payout["id"])
    assert (again["subjectId"], again["data"]["amount"], again["data"]["status"]) == (payout["id"], "77.00", "PENDING")
    moved = hooks.trigger("payout.updated", subjectId=payout["id"].upper())
    assert (moved["data"]["amount"], moved["data"]["status"], moved["data"]["id"]) == ("77.00", "SUCCESS", payout["id"])
    other = hooks.trigger("refund.created", subjectId=payout["id"])
    assert other["data"]["id"] == payout["id"] and other["data"]["amount"] == "1000.00"


def test_trigger_of_anothers_object_tells_nothing_of_it(api: Api, stranger: Merchant, api_of: Callable[[Merchant], Api]) -> None:
    payout = api.payout(amount="77.00").json()["data"]
    made = Hooks(api_of(stranger)).trigger("payout.updated", subjectId=payout["id"])
    assert made["data"]["amount"] == "1000.00" and made["data"]["merchantId"] == stranger.pk


_BAD: list[tuple[dict[str, Any], str]] = [
    ({"type": "payout.sent"}, "type"), ({"type": None}, "type"), ({"type": ["x"]}, "type"), ({"data": []}, "data"), ({"data": "x"}, "data"),
    ({"subjectId": "x"}, "subjectId"), ({"subjectId": 5}, "subjectId"), ({"object": {}}, "object"), ({"data": {"amount": "much"}}, "data"),
    ({"data": {"amount": None}}, "data"), ({"data": {"x": "y" * 100_001}}, "data"), ({"data": {"x": 10**40}}, "data"),
    ({"data": {"successUrl": 5}}, "data.successUrl"), ({"data": {"successUrl": "file:///etc/passwd"}}, "data.successUrl"),
    ({"data": {"successUrl": "http://x/" + "y" * 2048}}, "data.successUrl"),
]  # fmt: skip


@pytest.mark.parametrize(("members", "field"), _BAD)
def test_trigger_with_a_bad_member_is_refused_by_name(api: Api, members: dict[str, Any], field: str) -> None:
    response = api.post("/webhooks/trigger", {"type": "payment.completed", **members})
    assert (response.status_code, response.get("X-MyPay-Error-Field")) == (400, field), response.content
    assert Event.objects.count() == 0


def test_trigger_of_a_live_merchant_is_refused(api: Api, merchant: Merchant) -> None:
    Merchant.objects.filter(pk=merchant.pk).update(environment=Environment.LIVE)
    assert api.post("/webhooks/trigger", {"type": "payout.created"}).json()["error"]["code"] == "SANDBOX_ONLY"


def _run(*args: str) -> str:
    out = StringIO()
    call_command("trigger", *args, stdout=out)
    return out.getvalue()


def test_command_fires_an_event(merchant: Merchant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _run("settlement.created", "--merchant", merchant.email).startswith("settlement.created ")
    data = tmp_path / "data.json"
    data.write_text('{"reference": "ORDER-9"}')
    made = json.loads(_run("payment.failed", "--merchant", merchant.email.upper(), "--data", str(data), "--json"))
    assert (made["type"], made["data"]["reference"]) == ("payment.failed", "ORDER-9")
    again = json.loads(_run("payment.completed", "--merchant", merchant.email, "--subject", made["subjectId"], "--json"))
    assert (again["data"]["reference"], again["data"]["status"]) == ("ORDER-9", "completed")
    assert Event.objects.count() == 3


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["payout.sent", "--merchant", "{email}"], "invalid choice"),
        (["payout.created", "--merchant", "nobody@x.example"], "nobody@x.example"),
        (["payout.created", "--merchant", "{email}", "--data", "/nowhere"], "--data"),
        (["payout.created", "--merchant", "{email}", "--data", "{file}"], "not valid JSON"),
        (["payout.created", "--merchant", "{email}", "--subject", "x"], "--subject"), (["payout.created"], "--merchant"),
    ],
)  # fmt: skip
def test_command_with_a_bad_argument_says_which(merchant: Merchant, tmp_path: Path, args: list[str], said: str) -> None:
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(CommandError, match=said):
        _run(*(arg.format(email=merchant.email, file=tmp_path / "bad.json") for arg in args))
    assert Event.objects.count() == 0
