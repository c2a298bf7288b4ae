"""What comes between the form and the outcome: the challenge a payer is asked for, and his simulated phone."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from audit import context
from mypay.kit import clock
from mypay.kit.errors import ValidationError
from payments import codes, links
from payments.gateway_pages import go_on
from payments.models import Checkout
from payments.page_parts import gone, guarded, is_sandbox, payer_hint, summary
from payments.selectors import find_session, last_attempt
from payments.services.challenge import RIGHT_PIN, SECRETS
from payments.services.complete import Answer
from payments.services.confirm import confirm_payment
from payments.states import CheckoutStatus, Method, PaymentStatus
from sandbox.states import Challenge

_AT_THE_PHONE = (Challenge.PHONE, Challenge.TRANSFER)


@sensitive_post_parameters("secret")
@csrf_exempt  # as the payment page: whoever knows the id may pay
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def confirm(request: HttpRequest, checkout_id: str) -> HttpResponse:
    """The challenge, or the wait for the rail; once that is over the browser goes back to the shop."""
    found = find_session(checkout_id)
    if found is None:
        return gone(request, None)
    if request.method == "POST":
        try:
            return HttpResponseRedirect(_answer(request, found).return_url)
        except ValidationError as problem:
            return _challenge(request, found, problem=problem.message)
    return _challenge(request, found)


@sensitive_post_parameters("secret")
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def phone(request: HttpRequest, checkout_id: str) -> HttpResponse:
    """The payer's phone or banking app, simulated: approve, decline, a wrong PIN, or leave it."""
    found = find_session(checkout_id)
    payment = last_attempt(found) if found else None
    if found is None or payment is None or payment.challenge not in _AT_THE_PHONE:
        return gone(request, None)
    told = problem = ""
    if request.method == "POST":
        try:
            told = _answer(request, found).message
        except ValidationError as refused:
            problem = refused.message
        payment = last_attempt(found) or payment
    shown = {
        **summary(found, payment),
        "payment": payment,
        "payer": payer_hint(payment),
        "told": told,
        "problem": problem,
        "is_waiting": payment.status == PaymentStatus.REQUIRES_ACTION,
        "is_transfer": payment.challenge == Challenge.TRANSFER,
        "right": RIGHT_PIN,
    }
    return guarded(render(request, "checkout/phone.html", shown, status=400 if problem else 200), found)


def _answer(request: HttpRequest, found: Checkout) -> Answer:
    context.acts(actor_type="payer", actor_id=str(found.pk), merchant_id=found.merchant_id)
    secret = request.POST.get("secret", "").strip()[:20]
    return confirm_payment(checkout_id=str(found.pk), answer=request.POST.get("answer", ""), secret=secret)


def _challenge(request: HttpRequest, found: Checkout, *, problem: str = "") -> HttpResponse:
    """What the payment waits for, shown; a payment that waits for nothing leads on."""
    payment = last_attempt(found)
    if payment is None:
        return HttpResponseRedirect(links.page_url(found))
    if found.status != CheckoutStatus.PENDING:
        return HttpResponseRedirect(links.return_url(found))
    if payment.status == PaymentStatus.REQUIRES_ACTION and not payment.challenge:
        return go_on(request, found)
    challenge = Challenge(payment.challenge) if payment.status == PaymentStatus.REQUIRES_ACTION else Challenge.NONE
    left = max(0, round((payment.due_at - clock.now(found.merchant)).total_seconds())) if payment.due_at else 0
    shown = {
        **summary(found, payment),
        "payment": payment,
        "payer": payer_hint(payment),
        "challenge": challenge.value,
        "problem": problem,
        "right": SECRETS.get(challenge, "") if is_sandbox(found) else "",
        "polls": challenge in (*_AT_THE_PHONE, Challenge.NONE) and found.merchant.clock_frozen_ms is None,
        "minutes_left": -(-left // 60),
        "upi_code": codes.upi_svg(found, payment) if payment.method == Method.UPI else "",
        "account": codes.virtual_account(found) if challenge == Challenge.TRANSFER else "",
    }
    return guarded(render(request, "checkout/confirm.html", shown, status=400 if problem else 200), found)
