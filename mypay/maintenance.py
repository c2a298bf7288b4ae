"""Maintenance: while staff say so, API routes answer 503 (contract sections 9 and 10, admin settings)."""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from merchants.selectors import config_value
from merchants.states import ConfigKey
from mypay.kit.api import Reply

RETRY_AFTER_SECONDS = 60
_MESSAGE = "MyPay is under maintenance. Please try again later."
# Health, docs and the admin's API stay open: they watch over the work and end it. Pages are no API.
_API = re.compile(
    r"^/(api/(?!(v1/)?(admin|health|metrics)(/|$)|docs(/|$)|schema(/|$))|ipn/|checkouts?(/|$)|transactions(/|$)|webhooks/|test-scenarios"
    r"|payment/complete$|payment/[^/]+/complete$)"
)
_PORTAL = re.compile(r"^/api/(v1/)?portal/")


class MaintenanceMiddleware:
    """503 with code MAINTENANCE and Retry-After; asks a value kept in memory for seconds."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _API.match(request.path) and config_value(ConfigKey.MAINTENANCE_MODE) == "true":
            return _closed(request.path)
        return self.get_response(request)


def _closed(path: str) -> HttpResponse:
    """In the portal's shape for its clients, else in the core's, as every fault is (section 0)."""
    if _PORTAL.match(path):
        reply = Reply.of(503, {"success": False, "error": _MESSAGE, "code": "MAINTENANCE"})
    else:
        reply = Reply.of(503, {"error": {"message": _MESSAGE, "code": "MAINTENANCE"}})
    response = reply.response()
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    response.refusal = "MAINTENANCE"  # type: ignore[attr-defined]  # for AUDIT-RESPONSE
    response._has_been_logged = True  # type: ignore[attr-defined]  # meant, so no error in Django's log
    return response
