"""A new password for whoever has forgotten it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from merchants.errors import TooManyAttempts
from merchants.services.recover_password import ask_recovery, recover_password, recovering_user
from mypay.kit.errors import ApiError, NotFound
from portal.account_forms import ForgotForm, NewPasswordForm
from portal.pages.sign_in import waiting


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def forgot(request: HttpRequest) -> HttpResponse:
    """Asks for the address; the answer is the same whether or not somebody has it."""
    form, wait = ForgotForm(request.POST if request.method == "POST" else None), None
    if request.method == "POST" and form.is_valid():
        try:
            ask_recovery(email=form.cleaned_data["email"])
        except TooManyAttempts as refused:
            wait = refused.retry_after
            form.add_error(None, "You have asked too often. Please try again in a few minutes.")
        else:
            return render(request, "portal/forgot_sent.html", {"email": form.cleaned_data["email"]})
    return waiting(render(request, "portal/forgot.html", {"form": form}, status=400 if form.errors else 200), wait)


@sensitive_post_parameters("password", "again")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def reset(request: HttpRequest, token: str) -> HttpResponse:
    """Sets a new password by the link of a mail, once."""
    form = NewPasswordForm(request.POST if request.method == "POST" else None)
    try:
        email = recovering_user(token).email
        if request.method == "POST" and form.is_valid():
            recover_password(token=token, password=form.cleaned_data["password"])
            messages.success(request, "Your password is changed. Sign in with it.")
            return redirect("portal:login")
    except NotFound:
        return render(request, "portal/link_gone.html", {"what": "link"}, status=404)
    except ApiError as refused:
        form.refuse(refused)
    return render(request, "portal/reset.html", {"form": form, "email": email}, status=400 if form.errors else 200)
