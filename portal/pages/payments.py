"""Payments and the checkouts they pay: lists, one of each, and what is done with a payment."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from merchants.models import Member
from merchants.states import Act, may
from mypay.kit.errors import NotFound
from mypay.kit.money import to_text
from payments.links import page_url as payment_page_url
from payments.models import Checkout, Payment, SettlementItem
from payments.render import payment_json, snapshot
from payments.selectors import get_checkout, get_payment, last_attempt, list_disputes, list_refunds
from payments.services.capture import capture_payment, void_payment
from payments.services.refund import create_refund
from payments.states import ItemKind, PaymentStatus
from portal import meaning, searches
from portal.access import acting, member_page
from portal.acts import act
from portal.links import Tab
from portal.lists import listed
from portal.money_forms import CaptureForm, CheckoutFilters, PaymentFilters, RefundForm, VoidForm
from portal.parts import Detail, details
from portal.timeline import timeline

Forms = dict[str, Any]


@require_safe
@member_page
def payments(request: HttpRequest, member: Member) -> HttpResponse:
    """All payments, newest first."""
    shown = listed(request, member.merchant, "payments", PaymentFilters(request.GET), searches.payments)
    return render(request, "portal/payments.html", {"member": member, "tabs": _tabs("payments"), **shown})


@require_safe
@member_page
def checkouts(request: HttpRequest, member: Member) -> HttpResponse:
    """All checkouts, newest first, also those that nobody has paid."""
    shown = listed(request, member.merchant, "checkouts", CheckoutFilters(request.GET), searches.checkouts)
    return render(request, "portal/checkouts.html", {"member": member, "tabs": _tabs("checkouts"), **shown})


def _tabs(current: str) -> list[Tab]:
    return [Tab(name.capitalize(), reverse(f"portal:{name}"), name == current) for name in ("payments", "checkouts")]


@require_safe
@member_page
def checkout(request: HttpRequest, member: Member, checkout_id: str) -> HttpResponse:
    """One checkout: its page, its payment, and everything that became of it."""
    found = get_checkout(member.merchant, checkout_id)
    found.merchant = member.merchant
    attempt = last_attempt(found)
    shown = {
        "checkout": found,
        "meaning": meaning.of_checkout(found),
        "payment": attempt,
        "page_url": payment_page_url(found),
        "rows": _checkout_details(found),
        "moments": timeline(member.merchant, found),
        "metadata": _pretty(found.metadata),
        "as_json": _pretty(snapshot(found, attempt)),
    }
    return render(request, "portal/checkout.html", {"member": member, **shown})


def _checkout_details(checkout: Checkout) -> list[Detail]:
    return details(
        Detail("Reference", checkout.reference, copies=True),
        Detail("Checkout id", str(checkout.pk), is_code=True, copies=True),
        Detail("Method", checkout.get_method_display() or "The payer chooses"),
        Detail("Capture", checkout.get_capture_mode_display()),
        Detail("Status code", checkout.status_code, is_code=True),
        Detail("Description", checkout.description),
        Detail("Webhook", checkout.success_url, is_code=True),
        Detail("Return URL", checkout.return_url, is_code=True),
        Detail("Payer", _pretty(checkout.user_data), is_code=True),
        Detail("Created", at=checkout.created_at),
        Detail("Expires", at=checkout.expires_at),
    )


@require_safe
@member_page
def payment(request: HttpRequest, member: Member, payment_id: str) -> HttpResponse:
    """One payment and everything that became of it; a checkout's id leads to the checkout."""
    try:
        found = get_payment(member.merchant, payment_id)
    except NotFound:
        return redirect("portal:checkout", get_checkout(member.merchant, payment_id).pk)
    return _payment(request, member, found, {})


