"""The landing page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal import quickstart


@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """What this is, where everything is, and a first payout to copy."""
    base_url = request.build_absolute_uri("/").rstrip("/")
    told = {"curl": quickstart.curl(base_url), "samples": quickstart.samples(), "is_demo": quickstart.is_demo()}
    return render(request, "landing.html", told)
