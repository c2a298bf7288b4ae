"""Liveness in the payment API's form (contract section 0)."""

from django.http import HttpRequest, HttpResponse

from mypay.kit import clock
from mypay.kit.api import Reply


def payment_form(request: HttpRequest) -> HttpResponse:
    """`{"status":"OK","service","timestamp"}`, no auth."""
    now = clock.iso(clock.real_now())
    return Reply.of(200, {"status": "OK", "service": "MyPay Payment API", "timestamp": now}).response()
