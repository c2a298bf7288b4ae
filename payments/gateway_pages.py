"""What a payer sees whose payment a gateway carries: the way there, the wait, the way back. It names no gateway."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from audit import context
from gateways.contract import Forged
from gateways.errors import NoGateway
from gateways.selectors import live_order
from mypay.kit.errors import NotFound, StaleState
from payments import links
from payments.models import Checkout
from payments.page_parts import gone, guarded, summary
from payments.selectors import find_session
from payments.services.gateway.begin import way_to_pay
from payments.services.gateway.come_back import come_back

_RETRY_SECONDS = "30"


def leave(request: HttpRequest, found: Checkout) -> HttpResponse | None:
    """Send the payer of an open checkout to a gateway; None when he pays on our own page."""
    if request.method == "HEAD" and live_order(found.pk) is None:  # only somebody who looks opens an order
        return guarded(HttpResponse(), found)
    return _onward(request, found, is_at_once=True)


def go_on(request: HttpRequest, found: Checkout) -> HttpResponse:
    """For a payer who was sent to a gateway: he may have paid there, or go on."""
    return _onward(request, found, is_at_once=False) or HttpResponseRedirect(links.page_url(found))


def unavailable(request: HttpRequest, found: Checkout) -> HttpResponse:
    """503: no payment can be taken now; the checkout stays open."""
    response = guarded(render(request, "checkout/unavailable.html", summary(found), status=503), found)
    response["Retry-After"] = _RETRY_SECONDS
    return response


@sensitive_post_parameters()
@csrf_exempt  # the gateway's page sends the payer here; what he brings is signed, and only a hint
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def returned(request: HttpRequest, checkout_id: str, order_id: str) -> HttpResponse:
    """The payer comes back from a gateway's page, by its form or its link."""
    found = find_session(checkout_id)
    if found is None:
        return gone(request, None)
    context.acts(actor_type="payer", actor_id=checkout_id, merchant_id=found.merchant_id)
    fields = {name: str(value) for name, value in (request.POST if request.method == "POST" else request.GET).items()}
    try:
        onward = come_back(checkout_id=checkout_id, order_id=order_id, fields=fields)
    except NotFound:
        return gone(request, None)
    except Forged:
        return guarded(render(request, "checkout/onward.html", {**summary(found), "is_forged": True}, status=400), found)
    # 303: a form post becomes a GET.
    response = HttpResponseRedirect(onward)
    response.status_code = 303
    return response


def _onward(request: HttpRequest, found: Checkout, *, is_at_once: bool) -> HttpResponse | None:
    try:
        way = way_to_pay(checkout=found)
    except NoGateway:
        return unavailable(request, found)
    except StaleState:  # closed, or begun, by somebody else just now
        return HttpResponseRedirect(links.page_url(found))
    if way.redirect is None and not way.is_waiting:
        return None
    if way.redirect and way.redirect.method == "GET" and is_at_once:
        return HttpResponseRedirect(way.redirect.url)
    shown = {
        **summary(found),
        "onward": way.redirect,
        "is_at_once": is_at_once,
        "polls": not (is_at_once and way.redirect),
    }
    return guarded(render(request, "checkout/onward.html", shown), found, leads_away=True)
