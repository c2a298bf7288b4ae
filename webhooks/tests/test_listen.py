"""`manage.py listen`: against a real receiver, over real HTTP, until Ctrl-C."""

import json
import signal
import threading
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from conftest import Api
from merchants.models import Merchant
from tests.patience import at_best, seconds
from webhooks import listening
from webhooks.catalogue import EventType
from webhooks.listening import Listener, LocalSource, forward
from webhooks.management.commands.listen import Command
from webhooks.services.trigger import trigger
from webhooks.tests.conftest import Hooks, verify
from webhooks.tests.receiver import Receiver

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def over_http(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command's calls to MyPay reach this process's views: everything but the socket is real."""

    def get(url: str, *, params: dict[str, str], headers: dict[str, str], timeout: int) -> Any:
        assert url.startswith("http://mypay.test/api/v1/")
        return Client().get(url.removeprefix("http://mypay.test"), params, headers=headers)

    monkeypatch.setattr(listening.requests, "get", get)


def _listen(monkeypatch: pytest.MonkeyPatch, during: Callable[[], None], *args: str) -> list[str]:
    """Run the command; after its first look `during` happens, after the third it is stopped as Ctrl-C would."""
    out, steps = StringIO(), iter([during, lambda: None, lambda: signal.raise_signal(signal.SIGINT)])
    monkeypatch.setattr(Command, "_sleep", lambda self, seconds: next(steps)())
    call_command("listen", *args, stdout=out, stderr=StringIO())
    return out.getvalue().splitlines()


@pytest.fixture(autouse=True)
def old_signals() -> Iterator[None]:
    kept = {name: signal.getsignal(name) for name in (signal.SIGINT, signal.SIGTERM)}
    yield
    for name, handler in kept.items():
        signal.signal(name, handler)


def test_listen_forwards_each_new_event_signed_and_once(
    hooks: Hooks, api: Api, receiver: Receiver, over_http: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks.trigger("payout.created")

    def during() -> None:
        hooks.trigger("payout.updated")
        hooks.trigger("refund.created")

    args = ("--key", api.key, "--base-url", "http://mypay.test/", "--forward-to", receiver.url, "--json")
    lines = [json.loads(line) for line in _listen(monkeypatch, during, *args)]
    assert receiver.types() == ["payout.updated", "refund.created"]
    for call in receiver.received:
        verify(call, lines[0]["secret"])
    assert (lines[0]["ready"], lines[0]["forwardTo"]) == (True, receiver.url)
    assert [(line["type"], line["statusCode"], line["error"]) for line in lines[1:]] == [
        ("payout.updated", 200, None),
        ("refund.created", 200, None),
    ]


def test_listen_forwards_the_bytes_an_endpoint_gets(
    hooks: Hooks, merchant: Merchant, receiver: Receiver, settle: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks.create(receiver.url)
    args = ("--merchant", merchant.email, "--forward-to", receiver.url, "--secret", SECRET)
    _listen(monkeypatch, lambda: [hooks.trigger(type) for type in EventType.values] and None, *args)
    forwarded = {call.headers["webhook-id"]: call.body for call in receiver.received}
    receiver.forget()
    settle()
    assert forwarded == {call.headers["webhook-id"]: call.body for call in receiver.received}
    assert len(forwarded) == len(EventType.values)


def test_listen_filters_replays_and_shows_status_and_time(
    hooks: Hooks, merchant: Merchant, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks.trigger("payout.created")
    hooks.trigger("refund.created")
    receiver.statuses = [503]
    args = (
        "--merchant",
        merchant.email,
        "--forward-to",
        receiver.url,
        "--events",
        "payout.*, dispute.opened",
        "--replay-since",
        "2020-01-01",
    )
    lines = _listen(monkeypatch, lambda: hooks.trigger("dispute.opened") and None, *args)
    assert receiver.types() == ["payout.created", "dispute.opened"]
    assert lines[0].startswith(f"Forwarding to {receiver.url}, signed with whsec_") and lines[-1] == "Stopped."
    assert "payout.created" in lines[1] and " 503 " in lines[1] and lines[1].endswith(" ms") and " 200 " in lines[2]


def test_listen_goes_on_when_the_receiver_is_down(hooks: Hooks, merchant: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    args = ("--merchant", merchant.email, "--forward-to", "http://127.0.0.1:9/closed", "--json")
    lines = _listen(monkeypatch, lambda: hooks.trigger() and None, *args)
    told = json.loads(lines[1])
    assert (told["statusCode"], told["error"]) == (None, "ConnectionError") and len(lines) == 2


def test_listener_passes_over_nothing_that_is_committed_late(hooks: Hooks, merchant: Merchant) -> None:
    from webhooks.models import Event

    late = hooks.trigger("payout.created")
    Event.objects.filter(pk=late["id"]).update(merchant_id=merchant.pk + 1_000)  # not committed yet
    listener = Listener(LocalSource(merchant))
    seen = hooks.trigger("payout.updated")
    assert [event["id"] for event in listener.look()] == [seen["id"]]
    Event.objects.filter(pk=late["id"]).update(merchant_id=merchant.pk)
    assert [event["id"] for event in listener.look()] == [late["id"]]
    assert list(listener.look()) == []


def test_listener_reads_more_than_a_page(merchant: Merchant) -> None:
    listener = Listener(LocalSource(merchant))
    made = [str(trigger(merchant=merchant, type=EventType.REFUND_CREATED, data={}).pk) for _ in range(205)]
    assert [event["id"] for event in listener.look()] == made


def test_listen_sees_nothing_of_another_merchant(hooks: Hooks, stranger: Merchant) -> None:
    listener = Listener(LocalSource(stranger))
    hooks.trigger()
    assert list(listener.look()) == []


def test_forward_does_not_follow_redirects(hooks: Hooks, receiver: Receiver) -> None:
    event = hooks.trigger()
    receiver.status, receiver.answer_headers = 307, {"Location": receiver.url}
    assert forward(event, url=receiver.url, secret=SECRET).status == 307 and len(receiver.received) == 1


_BAD = [
    (["--merchant", "{email}"], "--forward-to"), (["--forward-to", "http://x"], "--merchant"),
    (["--merchant", "nobody@x.example", "--forward-to", "http://x"], "nobody@x.example"),
    (["--merchant", "{email}", "--key", "k", "--forward-to", "http://x"], "not allowed with"),
    (["--merchant", "{email}", "--forward-to", "http://x", "--events", "pay.*"], "--events"),
    (["--merchant", "{email}", "--forward-to", "http://x", "--replay-since", "soon"], "--replay-since"),
    (["--key", "wrong", "--base-url", "http://mypay.test", "--forward-to", "http://x"], "401: Invalid API key"),
]  # fmt: skip


@pytest.mark.parametrize(("args", "said"), _BAD)
def test_listen_with_a_bad_argument_says_which(merchant: Merchant, over_http: None, args: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("listen", *(arg.format(email=merchant.email) for arg in args))


def test_listen_waits_in_short_steps_so_that_ctrl_c_ends_it_at_once() -> None:
    def asleep() -> float:
        command = Command()
        threading.Timer(0.2, command._stop).start()
        return seconds(lambda: command._sleep(30))

    assert at_best(asleep, 2) < 2
