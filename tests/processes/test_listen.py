"""`manage.py listen` as a developer runs it: a process of its own, over HTTP, ended by Ctrl-C."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.patience import FOREVER
from tests.processes.conftest import ROOT, Caller, World, wait_until
from webhooks.tests.conftest import verify
from webhooks.tests.receiver import Receiver

pytestmark = pytest.mark.processes


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    running = Receiver()
    yield running
    running.close()


def _trigger(caller: Caller, type: str) -> dict[str, Any]:
    answer = requests.post(f"{caller.url}/api/v1/webhooks/trigger", json={"type": type}, headers={"X-API-KEY": caller.key}, timeout=FOREVER)
    made: dict[str, Any] = answer.json()["data"]
    return made


def test_listen_forwards_until_ctrl_c_and_ends_cleanly(world: World, receiver: Receiver) -> None:
    caller = world.new_merchant(1000)
    _trigger(caller, "payout.created")
    options = ["--key", caller.key, "--base-url", caller.url, "--forward-to", receiver.url, "--json", "--interval", "0.1"]
    command = [sys.executable, "manage.py", "listen", *options]
    with subprocess.Popen(command, cwd=ROOT, env=world.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as listening:
        try:
            assert listening.stdout is not None
            secret = json.loads(listening.stdout.readline())["secret"]
            made = [_trigger(caller, type)["id"] for type in ("payment.completed", "refund.failed")]
            wait_until(lambda: len(receiver.received) == 2, FOREVER, "two events forwarded")
            listening.send_signal(signal.SIGINT)
            out, err = listening.communicate(timeout=FOREVER)
        finally:
            listening.kill()
    assert [call.headers["webhook-id"] for call in receiver.received] == made
    for call in receiver.received:
        verify(call, secret)
    assert [json.loads(line)["event"] for line in out.splitlines()] == made
    assert (listening.returncode, err) == (0, "")
