"""Paystack's API over HTTP: one call, what its envelope holds, its refusals in the contract's words."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from gateways import answers
from gateways.contract import ErrorCode, FateUnknown
from gateways.paystack import wire


class Client:
    """One account's API. Every call raises GatewayRefused for a definite no and FateUnknown when nobody knows."""

    def __init__(self, base_url: str, secret_key: str) -> None:
        self._base = base_url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {secret_key}"}

    def get(self, path: str) -> dict[str, Any]:
        """Read an object."""
        return _object(self._asked("GET", path))

    def list(self, path: str, **query: str) -> list[dict[str, Any]]:
        """Read a page of objects."""
        return answers.objects(self._asked("GET", f"{path}?{urlencode(query)}"), "data")

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Make something."""
        return _object(self._asked("POST", path, body))

    def _asked(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        answer = answers.ask(method, f"{self._base}{path}", content=body, headers=self._headers, refusal=_refusal)
        if answer.get("status") is not True:
            raise FateUnknown("an answer that is neither a yes nor a no")
        return answer


def _object(answer: Mapping[str, Any]) -> dict[str, Any]:
    found = answer.get("data")
    if not isinstance(found, dict):
        raise FateUnknown("answer without data")
    return found


def _refusal(status: int, answer: Mapping[str, Any]) -> tuple[ErrorCode, str]:
    message = answers.text(answer, "message")
    return wire.refusal_code(status, message, answers.text(answer, "code")), message
