"""Razorpay's API over HTTP: one call, its answer as an object, its refusals in the contract's words."""

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import orjson

from gateways import transport
from gateways.contract import FateUnknown, GatewayRefused
from gateways.razorpay import wire

_CONFLICT, _TIMEOUT = 409, 408


class Client:
    """One account's API. Every call raises GatewayRefused for a definite no and FateUnknown when nobody knows."""

    def __init__(self, base_url: str, key_id: str, key_secret: str) -> None:
        self._base = base_url.rstrip("/")
        self._login = "Basic " + base64.b64encode(f"{key_id}:{key_secret}".encode()).decode()

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """Read an object or a list."""
        return self._call("GET", f"{path}?{urlencode(query)}" if query else path)

    def post(self, path: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Make or change something."""
        return self._call("POST", path, orjson.dumps(body), headers)

    def _call(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        told = {"Authorization": self._login, "Accept": "application/json", **(headers or {})}
        if body:
            told["Content-Type"] = "application/json"
        answer = transport.exchange(method, f"{self._base}/v1{path}", body=body, headers=told)
        content = _object(answer.body)
        if 200 <= answer.status < 300:
            if content is None:
                raise FateUnknown("unreadable answer")
            return content
        # A conflict is an equal request that is still under way.
        if answer.status in (_CONFLICT, _TIMEOUT):
            raise FateUnknown(f"HTTP {answer.status}")
        error = (content or {}).get("error")
        description = str(error.get("description", "")) if isinstance(error, dict) else ""
        raise GatewayRefused(wire.refusal_code(answer.status, description), f"HTTP {answer.status} {description}".strip()[:200])


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return content if isinstance(content, dict) else None
