"""Faults as a client of a real server meets them: bytes that do not come, connections that break."""

import json
import socket
import struct
import threading
import time
import uuid
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from tests.patience import FOREVER
from tests.processes.conftest import Caller, World, wait_until

pytestmark = pytest.mark.processes
HEADER = "X-Mock-Fault"


@pytest.fixture(scope="module")
def caller(world: World) -> Caller:
    return world.new_merchant(1_000_000)


def _get(caller: Caller, fault: str = "", path: str = "/balance") -> requests.Response:
    headers = {"X-API-KEY": caller.key, **({HEADER: fault} if fault else {})}
    return requests.get(f"{caller.url}/api/v1{path}", headers=headers, timeout=FOREVER)


def _create(caller: Caller, key: str, reference: str, fault: str = "") -> requests.Response:
    body = {"merchantReference": reference, "amount": "1.00", "destType": "BANK", "bankCode": "HBL", "accountNumber": "12345670001"}
    headers = {"X-API-KEY": caller.key, "X-Idempotency-Key": key, **({HEADER: fault} if fault else {})}
    return requests.post(f"{caller.url}/api/v1/payouts", json=body, headers=headers, timeout=FOREVER)


def _raw(caller: Caller, fault: str) -> tuple[bytes, str]:
    """All bytes of a keep-alive reply, and how the connection ended."""
    parts = urlsplit(caller.url)
    request = f"GET /api/v1/balance HTTP/1.1\r\nHost: x\r\nX-API-KEY: {caller.key}\r\n{HEADER}: {fault}\r\n\r\n"
    received = b""
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10) as client:
        client.sendall(request.encode())
        try:
            while chunk := client.recv(65536):
                received += chunk
        except ConnectionResetError:
            return received, "reset"
    return received, "closed"


@pytest.mark.parametrize("kind", ["reset", "reset_before"])
def test_reset_is_a_tcp_reset_without_a_byte(caller: Caller, kind: str) -> None:
    assert _raw(caller, kind) == (b"", "reset")


@pytest.mark.parametrize(("fault", "kept"), [("truncated", None), ("truncated;10", 10), ("truncated;0", 0), ("truncated;99999", -1)])
def test_truncated_body_is_shorter_than_its_length(caller: Caller, fault: str, kept: int | None) -> None:
    whole = _get(caller).content
    received, ended = _raw(caller, fault)
    head, _, body = received.partition(b"\r\n\r\n")
    assert f"Content-Length: {len(whole)}".encode() in head and b" 200 OK" in head
    expected = len(whole) // 2 if kept is None else len(whole) - 1 if kept < 0 else kept
    assert (body, ended) == (whole[:expected], "closed")
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        _get(caller, fault)


def test_garbled_body_arrives_whole_and_is_no_json(caller: Caller) -> None:
    whole, spoiled = _get(caller), _get(caller, "garbled")
    assert (spoiled.status_code, len(spoiled.content)) == (200, len(whole.content))
    with pytest.raises(ValueError, match=r"."):
        json.loads(spoiled.content)


def test_slow_drip_arrives_whole_and_late_in_many_pieces(caller: Caller) -> None:
    assert any(_drips(caller) for _ in range(5)), "five times in a row all came at once, or nothing came soon"


def _drips(caller: Caller) -> bool:
    """Whether a slow reply came as it should; a busy machine may not look for so long that all is there."""
    headers = {"X-API-KEY": caller.key, HEADER: "slow_drip;1200"}
    started, pieces = time.perf_counter(), []
    with requests.get(f"{caller.url}/api/v1/balance", headers=headers, timeout=FOREVER, stream=True) as reply:
        first = time.perf_counter() - started
        while piece := reply.raw.read1(4096) if hasattr(reply.raw, "read1") else reply.raw.read(8):
            pieces.append(piece)
    took = time.perf_counter() - started
    assert json.loads(b"".join(pieces))["success"] is True and took > 1.15
    return len(pieces) > 5 and first < 0.9 and took < 5


def test_latency_and_statuses_arrive_as_asked(caller: Caller) -> None:
    started = time.perf_counter()
    assert _get(caller, "latency;700").status_code == 200
    assert time.perf_counter() - started >= 0.7
    assert _get(caller, "error_before;503").status_code == 503
    limited = _get(caller, "rate_limited;3")
    assert (limited.status_code, limited.headers["Retry-After"]) == (429, "3")


_LOST = ["error_after", "reset", "truncated", "garbled", "error_before", "reset_before", "rate_limited"]


@pytest.mark.parametrize("fault", _LOST)
def test_lost_reply_and_a_retry_with_the_key_give_one_payout_and_the_true_reply(caller: Caller, fault: str) -> None:
    key, reference = str(uuid.uuid4()), uuid.uuid4().hex
    before = _get(caller, path="/payouts?limit=1").json()["data"]["pagination"]["total"]
    try:
        lost = _create(caller, key, reference, fault)
    except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
        assert fault in ("reset", "reset_before", "truncated")
    else:
        assert lost.status_code in (500, 429) or fault == "garbled"
    committed = fault not in ("error_before", "reset_before", "rate_limited")
    assert _get(caller, path="/payouts?limit=1").json()["data"]["pagination"]["total"] == before + committed
    again = _create(caller, key, reference)
    assert (again.status_code, again.json()["data"]["merchantReference"]) == (201, reference)
    assert ("X-Idempotent-Replay" in again.headers) is committed
    assert _create(caller, key, reference).content == again.content
    assert _get(caller, path="/payouts?limit=1").json()["data"]["pagination"]["total"] == before + 1


def test_rule_with_uses_breaks_exactly_that_many_of_parallel_requests(caller: Caller) -> None:
    headers = {"X-API-KEY": caller.key}
    body = {"kind": "reset", "uses": 5, "match": {"route": "/balance"}}
    assert requests.post(f"{caller.url}/api/v1/sandbox/faults", json=body, headers=headers, timeout=FOREVER).status_code == 201
    outcomes: Counter[str] = Counter()

    def run() -> None:
        try:
            outcomes[str(_get(caller).status_code)] += 1
        except requests.ConnectionError:
            outcomes["reset"] += 1

    threads = [threading.Thread(target=run) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == {"reset": 5, "200": 15}
    requests.delete(f"{caller.url}/api/v1/sandbox/faults", headers=headers, timeout=FOREVER)


def _hang_up_at_once(caller: Caller) -> None:
    """A client that resets its connection while the reply is on its way."""
    parts = urlsplit(caller.url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10) as client:
        client.sendall(f"GET /api/v1/balance HTTP/1.1\r\nHost: x\r\nX-API-KEY: {caller.key}\r\n{HEADER}: slow_drip;800\r\n\r\n".encode())
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_server_lives_on_after_hundreds_of_broken_replies(world: World, caller: Caller) -> None:
    def run() -> None:
        for _ in range(25):
            for fault in ("reset", "truncated", "reset_before"):
                _raw(caller, fault)
        _hang_up_at_once(caller)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wait_until(lambda: _get(caller).status_code == 200, FOREVER, "the server answers")
    with requests.Session() as session:
        for _ in range(200):
            assert session.get(f"{caller.url}/api/v1/balance", headers={"X-API-KEY": caller.key}, timeout=FOREVER).status_code == 200
    assert world.processes[0].poll() is None
    assert "Traceback" not in Path(world.env["MYPAY_VAR"], "processes.log").read_text()
    assert world.ledger_is_clean()
