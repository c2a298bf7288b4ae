"""Liveness in the payment API's form (contract section 0)."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from mypay.kit import clock
from mypay.kit.api import JsonView, Reply
from mypay.kit.documented import HEALTH


class HealthView(JsonView):
    @extend_schema(**HEALTH)
    def get(self, request: Request) -> HttpResponse:
        """Whether the service is up; no auth."""
        now = clock.iso(clock.real_now())
        return Reply.of(200, {"status": "OK", "service": "MyPay Payment API", "timestamp": now}).response()
