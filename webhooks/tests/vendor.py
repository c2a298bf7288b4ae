"""A made-up vendor's dialect: it tells a payment in two events or three, knows no expiry, and signs the body alone."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from mypay.kit.crypto import hmac_sha256_hex
from webhooks import dialects, signature_rules
from webhooks.dialects import Form, Signing, Told
from webhooks.signature_rules import SignatureRules

ACME = "acme"
NAMES = ("charge.held", "charge.taken", "basket.paid", "payment.failed")


def _names(type: str, data: dict[str, Any]) -> tuple[str, ...]:
    if type == "payment.completed":
        return ("charge.held", "charge.taken", *(("basket.paid",) if data.get("basket") else ()))
    return ("payment.failed",) if type == "payment.failed" else ()


def _body(told: Told) -> bytes:
    return json.dumps({"event": told.name, "reference": json.loads(told.data)["id"]}).encode()


def _headers(told: Told, raw: bytes, delivery_id: UUID, signing: Signing) -> dict[str, str]:
    return {"X-Acme-Signature": hmac_sha256_hex(signing.secrets[0], raw), "X-Acme-Event": f"{told.id}-{told.name}"}


@pytest.fixture
def acme(monkeypatch: pytest.MonkeyPatch) -> Iterator[Form]:
    """The dialect, known for the test's time."""
    form = Form(_body, _headers, names=_names, catalogue=NAMES, seconds=5)
    monkeypatch.setitem(dialects._forms, (ACME, "payment"), form)
    rules = SignatureRules("X-Acme-Signature", beside=("X-Acme-Event",))
    monkeypatch.setitem(signature_rules._rules, ACME, rules)
    yield form
