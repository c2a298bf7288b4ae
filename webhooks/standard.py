"""The `mypay` dialect: Standard Webhooks, one body for all events."""

import base64
import hmac
import os
from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson

from mypay.kit.clock import iso
from mypay.kit.jsonbody import dumps
from webhooks.dialects import Signing, Told

SECRET_PREFIX = "whsec_"
BODY_VERSION = 1
_SECRET_BYTES = 24


def new_secret() -> str:
    """A random secret, in the form libraries of the standard take."""
    return SECRET_PREFIX + base64.b64encode(os.urandom(_SECRET_BYTES)).decode()


def body(told: Told) -> bytes:
    """The body with the event as it was."""
    return dumps(message(str(told.id), told.type, iso(told.created_at), orjson.loads(told.data)))


def signed(told: Told, raw: bytes, delivery_id: UUID, signing: Signing) -> dict[str, str]:
    """The three headers of the standard; every delivery of an event carries the event's id."""
    return headers(str(told.id), signing.at_seconds, raw, signing.secrets)


def message(event_id: str, type: str, timestamp: str, data: Any) -> dict[str, Any]:
    """The body's members, in their order."""
    return {"id": event_id, "type": type, "version": BODY_VERSION, "timestamp": timestamp, "data": data}


def headers(event_id: str, at_seconds: int, raw: bytes, secrets: Iterable[str]) -> dict[str, str]:
    """The three headers of the standard, with one signature a secret."""
    signatures = " ".join(signature(secret, event_id, at_seconds, raw) for secret in secrets)
    return {"webhook-id": event_id, "webhook-timestamp": str(at_seconds), "webhook-signature": signatures}


def signature(secret: str, message_id: str, at_seconds: int, body: bytes) -> str:
    """`v1,` and the HMAC-SHA256 of `id.timestamp.body` by the secret's bytes, base64."""
    signed = hmac.digest(key_of(secret), base_string(message_id, at_seconds, body), "sha256")
    return f"v1,{encoded(signed)}"


def encoded(digest: bytes) -> str:
    """A digest as the header has it."""
    return base64.b64encode(digest).decode()


def base_string(message_id: str, at_seconds: int, body: bytes) -> bytes:
    """What is signed."""
    return f"{message_id}.{at_seconds}.".encode() + body


@lru_cache(maxsize=1000)
def key_of(secret: str) -> bytes:
    """The bytes a secret stands for: base64 after `whsec_`, the text itself where it is none."""
    text = secret.removeprefix(SECRET_PREFIX)
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return secret.encode()
