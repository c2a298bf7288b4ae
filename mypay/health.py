"""Probes. The payment API's own form of health (mypay contract section 0), and liveness, readiness and the
full report in the shape of payment-platform section 7: `{status, info, error, details}`.
"""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from mypay import wellness
from mypay.kit import clock
from mypay.kit.api import JsonView, Reply
from mypay.kit.documented import HEALTH, LIVENESS, REPORT

_UNCACHED = {"Cache-Control": "no-store"}


class HealthView(JsonView):
    @extend_schema(**HEALTH)
    def get(self, request: Request) -> HttpResponse:
        """Whether the service is up; no auth."""
        now = clock.iso(clock.real_now())
        return Reply.of(200, {"status": "OK", "service": "MyPay Payment API", "timestamp": now}).response()


class LivenessView(JsonView):
    @extend_schema(**LIVENESS)
    def get(self, request: Request) -> HttpResponse:
        """Whether this process runs; touches nothing else."""
        return _uncached(200, {"status": "ok", "timestamp": clock.iso(clock.real_now())})


class ReadinessView(JsonView):
    @extend_schema(**REPORT)
    def get(self, request: Request) -> HttpResponse:
        """Whether this process should get requests: what it needs answers and it is not about to stop."""
        return _report(wellness.needed(), {})


class FullHealthView(JsonView):
    @extend_schema(**REPORT)
    def get(self, request: Request) -> HttpResponse:
        """Readiness and everything worth knowing beside it, which is `degraded` at worst."""
        return _report(wellness.needed(), wellness.concerns())


def _report(needed: dict[str, str], concerns: dict[str, str]) -> HttpResponse:
    error = {name: {"status": "down", "message": problem} for name, problem in needed.items() if problem}
    info: dict[str, Any] = {name: {"status": "up"} for name, problem in needed.items() if not problem}
    info |= {name: {"status": "degraded", "message": problem} if problem else {"status": "up"} for name, problem in concerns.items()}
    status = "shutting_down" if wellness.is_draining() else "error" if error else "ok"
    body = {"status": status, "info": info, "error": error, "details": {**info, **error}}
    return _uncached(200 if status == "ok" else 503, body)


def _uncached(status: int, content: Any) -> HttpResponse:
    """An answer about now; 503 says when to ask again."""
    headers = _UNCACHED if status == 200 else {**_UNCACHED, "Retry-After": "1"}
    response = Reply(status, Reply.of(status, content).body, dict(headers)).response()
    response._has_been_logged = True  # type: ignore[attr-defined]  # meant, so no error in Django's log at every probe
    return response
