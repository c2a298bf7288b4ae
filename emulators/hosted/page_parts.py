"""What the pages of a visit share: finding it, their policy, and the page of a payment that cannot be made."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt

from audit import context
from emulators.hosted.visits import Visit
from payments import page_parts
from payments.models import Payment
from payments.states import PaymentStatus

UNDER_WAY = frozenset({PaymentStatus.REQUIRES_ACTION, PaymentStatus.PROCESSING})
_GONE = "The link is wrong or not complete."
_View = Callable[..., HttpResponse]
Find = Callable[..., Visit | None]


def at_visit(view: _View) -> _View:
    """A page of one visit, which may stand in a frame of the shop's; no login stands behind it, so nobody can ride on one.

    The route names how the vendor finds its visits; whatever else it catches is the visit's address.
    """

    @csrf_exempt
    @xframe_options_exempt
    @never_cache
    @wraps(view)
    def found(request: HttpRequest, find: Find, **address: Any) -> HttpResponse:
        visit = find(**address)
        if visit is None:
            return problem(request, _GONE, status=404)
        context.acts(actor_type="payer", actor_id=str(visit.checkout.pk), merchant_id=visit.checkout.merchant_id)
        leads_away = bool(visit.callback_url or visit.cancel_url)
        return _guarded(view(request, visit), leads_away=leads_away, framed_by=visit.origin or "'self'")

    return found


def _guarded(response: HttpResponse, *, leads_away: bool, framed_by: str) -> HttpResponse:
    response["Content-Security-Policy"] = page_parts.content_policy(leads_away=leads_away, framed_by=framed_by)
    return response


def problem(request: HttpRequest, told: str, field: str = "", *, status: int = 400) -> HttpResponse:
    """The page of a payment that cannot be made; it stands in whatever frame asked for it."""
    page = render(request, "emulators/hosted/problem.html", {"problem": told, "field": field}, status=status)
    return _guarded(page, leads_away=False, framed_by="*")


def summary(visit: Visit, payment: Payment | None = None) -> dict[str, Any]:
    """Whom the payer pays, and how much."""
    return {**page_parts.summary(visit.checkout, payment), "visit": visit}


def to_bank(visit: Visit) -> HttpResponse:
    """On to the payer's bank."""
    return HttpResponseRedirect(f"{visit.path}/bank")


def to_end(visit: Visit) -> HttpResponse:
    """On to how it ended; a payment that is still under way leads back from there."""
    return HttpResponseRedirect(f"{visit.path}/end")
