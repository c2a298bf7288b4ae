"""The hosted checkout, thin; it works without script. What is paid, and whether it is, the engine decides."""

import re
from collections.abc import Callable
from functools import cache, wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render as render_page
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit import context
from emulators.bodies import nested
from emulators.razorpay import checkout_forms, magic, objects
from emulators.razorpay.checkout_end import ended, guarded, left, summary
from emulators.razorpay.visits import Visit, find_visit, open_visit
from mypay.kit import clock
from mypay.kit.errors import ApiError, ValidationError
from mypay.kit.money import to_text
from payments.page_parts import payer_hint
from payments.selectors import waiting_payment
from payments.services.challenge import APPROVE, DECLINE, SECRETS
from payments.services.complete import closed_answer, complete_payment
from payments.services.confirm import confirm_payment
from payments.states import CheckoutStatus, Method, PaymentStatus
from sandbox.states import Challenge

_View = Callable[..., HttpResponse]
_SCRIPT = settings.BASE_DIR / "templates" / "static" / "razorpay-checkout.js"
_GONE = "The link is wrong or not complete."
_CODE = re.compile(r"[0-9]{4,10}", re.ASCII)
_OVER = "It is not open any more: it was paid, cancelled, or has expired."


@require_safe
def script(request: HttpRequest) -> HttpResponse:
    """What shops load as checkout.js."""
    return HttpResponse(_script(), content_type="text/javascript; charset=utf-8", headers={"Cache-Control": "max-age=300"})


@cache
def _script() -> bytes:
    return _SCRIPT.read_bytes()


@csrf_exempt  # a shop's page posts here, of any origin; the key id in the form is all it shows
@xframe_options_exempt
@require_POST
@never_cache
def embedded(request: HttpRequest) -> HttpResponse:
    """Open the checkout of an order, as the shop's form says."""
    try:
        return HttpResponseRedirect(open_visit(nested(request.POST.items())).path)
    except ApiError as refused:
        return _problem(request, refused.message, refused.field)


def at_visit(view: _View) -> _View:
    """A page of one visit, which may stand in a frame of the shop's; no login stands behind it, so nobody can ride on one."""

    @csrf_exempt
    @xframe_options_exempt
    @never_cache
    @wraps(view)
    def found(request: HttpRequest, visit_id: UUID | None = None, link_id: str = "") -> HttpResponse:
        visit = find_visit(visit_id, link_id)
        if visit is None:
            return _problem(request, _GONE, status=404)
        context.acts(actor_type="payer", actor_id=str(visit.checkout.pk), merchant_id=visit.checkout.merchant_id)
        return guarded(view(request, visit), visit)

    return found


def _problem(request: HttpRequest, problem: str, field: str = "", *, status: int = 400) -> HttpResponse:
    return guarded(render_page(request, "emulators/razorpay/problem.html", {"problem": problem, "field": field}, status=status), None)


@require_safe
@at_visit
def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Choose how to pay; a payment under way is gone on with."""
    if onward := _not_open(request, visit):
        return onward
    method = checkout_forms.method_of(request.GET.get("method") or visit.row.data.get("prefill", {}).get("method"))
    form = checkout_forms.pay_form(method, visit, fill=request.GET.get("fill", ""))
    return _page(request, visit, method, form, checkout_forms.part_form(visit))


@sensitive_post_parameters("cardNumber", "cvv")
@require_http_methods(["GET", "HEAD", "POST"])
@at_visit
def pay(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Try to pay with what the form holds; a refused form is shown again and begins nothing."""
    if request.method != "POST":
        return HttpResponseRedirect(visit.path)
    if onward := _not_open(request, visit):
        return onward
    method = checkout_forms.method_of(request.POST.get("paymentMethod"))
    form = checkout_forms.pay_form(method, visit, data=request.POST)
    part = checkout_forms.part_form(visit, data=request.POST)
    if not (form.is_valid() and (part is None or part.is_valid())):
        return _page(request, visit, method, form, part, status=400)
    body = {**form.cleaned_data, **(part.cleaned_data if part else {}), "paymentMethod": method.value}
    try:
        _pay(visit, method, body)
    except ValidationError as refused:
        return _page(request, visit, method, form, part, status=400, problem=refused.message)
    return _onward(visit)


