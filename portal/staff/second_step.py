"""The second step of staff's sign-in: a code, before there is a session that opens anything.

Between the two steps the session knows only whose password was right, for five minutes.
"""

import time
from typing import Any

import django_otp
from django.contrib import admin
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from audit import context
from audit.services.record import record
from audit.tags import Tag
from merchants.errors import TooManyAttempts
from merchants.models import User
from merchants.services.second_factor import has_second_factor, verify
from mypay.settings import environment
from portal.staff.forms import CodeForm

_PENDING = "staff_second_step"
_SECONDS = 300
_BACKEND = "django.contrib.auth.backends.ModelBackend"


def is_needed(user: User) -> bool:
    """Whether the password alone does not sign in."""
    return has_second_factor(user)


def is_verified(request: HttpRequest) -> bool:
    """Whether this session was opened with a second factor."""
    return django_otp.DEVICE_ID_SESSION_KEY in request.session


def gate(request: HttpRequest, user: User) -> str:
    """The page that a signed-in member of staff has to go to first; empty: none."""
    if is_verified(request):
        return ""
    if has_second_factor(user):
        return "admin:second_step"
    return "admin:security" if environment.ADMIN_REQUIRE_2FA else ""


def begin(request: HttpRequest, user: User, onwards: str) -> None:
    """The password was right: wait for the code."""
    request.session.cycle_key()
    request.session[_PENDING] = {"user": user.pk, "hash": user.get_session_auth_hash(), "next": onwards, "at": time.time()}


def signed_in(user: User) -> None:
    """Tell the audit trail."""
    context.acts(actor_type="admin", actor_id=str(user.pk))
    record(tag=Tag.USER_LOGGED_IN, resource_id=user.pk)


@sensitive_post_parameters("code")
@never_cache
@csrf_protect
@require_http_methods(["GET", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Asks for the code of who has given the password, or is signed in without one."""
    user, onwards = _who(request)
    if user is None:
        return redirect(f"{reverse('admin:login')}?next={reverse('admin:index')}")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        context.acts(actor_type="admin", actor_id=str(user.pk))
        try:
            if verify(user, form.cleaned_data["code"]):
                return _let_in(request, user, onwards)
            form.add_error("code", "This code is wrong or was used before.")
        except TooManyAttempts as refused:
            form.add_error("code", "Too many wrong codes. Please try again in a few minutes.")
            return _shown(request, form, 429, refused.retry_after)
    return _shown(request, form, 400 if form.errors else 200)


def _who(request: HttpRequest) -> tuple[User | None, str]:
    pending: dict[str, Any] = request.session.get(_PENDING) or {}
    if pending and time.time() - float(pending["at"]) < _SECONDS:
        user = User.objects.filter(pk=pending["user"], is_active=True, is_staff=True).first()
        if user is not None and constant_time_compare(user.get_session_auth_hash(), pending["hash"]):
            return user, str(pending["next"])
    signed = request.user
    is_open = isinstance(signed, User) and signed.is_staff and signed.is_active and not is_verified(request) and is_needed(signed)
    return (signed if is_open and isinstance(signed, User) else None), request.GET.get("next", "")


def _let_in(request: HttpRequest, user: User, onwards: str) -> HttpResponse:
    request.session.pop(_PENDING, None)
    if request.user.pk == user.pk:
        django_otp.login(request, user.otp_device)  # type: ignore[attr-defined]
    else:
        login(request, user, backend=_BACKEND)
        django_otp.login(request, user.otp_device)  # type: ignore[attr-defined]
        signed_in(user)
    is_ours = url_has_allowed_host_and_scheme(onwards, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return redirect(onwards if is_ours else reverse("admin:index"))


def _shown(request: HttpRequest, form: CodeForm, status: int, wait: int | None = None) -> HttpResponse:
    shown = {**admin.site.each_context(request), "title": "Second step", "form": form}
    response = TemplateResponse(request, "admin/second_step.html", shown, status=status)
    if wait is not None:
        response["Retry-After"] = str(wait)
    return response
