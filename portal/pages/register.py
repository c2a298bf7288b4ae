"""Signing up."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from audit import context
from merchants.models import User
from merchants.selectors import flag_is_on
from merchants.states import FlagKey
from mypay.kit.errors import ApiError
from portal import sessions
from portal.account_forms import RegisterForm
from portal.services.register import DOMAIN, register


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    """A merchant of one's own: its address and password are on the one answer, and its owner is signed in."""
    if request.user.is_authenticated:
        return redirect("portal:home")
    if not flag_is_on(FlagKey.SELF_REGISTRATION):
        return render(request, "portal/register_closed.html", status=403)
    form = RegisterForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        context.acts(actor_type="visitor", actor_id="")
        try:
            opened = register(company_name=form.cleaned_data["company"], username=form.cleaned_data["username"])
        except ApiError as refused:
            form.refuse(refused)
        else:
            sessions.begin(request, User.objects.get(email=opened.login.email), merchant_id=opened.merchant.pk)
            return render(request, "portal/registered.html", {"login": opened.login, "merchant": opened.merchant})
    return render(request, "portal/register.html", {"form": form, "domain": DOMAIN}, status=400 if form.errors else 200)
