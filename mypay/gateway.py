"""The gateway host's root: what is served here, as JSON (contract section 0)."""

from django.http import HttpRequest, HttpResponse

from mypay.kit.api import Reply

_ENDPOINTS = {
    "payouts": "/api/v1/payouts",
    "balance": "/api/v1/balance",
    "balanceHistory": "/api/v1/balance/history",
    "directory": "/api/v1/directory",
    "verifyAccount": "/api/v1/verify-account",
    "checkouts": "/api/v1/checkouts",
    "transactions": "/api/v1/transactions",
    "testScenarios": "/api/v1/test-scenarios",
    "health": "/api/v1/health",
    "docs": "/api/docs",
}


def index(request: HttpRequest) -> HttpResponse:
    """Service, version and endpoints."""
    return Reply.of(200, {"service": "MyPay API Gateway", "version": "1.0.0", "endpoints": _ENDPOINTS}).response()
