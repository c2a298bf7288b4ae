"""Answers when no view gave one: unknown routes and faults, in the shape of who asks."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from mypay.kit.api import Reply, internal_error

_PAGES = ("/portal", "/admin")
_API_ONLY = tuple(f"mypay.urls.{name}" for name in ("gateway", "payout_api", "payment_api", "ipn", "mock_providers"))


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """404: a page for people, the contract's JSON for programs (section 0)."""
    serves_pages = getattr(request, "urlconf", settings.ROOT_URLCONF) not in _API_ONLY
    wants_page = "text/html" in request.headers.get("Accept", "") and not request.path.startswith("/api/")
    if request.path.startswith("/payment/") or (serves_pages and (wants_page or request.path.startswith(_PAGES))):
        return render(request, "404.html", status=404)
    return Reply.of(404, {"error": {"message": "Route not found", "code": "NOT_FOUND"}}).response()


def server_error(request: HttpRequest) -> HttpResponse:
    """500 in the core dialect (contract section 0)."""
    return internal_error().response()
