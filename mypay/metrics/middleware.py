"""Counts every answer, by route and status, with the time it took; outermost, so that it sees them all."""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from mypay.kit import counters

_NO_ROUTE = "none"


class MetricsMiddleware:
    """A few microseconds a request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        route = f"/{match.route}" if match is not None else _NO_ROUTE
        counters.answered(request.method or "", route, response.status_code, time.perf_counter() - started)
        return response
