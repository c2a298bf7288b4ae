"""Staff's own second factor: enrol, new recovery codes, take it away."""

from typing import Any, cast

import django_otp
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from merchants.errors import TooManyAttempts
from merchants.models import User
from merchants.services import second_factor
from mypay.settings import environment
from portal.staff import second_step
from portal.staff.forms import EnrolForm, PasswordForm


@sensitive_post_parameters("password", "code")
@sensitive_variables("codes")
@require_http_methods(["GET", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """What the user has, and the forms to change it; each asks for the password."""
    user = cast(User, request.user)
    has_one = second_factor.has_second_factor(user)
    if has_one and not second_step.is_verified(request):
        return redirect("admin:second_step")
    act = request.POST.get("act", "") if request.method == "POST" else ""
    if not has_one:
        return _enrol(request, user, is_sent=act == "enrol")
    forms = {name: PasswordForm(request.POST if act == name else None, user=user, prefix=None) for name in ("codes", "disable")}
    if act == "codes" and forms["codes"].is_valid():
        return _shown(request, {"codes": second_factor.new_recovery_codes(user), "has_one": True})
    if act == "disable" and not environment.ADMIN_REQUIRE_2FA and forms["disable"].is_valid():
        second_factor.disable(user)
        request.session.pop(django_otp.DEVICE_ID_SESSION_KEY, None)
        messages.success(request, "The second factor is gone: your password alone signs you in.")
        return redirect("admin:security")
    shown = {"forms": forms, "has_one": True, "left": second_factor.recovery_codes_left(user)}
    return _shown(request, shown, 400 if any(form.errors for form in forms.values()) else 200)


def _enrol(request: HttpRequest, user: User, *, is_sent: bool) -> HttpResponse:
    form = EnrolForm(request.POST if is_sent else None, user=user)
    if is_sent and form.is_valid():
        try:
            if second_factor.confirm_enrolment(user, form.cleaned_data["code"]):
                django_otp.login(request, user.otp_device)  # type: ignore[attr-defined]
                return _shown(request, {"codes": second_factor.new_recovery_codes(user), "has_one": True})
            form.add_error("code", "This code is wrong: enter the one that the app shows now.")
        except TooManyAttempts as refused:
            form.add_error("code", refused.message)
    shown = {"form": form, "enrolment": second_factor.enrol(user), "has_one": False}
    return _shown(request, shown, 400 if form.errors else 200)


def _shown(request: HttpRequest, shown: dict[str, Any], status: int = 200) -> HttpResponse:
    more = {"title": "Sign-in and security", "is_required": environment.ADMIN_REQUIRE_2FA}
    return TemplateResponse(request, "admin/security.html", {**admin.site.each_context(request), **more, **shown}, status=status)
