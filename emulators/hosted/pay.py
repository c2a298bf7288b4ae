"""The payment page of a visit, thin; it works without script. What is paid, and whether it is, the engine decides."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from emulators.hosted import forms
from emulators.hosted.page_parts import at_visit, problem, summary, to_end
from emulators.hosted.visits import Visit
from mypay.kit import clock
from mypay.kit.errors import ValidationError
from payments.page_parts import in_currency
from payments.selectors import newest_payment
from payments.services.complete import closed_answer, complete_payment
from payments.states import CheckoutStatus, Method

_OVER = "It is not open any more: it was paid, cancelled, or has expired."


@require_safe
@at_visit
def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Choose how to pay; a payment under way is gone on with."""
    if onward := _not_open(request, visit):
        return onward
    method = forms.method_of(request.GET.get("method") or visit.usual_method, visit)
    form = forms.pay_form(method, visit, fill=request.GET.get("fill", ""))
    return _page(request, visit, method, form, forms.part_form(visit))


@sensitive_post_parameters("mobileNumber", "pin", "cardNumber", "cvv")
@require_http_methods(["GET", "HEAD", "POST"])
@at_visit
def pay(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Try to pay with what the form holds; a refused form is shown again and begins nothing."""
    if request.method != "POST":
        return HttpResponseRedirect(visit.path)
    if onward := _not_open(request, visit):
        return onward
    method = forms.method_of(request.POST.get("paymentMethod"), visit)
    form = forms.pay_form(method, visit, data=request.POST)
    part = forms.part_form(visit, data=request.POST)
    if not (form.is_valid() and (part is None or part.is_valid())):
        return _page(request, visit, method, form, part, status=400)
    body = {**form.cleaned_data, **(part.cleaned_data if part else {}), "paymentMethod": method.value}
    try:
        _pay(visit, method, body)
    except ValidationError as refused:
        return _page(request, visit, method, form, part, status=400, told=refused.message)
    return to_end(visit)


def _pay(visit: Visit, method: Method, body: dict[str, Any]) -> None:
    """The payment, and what the vendor keeps of it, together: events tell of both."""
    with transaction.atomic():
        complete_payment(checkout_id=str(visit.checkout.pk), body=body)
        if payment := newest_payment(visit.checkout):
            visit.keep(payment, method, body)


def _not_open(request: HttpRequest, visit: Visit) -> HttpResponse | None:
    """Where a visit goes that cannot begin to pay."""
    closed = closed_answer(visit.checkout, clock.now(visit.checkout.merchant))
    if closed is None:
        return None
    is_paid = visit.checkout.status in (CheckoutStatus.AUTHORIZED, CheckoutStatus.COMPLETED)
    return to_end(visit) if is_paid or visit.checkout.attempt_id else problem(request, _OVER)


def _page(request: HttpRequest, visit: Visit, method: Method, form: Any, part: Any, *, status: int = 200, told: str = "") -> HttpResponse:
    order = visit.checkout
    shown = {
        **summary(visit),
        "heading": visit.methods[method],
        "method": method,
        "form": form,
        "part": part,
        "problem": told,
        "samples": visit.samples(method),
        "paid": in_currency(order.paid, order) if order.paid else "",
        "whole": in_currency(order.amount, order),
    }
    return render(request, "emulators/hosted/pay.html", shown, status=status)