@require_POST
@acting(Act.MOVE_MONEY)
def capture(request: HttpRequest, member: Member, payment_id: str) -> HttpResponse:
    """Collect an authorised payment, or a part of it, as `POST /payments/:id/capture` does."""
    found = get_payment(member.merchant, payment_id)
    form = CaptureForm.of(found, request.POST)
    if act(
        request, member, form, lambda claim: capture_payment(merchant=member.merchant, payment_id=payment_id, body=form.body(), claim=claim)
    ):
        return _done(request, found, "The payment was captured.")
    return _payment(request, member, found, {"capture_form": form}, status=400)


@require_POST
@acting(Act.MOVE_MONEY)
def void(request: HttpRequest, member: Member, payment_id: str) -> HttpResponse:
    """Give an authorisation up, as `POST /payments/:id/void` does."""
    found = get_payment(member.merchant, payment_id)
    form = VoidForm(request.POST)
    if act(request, member, form, lambda claim: void_payment(merchant=member.merchant, payment_id=payment_id, claim=claim)):
        return _done(request, found, "The authorisation was given up.")
    return _payment(request, member, found, {"void_form": form}, status=400)


@require_POST
@acting(Act.MOVE_MONEY)
def refund(request: HttpRequest, member: Member, payment_id: str) -> HttpResponse:
    """Give back what is left of a payment, or a part of it, as `POST /payments/:id/refunds` does."""
    found = get_payment(member.merchant, payment_id)
    form = RefundForm.of(found, request.POST)
    if act(
        request, member, form, lambda claim: create_refund(merchant=member.merchant, payment_id=payment_id, body=form.body(), claim=claim)
    ):
        return _done(request, found, "The refund is on its way.")
    return _payment(request, member, found, {"refund_form": form}, status=400)


def _done(request: HttpRequest, payment: Payment, message: str) -> HttpResponse:
    messages.success(request, message)
    return redirect("portal:payment", payment.pk)


def _payment(request: HttpRequest, member: Member, payment: Payment, bound: Forms, *, status: int = 200) -> HttpResponse:
    merchant = member.merchant
    settles = SettlementItem.objects.filter(subject_id=payment.pk, kind=ItemKind.PAYMENT).first()
    may_move = may(member.role, Act.MOVE_MONEY)
    newest = {"cursor": "", "paymentId": str(payment.pk)}
    shown = {
        "payment": payment,
        "meaning": meaning.of_payment(payment, settles),
        "settles": settles,
        "rows": _details(payment),
        "refunds": list_refunds(merchant, newest).rows if payment.captured else [],
        "disputes": list_disputes(merchant, newest).rows if payment.captured else [],
        "moments": timeline(merchant, payment),
        "metadata": _pretty(payment.checkout.metadata),
        "as_json": _pretty(payment_json(payment)),
        "actions": _actions(payment, bound) if may_move else {},
    }
    return render(request, "portal/payment.html", {"member": member, **shown}, status=status)


def _actions(payment: Payment, bound: Forms) -> Forms:
    """The forms of what can be done with it now, and one that was refused."""
    offered: Forms = {}
    if payment.status == PaymentStatus.AUTHORIZED:
        offered = {"capture_form": CaptureForm.of(payment), "void_form": VoidForm()}
    elif payment.refundable:
        offered = {"refund_form": RefundForm.of(payment)}
    return {**offered, **bound}


def _details(payment: Payment) -> list[Detail]:
    checkout = payment.checkout
    left = to_text(payment.refundable, payment.currency) if payment.refundable else ""
    return details(
        Detail("Reference", checkout.reference, copies=True),
        Detail("Payment id", str(payment.pk), is_code=True, copies=True),
        Detail("Checkout", str(checkout.pk), url=reverse("portal:checkout", args=[checkout.pk])),
        Detail("Method", payment.get_method_display()),
        Detail("Payer", payment.payer),
        Detail("Status code", payment.status_code, is_code=True),
        Detail("Description", checkout.description),
        Detail("Can be refunded", f"{payment.currency} {left}" if left else ""),
        Detail("Created", at=payment.created_at),
        Detail("Last change", at=payment.updated_at),
    )


def _pretty(content: Any) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) if content else ""
