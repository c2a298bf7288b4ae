"""Signing in to the portal, in one step or two, and out."""

import time

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from audit import context
from audit.services.record import record
from audit.tags import Tag
from merchants.errors import TooManyAttempts
from merchants.models import User
from merchants.selectors import flag_is_on
from merchants.services.second_factor import has_second_factor, verify
from merchants.services.sessions import forget_session
from merchants.states import FlagKey
from portal import sessions
from portal.account_forms import CodeForm
from portal.forms import SignInForm

_WAITING = "second_step"
_WAITING_SECONDS = 600


class SignIn(LoginView):
    """Sign in by e-mail address and password; both ends are audited, guessing is slowed down.

    A user with a second factor is signed in by the next page, not before.
    """

    template_name = "portal/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        user = form.get_user()
        if has_second_factor(user):
            self.request.session.cycle_key()
            known = {"user": user.pk, "auth": user.get_session_auth_hash(), "at": time.time(), "next": self.get_success_url()}
            self.request.session[_WAITING] = known
            return redirect("portal:code")
        sessions.begin(self.request, user)
        return HttpResponseRedirect(self.get_success_url())

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        return waiting(super().form_invalid(form), getattr(form, "wait", None))

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        return {**super().get_context_data(**kwargs), "may_register": flag_is_on(FlagKey.SELF_REGISTRATION)}


@sensitive_post_parameters("code")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """The second step: a code of the user's app, or a recovery code, for whoever has just given the password."""
    user = _halfway(request)
    if user is None:
        request.session.pop(_WAITING, None)
        return redirect("portal:login")
    form, wait = CodeForm(request.POST if request.method == "POST" else None), None
    if request.method == "POST" and form.is_valid():
        try:
            if verify(user, form.cleaned_data["code"]):
                known = request.session.pop(_WAITING)
                sessions.begin(request, user)
                return HttpResponseRedirect(known["next"])
            form.add_error("code", "The code is wrong or was used before.")
        except TooManyAttempts as refused:
            wait = refused.retry_after
            form.add_error("code", "Too many wrong codes. Please try again in a few minutes.")
    return waiting(render(request, "portal/code.html", {"form": form}, status=400 if form.errors else 200), wait)


def _halfway(request: HttpRequest) -> User | None:
    """Who gave the right password in this session a few minutes ago, if it is still the right one."""
    known = request.session.get(_WAITING)
    if known is None or time.time() - known["at"] > _WAITING_SECONDS:
        return None
    user = User.objects.filter(pk=known["user"], is_active=True).first()
    return user if user is not None and constant_time_compare(user.get_session_auth_hash(), known["auth"]) else None


class SignOut(LogoutView):
    """Sign out; audited."""

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if isinstance(request.user, User):
            context.acts(actor_type="user", actor_id=str(request.user.pk))
            forget_session(key=request.session.session_key or "")
            record(tag=Tag.USER_LOGGED_OUT, resource_id=request.user.pk)
        return super().post(request, *args, **kwargs)


def ours(request: HttpRequest, target: str) -> str:
    """The target if it is a page of ours, else the portal's first."""
    is_ours = url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return target if is_ours else resolve_url("portal:home")


def waiting(response: HttpResponse, seconds: int | None) -> HttpResponse:
    """The answer as it is, or as 429 with Retry-After after too many wrong passwords."""
    if seconds is not None:
        response.status_code = 429
        response["Retry-After"] = str(seconds)
    return response
