"""HTTP to gateways: what came back, or how sure it is that nothing was done there."""

from collections.abc import Mapping

import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError

from gateways.contract import ErrorCode, FateUnknown, GatewayRefused
from mypay.kit import outbound

# An order's payments may be many: a payer tries again and again.
MAX_ANSWER_BYTES = 500_000


def exchange(method: str, url: str, *, body: bytes = b"", headers: Mapping[str, str]) -> outbound.Answer:
    """One call; raises GatewayRefused when the gateway surely was not reached, FateUnknown when it may have been.

    A server's own trouble (5xx) is FateUnknown too: it may have done it before it failed.
    """
    try:
        answer = outbound.call(method, url, body=body, headers=dict(headers), allowed=outbound.allowed_networks(), most=MAX_ANSWER_BYTES)
    except (outbound.OutboundRefused, requests.exceptions.SSLError) as problem:
        raise GatewayRefused(ErrorCode.UNAVAILABLE, str(problem)[:200]) from problem
    except requests.RequestException as problem:
        if _was_never_connected(problem):
            raise GatewayRefused(ErrorCode.UNAVAILABLE, "connection failed") from problem
        raise FateUnknown(type(problem).__name__) from problem
    if answer.status >= 500:
        raise FateUnknown(f"HTTP {answer.status}")
    return answer


def _was_never_connected(problem: requests.RequestException) -> bool:
    cause = problem.args[0] if problem.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)