def _pay(visit: Visit, method: Method, body: dict[str, Any]) -> None:
    """The payment, and what Razorpay keeps of it, together: events tell of both."""
    with transaction.atomic():
        complete_payment(checkout_id=str(visit.checkout.pk), body=body)
        if payment := visit.last_payment():
            extra = {**magic.about(method, body), **_payer(visit), "notes": visit.row.data.get("notes")}
            changes = {name: value for name, value in extra.items() if value}
            objects.kept.note(visit.checkout.merchant, objects.PAYMENT, payment.pk, **changes)


def _payer(visit: Visit) -> dict[str, Any]:
    known = visit.row.data.get("customer" if visit.is_link else "prefill", {})
    return {"email": known.get("email"), "contact": known.get("contact"), "description": visit.description}


@require_http_methods(["GET", "HEAD", "POST"])
@at_visit
def bank(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The payer's bank, simulated: its answer is the payer's to give."""
    if request.method == "POST":
        try:
            _answer(visit, request.POST.get("answer", ""), request.POST.get("otp", "").strip())
        except ValidationError:
            return HttpResponseRedirect(f"{visit.path}/bank")
        return _onward(visit)
    payment = visit.last_payment()
    if payment is None or payment.status not in (PaymentStatus.REQUIRES_ACTION, PaymentStatus.PROCESSING):
        return _onward(visit)
    shown = {
        **summary(visit, payment),
        "place": "UPI app" if payment.method == Method.UPI else "Bank",
        "payer": f"the card ending in {payment.payer}" if payment.method == Method.CARD else payer_hint(payment),
        "takes_code": payment.method != Method.UPI,
        "is_processing": payment.status == PaymentStatus.PROCESSING,
    }
    return render_page(request, "emulators/razorpay/bank.html", shown)


def _answer(visit: Visit, answer: str, code: str) -> None:
    """Yes, no, or a one-time password, which is yes from four digits on; whatever secret the engine asks for is known here."""
    waiting = waiting_payment(visit.checkout)
    if answer == "code":
        answer = APPROVE if _CODE.fullmatch(code) else DECLINE
    secret = SECRETS.get(Challenge(waiting.challenge), "") if waiting else ""
    confirm_payment(checkout_id=str(visit.checkout.pk), answer=answer, secret=secret)


@require_POST
@at_visit
def cancel(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The payer leaves: an attempt under way fails, the order can still be paid. One by UPI succeeds, as Razorpay's test mode has it."""
    waiting = waiting_payment(visit.checkout)
    if waiting is not None and waiting.method == Method.UPI:
        _answer(visit, APPROVE, "")
        return _onward(visit)
    if waiting is not None:
        confirm_payment(checkout_id=str(visit.checkout.pk), answer=DECLINE)
    cancel_url = visit.row.data.get("cancel_url")
    return HttpResponseRedirect(cancel_url) if cancel_url and not visit.origin else left(request, visit)


@require_safe
@at_visit
def end(request: HttpRequest, visit: Visit) -> HttpResponse:
    """How the last attempt ended, and the way back to the shop."""
    payment = visit.last_payment()
    if payment is None:
        return HttpResponseRedirect(visit.path)
    if payment.status in (PaymentStatus.REQUIRES_ACTION, PaymentStatus.PROCESSING):
        return HttpResponseRedirect(f"{visit.path}/bank")
    return ended(request, visit, payment)


def _not_open(request: HttpRequest, visit: Visit) -> HttpResponse | None:
    """Where a visit goes that cannot begin to pay."""
    closed = closed_answer(visit.checkout, clock.now(visit.checkout.merchant))
    if closed is None:
        return None
    is_paid = visit.checkout.status in (CheckoutStatus.AUTHORIZED, CheckoutStatus.COMPLETED)
    return _onward(visit) if is_paid or visit.checkout.attempt_id else _problem(request, _OVER)


def _onward(visit: Visit) -> HttpResponse:
    return HttpResponseRedirect(f"{visit.path}/end")


def _page(
    request: HttpRequest, visit: Visit, method: Method, form: Any, part: Any, *, status: int = 200, problem: str = ""
) -> HttpResponse:
    order = visit.checkout
    shown = {
        **summary(visit, None),
        "methods": checkout_forms.METHODS,
        "heading": checkout_forms.METHODS[method],
        "method": method,
        "form": form,
        "part": part,
        "problem": problem,
        "samples": magic.samples(method),
        "paid": f"{order.currency} {to_text(order.paid, order.currency)}" if order.paid else "",
        "whole": f"{order.currency} {to_text(order.amount, order.currency)}",
    }
    return render_page(request, "emulators/razorpay/pay.html", shown, status=status)
