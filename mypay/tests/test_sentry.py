"""What leaves for Sentry: an exception with its place, and no secret; nothing without a DSN."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sentry_sdk
import structlog
from django.test import Client
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from mypay import sentry
from mypay.settings import environment
from mypay.settings.environment import BASE_DIR

SECRETS = {
    "card": "4242 4242 4242 4242", "key": "sk_live_abcdefgh12345678", "bearer": "Bearer abc.def.ghi", "url": "mysql://me:hunter22@db/x",
    "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2lnbmF0dXJl", "iban": "12345670001234",
    "named": "abcdefghijklmnopqrst", "pin": "987654", "basic": "Basic dXNlcjpwYXNz",
}  # fmt: skip


class Kept(Transport):
    """Keeps what would be sent."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[dict[str, Any]] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        event = envelope.get_event()
        if event is not None:
            self.events.append(dict(event))


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[Kept]:
    kept = Kept()
    monkeypatch.setattr(environment, "SENTRY_DSN", "http://public@127.0.0.1:9/1")
    sentry.start(transport=kept)
    yield kept
    sentry_sdk.get_client().close(timeout=0)
    sentry_sdk.init()


def _text(kept: Kept) -> str:
    sentry_sdk.flush()
    return json.dumps(kept.events, default=str)


def test_exception_reaches_sentry_with_its_environment_and_without_secrets(sent: Kept) -> None:
    with sentry_sdk.isolation_scope() as scope:
        scope.set_context("body", {"pin": SECRETS["pin"], "nested": {"apiKey": SECRETS["named"], "cvv": SECRETS["pin"]}, "amount": 5})
        scope.set_extra("authorization", SECRETS["basic"])
        try:
            raise ValueError(" and ".join(SECRETS[name] for name in ("card", "key", "bearer", "url", "jwt", "iban")))
        except ValueError as problem:
            sentry_sdk.capture_exception(problem)
    text = _text(sent)
    assert len(sent.events) == 1 and sent.events[0]["environment"] == environment.MYPAY_ENV and '"ValueError"' in text
    for secret in (*SECRETS.values(), SECRETS["url"].split("@")[0], SECRETS["card"][:9]):
        assert secret not in text, secret
    assert '"amount": 5' in text and "test_sentry.py" in text
    assert all("vars" not in frame for frame in sent.events[0]["exception"]["values"][0]["stacktrace"]["frames"])


def test_unhandled_error_of_a_request_is_reported_without_its_body_headers_or_query(
    api: Any, sent: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **options: Any) -> None:
        raise RuntimeError("broken on purpose")

    steps = [sentry.report, lambda *line: "line"]
    log = structlog.wrap_logger(structlog.PrintLogger(sys.stderr), steps, wrapper_class=structlog.BoundLogger)
    monkeypatch.setattr("mypay.kit.api.log", log)
    monkeypatch.setattr("payouts.api.views.BalanceView.get", fail)
    response = Client().get("/api/v1/balance?token=query-secret", headers={"X-API-KEY": api.key, "Cookie": "sessionid=cookie-secret"})
    assert response.status_code == 500
    text = _text(sent)
    assert "broken on purpose" in text and len(sent.events) == 1
    for secret in (api.key, "query-secret", "cookie-secret"):
        assert secret not in text, secret


def test_line_without_an_exception_or_below_error_is_not_sent(sent: Kept) -> None:
    for method, event in (("error", {"event": "told"}), ("warning", {"event": "x", "exc_info": ValueError("y")}), ("info", {"event": "z"})):
        assert sentry.report(None, method, event) is event
    assert _text(sent) == "[]"
    sentry.report(None, "error", {"event": "x", "exc_info": ValueError("sent")})
    assert "sent" in _text(sent)


def test_without_a_dsn_the_sdk_is_not_even_loaded(tmp_path: Path) -> None:
    code = "import sys, django; django.setup(); print('sentry_sdk' in sys.modules)"
    for dsn, loaded in (("", "False"), ("http://public@127.0.0.1:9/1", "True")):
        env = {"PATH": "/usr/bin:/bin", "MYPAY_VAR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "mypay.settings", "SENTRY_DSN": dsn}
        done = subprocess.run([sys.executable, "-c", code], cwd=BASE_DIR, env=env, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == loaded
