"""Many calls at once against receivers that misbehave: each ends soon, in plain words, and takes no memory."""

import resource
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mypay.kit import sender as sending
from mypay.kit.sender import Job, Result, Sender
from mypay.kit.tests import hostile
from mypay.kit.tests.hostile import answering, self_signed
from tests.patience import FOREVER

LOOPBACK = ("127.0.0.0/8",)
_SLOW = "No complete answer within 10 seconds"
_BROKEN = "The connection broke before the answer was complete"


@pytest.fixture
def sender() -> Iterator[Sender]:
    running = Sender(LOOPBACK)
    yield running
    running.close()


def _send(sender: Sender, url: str) -> Result:
    sender.send([Job("key", url, b"{}", {})])
    return sender.results.get(timeout=FOREVER)


@pytest.mark.parametrize(
    ("behave", "error"),
    [
        (hostile.hang, "No complete answer"),
        (hostile.one_byte_a_second, "No complete answer"),
        (hostile.endless_headers, "The answer is not HTTP"),
        (hostile.endless_header_line, "The answer is not HTTP"),
        (hostile.reset, _BROKEN),
        (hostile.no_http, "The answer is not HTTP"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_send_to_a_hostile_receiver_ends_in_plain_words(
    sender: Sender, monkeypatch: pytest.MonkeyPatch, behave: Callable[[socket.socket], None], error: str
) -> None:
    if error == "No complete answer":
        monkeypatch.setattr(sending, "TOTAL_SECONDS", 1.0)
    with hostile.hostile(behave) as receiver:
        result = _send(sender, receiver.url)
    assert result.status is None and result.error.startswith(error), result
    assert result.duration_ms < (3000 if error == "No complete answer" else 10_000)


@pytest.mark.parametrize("behave", [hostile.gigabyte, hostile.gzip_bomb, hostile.endless_headers])
def test_send_keeps_twenty_kilobytes_whatever_comes(sender: Sender, behave: Callable[[socket.socket], None]) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with hostile.hostile(behave) as receiver:
        result = _send(sender, receiver.url)
    assert len(result.body) <= 20_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 80_000  # the bomb is made in this process


def test_send_follows_no_redirect(sender: Sender) -> None:
    with hostile.hostile(answering(302, "Location: http://169.254.169.254/latest/meta-data/")) as receiver:
        result = _send(sender, receiver.url)
        assert (result.status, receiver.calls) == (302, 1)


def test_send_to_tls_with_a_certificate_of_its_own_is_told(sender: Sender, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))

    def behave(peer: socket.socket) -> None:
        with context.wrap_socket(peer, server_side=True) as safe:
            safe.recv(1)

    with hostile.hostile(behave, waits_for_a_request=False) as receiver:
        result = _send(sender, receiver.url.replace("http://", "https://"))
    assert (result.status, result.error) == (None, "The TLS certificate is not valid")


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/", "http://[::1]:9/", "http://10.0.0.1/", "http://user@127.0.0.1/", "ftp://127.0.0.1/"]
)
def test_send_to_a_forbidden_address_is_refused(sender: Sender, url: str) -> None:
    assert _send(sender, url).error == "This address cannot be called"


def test_send_to_a_name_that_changes_its_answer_checks_the_address_connected_to(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check is where the socket is made, so whatever a name answered before does not matter."""
    answers = [[(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("169.254.169.254", 80))]]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers[0])
    assert _send(sender, "http://rebinding.example/").error == "This address cannot be called"


def test_send_many_at_once_answers_each_by_its_key(sender: Sender) -> None:
    with hostile.hostile(answering(204)) as receiver:
        sender.send([Job(number, receiver.url, b"{}", {}) for number in range(50)])
        results = [sender.results.get(timeout=FOREVER) for _ in range(50)]
    assert {result.key for result in results} == set(range(50)) and {result.status for result in results} == {204}
