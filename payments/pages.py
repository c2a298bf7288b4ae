"""The hosted payment page, thin; it works without script (contract section 5)."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit import context
from gateways.errors import NoGateway
from gateways.selectors import is_routed
from mypay.kit import clock
from payments import links, messages, scenarios
from payments.forms import PayForm, form_class
from payments.gateway_pages import leave, unavailable
from payments.models import Checkout
from payments.page_parts import gone, guarded, is_sandbox, summary
from payments.render import reason
from payments.selectors import find_session
from payments.services.cancel import cancel_payment
from payments.services.complete import Answer, closed_answer, complete_payment
from payments.services.expire import is_over
from payments.states import CheckoutStatus, Method
from payments.validation import methods_of
from sandbox.builtin import known_cards


@require_safe
@never_cache
def checkout(request: HttpRequest, checkout_id: str) -> HttpResponse:
    """The page to pay on; an ended checkout leads back to the shop, an expired one nowhere."""
    found = find_session(checkout_id)
    if found is None:
        return gone(request, None)
    at = clock.now(found.merchant)
    if answer := closed_answer(found, at):
        return _after(request, found, answer, at)
    if is_routed(found.merchant) and (elsewhere := leave(request, found)):
        return elsewhere
    method = _method(found, request.GET.get("method", ""))
    fill = request.GET.get("fill", "")
    known = {sample.number for sample in scenarios.samples(method)} if is_sandbox(found) else set()
    form = form_class(method)(checkout=found, fill=fill if fill in known else "")
    return _page(request, found, method, form, at)


@sensitive_post_parameters("mobileNumber", "pin", "cardNumber", "cvv")
@csrf_exempt  # no login stands behind it: whoever knows the id may pay, from anywhere
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def pay(request: HttpRequest, checkout_id: str) -> HttpResponse:
    """Pay by form, without script; a refused form is shown again and ends nothing."""
    found = find_session(checkout_id)
    if found is None:
        return gone(request, None)
    if request.method != "POST":  # a refused form, loaded anew
        return HttpResponseRedirect(links.page_url(found))
    at = clock.now(found.merchant)
    if answer := closed_answer(found, at):
        return _after(request, found, answer, at)
    method = _method(found, request.POST.get("paymentMethod", ""))
    form = form_class(method)(request.POST, checkout=found)
    if not form.is_valid():
        return _page(request, found, method, form, at, status=400)
    context.acts(actor_type="payer", actor_id=checkout_id, merchant_id=found.merchant_id)
    try:
        answer = complete_payment(checkout_id=checkout_id, body={**form.cleaned_data, "paymentMethod": method.value})
    except NoGateway:
        return unavailable(request, found)
    return _after(request, found, answer, at)


@csrf_exempt
@require_POST
@never_cache
def cancel(request: HttpRequest, checkout_id: str) -> HttpResponse:
    """The payer gives up; the page's script asks for JSON, a form is sent on."""
    found = find_session(checkout_id)
    if found is None:
        return gone(request, None)
    context.acts(actor_type="payer", actor_id=checkout_id, merchant_id=found.merchant_id)
    answer = cancel_payment(checkout_id=checkout_id)
    if request.headers.get("Accept", "").startswith("application/json"):
        return JsonResponse({"success": answer.success, "message": answer.message, "returnUrl": answer.return_url})
    return _after(request, found, answer, clock.now(found.merchant))


@require_safe
@never_cache
def result(request: HttpRequest, checkout_id: str) -> HttpResponse:
    """How it ended: where the browser goes when the shop named no URL of its own."""
    found = find_session(checkout_id)
    if found is None:
        return gone(request, None)
    if found.status == CheckoutStatus.PENDING:
        return HttpResponseRedirect(links.page_url(found))
    message = reason(found) or messages.to_result(found.status_code, found.method)
    shown = {**summary(found), "message": message, "is_paid": found.status in (CheckoutStatus.COMPLETED, CheckoutStatus.AUTHORIZED)}
    return guarded(render(request, "checkout/result.html", shown), found)


def _page(request: HttpRequest, found: Checkout, method: Method, form: PayForm, at: datetime, *, status: int = 200) -> HttpResponse:
    left = max(0, round((found.expires_at - at).total_seconds()))
    shown = {
        **summary(found),
        "method": method,
        "methods": [] if found.method else methods_of(found.currency),
        "form": form,
        "samples": scenarios.samples(method) if is_sandbox(found) else [],
        "fills": form_class(method).filled("", found),
        "known_cards": " ".join(known_cards()),
        "now": at,
        "seconds_left": left,
        "minutes_left": -(-left // 60),
        "stands_still": found.merchant.clock_frozen_ms is not None,
    }
    return guarded(render(request, "checkout/pay.html", shown, status=status), found)


def _method(found: Checkout, wanted: str) -> Method:
    """The checkout's method, else the payer's choice, else the first."""
    if found.method:
        return Method(found.method)
    offered = methods_of(found.currency)
    return Method(wanted) if wanted in offered else offered[0]


def _after(request: HttpRequest, found: Checkout, answer: Answer, at: datetime) -> HttpResponse:
    """Back to the shop; an expired checkout has a page of its own (contract section 4)."""
    is_expired = answer.message == messages.HAS_EXPIRED and is_over(found, at)
    return gone(request, found) if is_expired else HttpResponseRedirect(answer.return_url)
