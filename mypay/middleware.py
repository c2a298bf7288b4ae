"""What happens around every request: its id, its host's URLs, its two audit lines, its place in the request log."""

import re
import time
from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from audit import context
from audit.request_log import LONGEST_BODY, Seen, request_log
from mypay.kit import clock
from mypay.kit.ids import uuid7
from mypay.kit.masking import REDACTED, masked
from mypay.settings import environment

log = structlog.get_logger("mypay.requests")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._\-]{1,128}")
# `all` serves every host; the first label of the host picks the URLs (contract section 0).
_HOST_URLS = {
    "sandbox": "mypay.urls.gateway",
    "mock": "mypay.urls.payment_api",
    "devportal": "mypay.urls.merchant_portal",
    "devadmin": "mypay.urls.admin_portal",
}
_PAGES = "/portal/"
_SECRET_PATH = re.compile(r"^(/portal/(?:reset|join)/).+")  # these links open something
_QUIET = ("/static/", "/health", "/ready", "/api/health", "/api/v1/health", "/metrics", "/api/metrics")


class RequestMiddleware:
    """Takes or makes the request id, echoes it, and writes AUDIT-REQUEST and AUDIT-RESPONSE."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.trusted = frozenset(environment.TRUSTED_PROXIES)
        self.by_host = settings.SERVICE == "all"

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else str(uuid7())
        if self.by_host:
            urls = _HOST_URLS.get(request.META.get("HTTP_HOST", "").partition(".")[0].lower())
            if urls:
                request.urlconf = urls
        who = context.start(request_id=request_id, ip=self._client_ip(request))
        if request.path.startswith(_QUIET):
            response = self.get_response(request)
        else:
            response = self._logged(request, who)
        context.end()
        response["X-Request-Id"] = request_id
        if not response.streaming:
            response.headers.setdefault("Content-Length", str(len(response.content)))
        return response

    def _logged(self, request: HttpRequest, who: context.Context) -> HttpResponse:
        started = time.perf_counter()
        response = self.get_response(request)
        took = round((time.perf_counter() - started) * 1000, 1)
        ids = {"request_id": who.request_id, "merchant_id": who.merchant_id, "api_key_hash": who.api_key_hash}
        log.info(
            "AUDIT-REQUEST",
            **ids,
            method=request.method,
            path=_SECRET_PATH.sub(rf"\1{REDACTED}", request.path),
            query=_masked_query(request.META.get("QUERY_STRING", "")),
            ip_address=who.ip,
            user_agent=request.headers.get("User-Agent", ""),
            idempotency_key=request.headers.get("X-Idempotency-Key"),
            request_body=getattr(request, "audit_body", None),
        )
        log.info(
            "AUDIT-RESPONSE", **ids, response_status=response.status_code, response_time_ms=took, error=getattr(response, "refusal", None)
        )
        if who.merchant_id is not None and request_log.is_on and not request.path.startswith(_PAGES):
            request_log.add(_seen(request, response, who, who.merchant_id, took))
        return response

    def _client_ip(self, request: HttpRequest) -> str:
        """The peer, or what a trusted proxy says of it: the last address it did not add itself."""
        peer: str = request.META.get("REMOTE_ADDR", "")
        if peer and peer not in self.trusted:
            return peer
        for address in reversed(request.headers.get("X-Forwarded-For", "").split(",")):
            candidate = address.strip()
            if candidate and candidate not in self.trusted:
                return candidate[:45]
        return peer or "127.0.0.1"


def _masked_query(query: str) -> str:
    """The query string with its secrets hidden."""
    return urlencode(masked(dict(parse_qsl(query, keep_blank_values=True)))) if query else ""


def _seen(request: HttpRequest, response: HttpResponse, who: context.Context, merchant_id: int, took: float) -> Seen:
    """The request as the log takes it: by reference, since nobody changes any of it any more."""
    is_kept = len(getattr(request, "_body", b"")) <= LONGEST_BODY
    answer = None if response.streaming else response.content
    return Seen(
        id=uuid7(),
        at=clock.real_now(),
        merchant_id=merchant_id,
        request_id=who.request_id,
        method=request.method or "",
        path=request.path,
        query=request.META.get("QUERY_STRING", ""),
        status=response.status_code,
        error_code=getattr(response, "refusal", None) or "",
        duration_ms=took,
        request_headers=request.headers,
        request_body=getattr(request, "audit_body", "") if is_kept else None,
        response_headers=response.headers,
        response_body=None if answer is None or len(answer) > LONGEST_BODY else answer,
        touched=who.touched,
        api_key_id=who.api_key_id,
        ip=who.ip,
    )
