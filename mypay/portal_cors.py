"""CORS of the portal and admin APIs: named origins only, with credentials (contract section 0).

corsheaders has one policy for all, the public `*` of the key routes; these routes are none of it.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from mypay.settings import environment

_PATHS = ("/api/v1/portal/", "/api/portal/", "/api/v1/admin/", "/api/admin/")
_HEADERS = "authorization, content-type, x-request-id"
_METHODS = "GET, POST, PUT, OPTIONS"
_EXPOSED = "content-disposition, retry-after, x-request-id"


class PortalCorsMiddleware:
    """Lets the pages of CORS_ORIGIN's origins read the answers; answers their preflights."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.origins = frozenset(origin.rstrip("/") for origin in environment.CORS_ORIGIN)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        origin = request.headers.get("Origin", "")
        if not origin or not request.path.startswith(_PATHS):
            return self.get_response(request)
        is_preflight = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        response = HttpResponse(status=204) if is_preflight else self.get_response(request)
        patch_vary_headers(response, ["Origin"])
        if origin in self.origins:
            response["Access-Control-Allow-Origin"] = origin
            response["Access-Control-Allow-Credentials"] = "true"
            response["Access-Control-Expose-Headers"] = _EXPOSED
            if is_preflight:
                response["Access-Control-Allow-Methods"] = _METHODS
                response["Access-Control-Allow-Headers"] = _HEADERS
                response["Access-Control-Max-Age"] = "86400"
        return response
