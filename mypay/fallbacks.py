"""Answers when no view gave one: unknown routes and faults, in the shape of who asks."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from mypay.kit.api import Reply, internal_error

_PAGES = ("/portal", "/admin", "/payment/")


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """404: a page for people, the contract's JSON for programs (section 0)."""
    wants_page = "text/html" in request.headers.get("Accept", "") and not request.path.startswith("/api/")
    if wants_page or request.path.startswith(_PAGES):
        return render(request, "404.html", status=404)
    return Reply.of(404, {"error": {"message": "Route not found", "code": "NOT_FOUND"}}).response()


def server_error(request: HttpRequest) -> HttpResponse:
    """500 in the core dialect (contract section 0)."""
    return internal_error().response()
