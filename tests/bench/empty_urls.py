"""The empty view that `create` is compared with: it reads the request and answers 201."""

from django.http import HttpRequest, HttpResponse
from django.urls import path


def empty(request: HttpRequest) -> HttpResponse:
    """201 with a small body."""
    _ = request.body
    return HttpResponse(b"{}", status=201, content_type="application/json")


urlpatterns = [path("api/v1/payouts", empty)]
