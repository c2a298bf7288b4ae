"""Where the admin portal and its API may be opened from; to everybody else they are not there."""

import re
from collections.abc import Callable
from ipaddress import ip_address

from django.http import Http404, HttpRequest, HttpResponse

from audit import context
from mypay.settings import environment

_ADMIN = re.compile(r"^/(admin|api/(v1/)?admin)(/|$)")


class AdminNetworksMiddleware:
    """404 outside ADMIN_ALLOWED_NETWORKS; the address is the client's, as a trusted proxy tells it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if environment.ADMIN_ALLOWED_NETWORKS and _ADMIN.match(request.path) and not is_allowed(context.current().ip):
            raise Http404
        return self.get_response(request)


def is_allowed(address: str) -> bool:
    """Whether the address is in one of the networks; what is no address is not."""
    try:
        known = ip_address(address)
    except ValueError:
        return False
    known = getattr(known, "ipv4_mapped", None) or known
    return any(known in network for network in environment.ADMIN_ALLOWED_NETWORKS)
