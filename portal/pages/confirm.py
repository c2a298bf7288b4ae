"""The password again, before something that needs it."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from merchants.models import Member
from portal.access import confirm, member_page
from portal.forms import ConfirmPasswordForm
from portal.pages.sign_in import ours, waiting


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def confirm_password(request: HttpRequest, member: Member) -> HttpResponse:
    """Asks for the user's password and goes on to `next`, a page of ours."""
    form = ConfirmPasswordForm(request.POST if request.method == "POST" else None, member=member)
    if request.method == "POST" and form.is_valid():
        confirm(request)
        return HttpResponseRedirect(_next(request))
    shown = {"member": member, "form": form, "next": _next(request)}
    return waiting(render(request, "portal/confirm.html", shown, status=400 if form.errors else 200), form.wait)


def _next(request: HttpRequest) -> str:
    return ours(request, request.POST.get("next") or request.GET.get("next") or "")
