"""API calls and webhook attempts as exchanges: request, answer, the command that sends it again, what was signed."""

from audit.models import ApiRequest
from mypay.settings import environment
from portal.timeline.moments import Exchange
from portal.wire_text import curl, headers_of, lines, pretty
from webhooks.models import Attempt
from webhooks.signature_rules import what_was_signed


def of_request(call: ApiRequest) -> Exchange:
    """An API call."""
    headers = headers_of(call.request_headers)
    address = f"{call.path}?{call.query}" if call.query else call.path
    return Exchange(
        line=f"{call.method} {address}",
        request_headers=lines(headers),
        request_body=pretty(call.request_body),
        status=call.status,
        response_headers=lines(headers_of(call.response_headers)),
        response_body=pretty(call.response_body),
        curl=curl(call.method, f"{environment.PORTAL_BASE_URL}{address}", headers, call.request_body),
    )


def of_attempt(attempt: Attempt) -> Exchange:
    """One try of a delivery."""
    headers = headers_of(attempt.request_headers)
    base, signature = what_was_signed(headers, attempt.request_body)
    return Exchange(
        line=f"POST {attempt.url}",
        request_headers=lines(headers),
        request_body=pretty(attempt.request_body),
        status=attempt.status_code,
        response_headers=lines(headers_of(attempt.response_headers)),
        response_body=pretty(attempt.response_body),
        curl=curl("POST", attempt.url, headers, attempt.request_body),
        error=attempt.error,
        base_string=base,
        signature=signature,
    )
