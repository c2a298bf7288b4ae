"""API keys: the list, and one in clear."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from merchants.models import Member
from merchants.selectors import api_keys
from merchants.services.issue_key import reveal_key
from merchants.states import Act, may
from portal import selectors
from portal.access import member_page
from portal.forms import ConfirmPasswordForm
from portal.pages.sign_in import waiting


@require_safe
@member_page
def keys(request: HttpRequest, member: Member) -> HttpResponse:
    """The merchant's API keys, masked."""
    shown = {"keys": api_keys(member.merchant), "may_reveal": may(member.role, Act.REVEAL_KEYS)}
    return render(request, "portal/keys.html", {"member": member, **shown})


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def key(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    """One key: asks for the user's password, then shows the key in clear on that one answer."""
    row = selectors.api_key(member.merchant, pk)
    if not may(member.role, Act.REVEAL_KEYS):
        raise PermissionDenied
    form = ConfirmPasswordForm(request.POST if request.method == "POST" else None, member=member)
    shown = {"member": member, "key": row, "form": form}
    if request.method != "POST":
        return render(request, "portal/key.html", shown)
    if not form.is_valid():
        return waiting(render(request, "portal/key.html", shown, status=400), form.wait)
    return render(request, "portal/key.html", {**shown, "clear": reveal_key(row)})
