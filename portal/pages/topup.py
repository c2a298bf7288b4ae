"""Test money for the merchant, and a fresh start."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from ledger.services.top_up import checked_amount, top_up
from merchants.models import Member, Merchant
from merchants.states import Act
from mypay.kit.errors import ApiError
from portal import selectors
from portal.access import acting
from portal.sandbox_forms import TopUpForm, TypedForm, refuse
from sandbox.services.reset_state import reset_state
from sandbox.services.rules import require_sandbox


@require_http_methods(["GET", "HEAD", "POST"])
@acting(Act.RUN_SANDBOX)
def top_up_page(request: HttpRequest, member: Member) -> HttpResponse:
    """Bring test money in."""
    merchant = member.merchant
    form = TopUpForm(request.POST or None, initial={"currency": request.GET.get("currency", "PKR")})
    if request.method == "POST" and form.is_valid():
        try:
            _bring(merchant, form.cleaned_data["currency"], form.cleaned_data["amount"])
        except ApiError as problem:
            refuse(form, problem)
        else:
            messages.success(request, f"{form.cleaned_data['currency']} {form.cleaned_data['amount']} came in.")
            return redirect("portal:top-up")
    shown = {"form": form, "balances": selectors.balances(merchant)}
    return render(request, "portal/top_up.html", {"member": member, **shown}, status=400 if form.errors else 200)


def _bring(merchant: Merchant, currency: str, text: str) -> None:
    require_sandbox(merchant)
    amount = checked_amount(merchant, currency, text.replace(",", "").strip())
    top_up(merchant=merchant, currency=currency, amount=amount)


@require_http_methods(["GET", "HEAD", "POST"])
@acting(Act.RUN_SANDBOX)
def fresh_start(request: HttpRequest, member: Member) -> HttpResponse:
    """Remove all activity, after the company's name was typed."""
    form = TypedForm(request.POST or None, merchant=member.merchant)
    if request.method == "POST" and form.is_valid():
        try:
            removed = reset_state(merchant=member.merchant)
        except ApiError as problem:
            refuse(form, problem)
        else:
            messages.success(request, f"The sandbox is as on its first day; {removed:,} rows are gone.")
            return redirect("portal:home")
    return render(request, "portal/fresh_start.html", {"member": member, "form": form}, status=400 if form.errors else 200)
