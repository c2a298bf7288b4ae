"""Razorpay's API over HTTP: one call, its answer as an object, its refusals in the contract's words."""

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from gateways.answers import ask
from gateways.contract import ErrorCode
from gateways.razorpay import wire


class Client:
    """One account's API. Every call raises GatewayRefused for a definite no and FateUnknown when nobody knows."""

    def __init__(self, base_url: str, key_id: str, key_secret: str) -> None:
        self._base = f"{base_url.rstrip('/')}/v1"
        self._headers = {"Authorization": "Basic " + base64.b64encode(f"{key_id}:{key_secret}".encode()).decode()}

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """Read an object or a list."""
        url = f"{self._base}{path}?{urlencode(query)}" if query else f"{self._base}{path}"
        return ask("GET", url, headers=self._headers, refusal=_refusal)

    def post(self, path: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Make or change something."""
        return ask("POST", f"{self._base}{path}", content=body, headers={**self._headers, **(headers or {})}, refusal=_refusal)


def _refusal(status: int, answer: Mapping[str, Any]) -> tuple[ErrorCode, str]:
    error = answer.get("error")
    description = str(error.get("description", "")) if isinstance(error, dict) else ""
    return wire.refusal_code(status, description), description
