"""Requests and answers as developers read them: JSON laid out, headers in lines, a command that sends it again."""

import json
from collections.abc import Mapping
from shlex import quote
from typing import Any

# What the client's program or the connection adds by itself.
_NOT_SENT = frozenset({"host", "content-length", "connection", "accept-encoding", "cookie", "x-forwarded-for", "x-forwarded-proto"})
KEY_VARIABLE = "$MYPAY_KEY"


def pretty(text: str) -> str:
    """JSON with a line a member; anything else as it is."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False) if text else ""
    except ValueError:
        return text


def headers_of(text: str) -> dict[str, str]:
    """Headers kept as a JSON object; none where that was cut."""
    try:
        kept: Any = json.loads(text or "{}")
    except ValueError:
        return {}
    return {str(name): str(value) for name, value in kept.items()} if isinstance(kept, dict) else {}


def lines(headers: Mapping[str, str]) -> str:
    """`Name: value`, one a line."""
    return "\n".join(f"{name}: {value}" for name, value in headers.items())


def curl(method: str, url: str, headers: Mapping[str, str], body: str = "") -> str:
    """The command that sends it again; an API key is read from the variable MYPAY_KEY."""
    parts = [f"curl -X {method} {quote(url)}"]
    for name, value in headers.items():
        if name.lower() == "x-api-key":
            parts.append(f'-H "X-API-KEY: {KEY_VARIABLE}"')
        elif name.lower() not in _NOT_SENT and value:
            parts.append(f"-H {quote(f'{name}: {value}')}")
    if body and not body.startswith("("):  # the request log's word on a body that it did not keep
        parts.append(f"--data-raw {quote(body)}")
    return " \\\n  ".join(parts)
