"""How the user signs in: password, second factor, sessions."""

import django_otp
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from merchants.errors import TooManyAttempts
from merchants.models import Member
from merchants.selectors import sessions_of
from merchants.services import second_factor
from merchants.services.change_profile import Profile, change_profile
from merchants.services.sessions import end_other_sessions, end_session
from mypay.kit.errors import ApiError
from portal import sessions
from portal.access import confirmed, member_page
from portal.account_forms import ChangePasswordForm, CodeForm
from portal.pages.sign_in import waiting


@require_safe
@member_page
def security(request: HttpRequest, member: Member) -> HttpResponse:
    """Password, second factor, and where the user is signed in."""
    user = member.user
    shown = {
        "has_second_factor": second_factor.has_second_factor(user),
        "codes_left": second_factor.recovery_codes_left(user),
        "sessions": sessions_of(user, request.session.session_key or ""),
    }
    return render(request, "portal/security.html", {"member": member, **shown})


@sensitive_post_parameters("current", "password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def password(request: HttpRequest, member: Member) -> HttpResponse:
    """A new password; everything else that was signed in with the old one ends."""
    form, wait = ChangePasswordForm(request.POST if request.method == "POST" else None), None
    if request.method == "POST" and form.is_valid():
        given = Profile(current_password=form.cleaned_data["current"], new_password=form.cleaned_data["password"])
        try:
            change_profile(member=member, profile=given, keep_session=request.session.session_key or "")
        except TooManyAttempts as refused:
            wait = refused.retry_after
            form.add_error("current", "Too many wrong passwords. Please try again in a few minutes.")
        except ApiError as refused:
            form.refuse(refused)
        else:
            sessions.renew(request, member.user)
            messages.success(request, "Your password is changed. You are signed out everywhere else.")
            return redirect("portal:security")
    return waiting(render(request, "portal/password.html", {"member": member, "form": form}, status=400 if form.errors else 200), wait)


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@member_page
@confirmed
def app(request: HttpRequest, member: Member) -> HttpResponse:
    """Adds an authenticator app: its QR code, and a code of it; then the recovery codes, this once."""
    form, wait, user = CodeForm(request.POST if request.method == "POST" else None), None, member.user
    if request.method == "POST" and form.is_valid():
        try:
            if second_factor.confirm_enrolment(user, form.cleaned_data["code"]):
                django_otp.login(request, user.otp_device)  # type: ignore[attr-defined]
                return _show_codes(request, member)
            form.add_error("code", "This is not the app's present code. Check the phone's time, and take the next code.")
        except TooManyAttempts as refused:
            wait = refused.retry_after
            form.add_error("code", "Too many wrong codes. Please try again in a few minutes.")
    enrolment = second_factor.enrol(user)
    shown = {"member": member, "form": form, "secret": enrolment.secret, "svg": mark_safe(enrolment.svg)}  # our own SVG
    return waiting(render(request, "portal/app.html", shown, status=400 if form.errors else 200), wait)


@require_POST
@member_page
@confirmed
def new_codes(request: HttpRequest, member: Member) -> HttpResponse:
    """Ten new recovery codes, shown this once."""
    if not second_factor.has_second_factor(member.user):
        return redirect("portal:security")
    return _show_codes(request, member)


@require_POST
@member_page
@confirmed
def disable(request: HttpRequest, member: Member) -> HttpResponse:
    """From now on the password alone signs in."""
    second_factor.disable(member.user)
    request.session.pop(django_otp.DEVICE_ID_SESSION_KEY, None)
    messages.success(request, "Two-step sign-in is off.")
    return redirect("portal:security")


@require_POST
@member_page
def end_one(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    """Signs out of one session."""
    end_session(user=member.user, pk=pk)
    messages.success(request, "That session is signed out.")
    return redirect("portal:security")


@require_POST
@member_page
def end_others(request: HttpRequest, member: Member) -> HttpResponse:
    """Signs out of every session but this one, and of all tokens."""
    end_other_sessions(user=member.user, keep=request.session.session_key or "")
    sessions.renew(request, member.user)
    messages.success(request, "You are signed out everywhere else.")
    return HttpResponseRedirect(reverse("portal:security"))


def _show_codes(request: HttpRequest, member: Member) -> HttpResponse:
    codes = second_factor.new_recovery_codes(member.user)
    return render(request, "portal/recovery_codes.html", {"member": member, "codes": codes, "text": "\n".join(codes)})
