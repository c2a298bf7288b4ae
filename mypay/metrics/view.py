"""The page that Prometheus reads, and who may read it."""

from ipaddress import ip_address

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from audit import context
from mypay.fallbacks import not_found
from mypay.kit import counters
from mypay.kit.api import Reply
from mypay.kit.crypto import same
from mypay.metrics.gauges import Gauges
from mypay.settings import environment


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text, to who has the token; without a token, to METRICS_NETWORKS. To others it is not there."""
    if not environment.METRICS_ENABLED:
        return not_found(request)
    if environment.METRICS_TOKEN:
        if not same(request.headers.get("Authorization", ""), f"Bearer {environment.METRICS_TOKEN}"):
            refused = Reply.of(401, {"error": {"message": "Send METRICS_TOKEN as a bearer token", "code": "UNAUTHORIZED"}}).response()
            refused["WWW-Authenticate"] = "Bearer"
            return refused
    elif not _is_inside(request):
        return not_found(request)
    return HttpResponse(page(), content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


def page() -> bytes:
    """All processes' counts and this one's gauges."""
    registry = CollectorRegistry()
    registry.register(Gauges())
    if not counters.IS_SHARED:
        for metric in counters.ALL:
            registry.register(metric)
        return generate_latest(registry)
    MultiProcessCollector(registry, path=str(counters.FOLDER))
    with counters.reading():
        return generate_latest(registry)


def _is_inside(request: HttpRequest) -> bool:
    """Whether the client's address is in METRICS_NETWORKS; who comes by a proxy that nobody trusts is outside."""
    peer = request.META.get("REMOTE_ADDR", "")
    if "X-Forwarded-For" in request.headers and peer and peer not in environment.TRUSTED_PROXIES:
        return False
    try:
        known = ip_address(context.current().ip)
    except ValueError:
        return False
    known = getattr(known, "ipv4_mapped", None) or known
    return any(known in network for network in environment.METRICS_NETWORKS)
