"""Joining a merchant's team by the link of an invitation."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from audit import context
from merchants.models import Invitation, Member, User
from merchants.services.team import invitation_of, join, join_as_new
from mypay.kit.errors import ApiError, NotFound
from portal import sessions
from portal.access import CHOSEN_MERCHANT
from portal.account_forms import JoinForm


@sensitive_post_parameters("password", "again")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """Who has a login at the invited address joins with it; anybody else makes one here."""
    try:
        invitation = invitation_of(token)
        if isinstance(request.user, User):
            return _with_login(request, request.user, token, invitation)
        if User.objects.filter(email=invitation.email).exists():
            return render(request, "portal/join.html", {"invitation": invitation, "must_sign_in": True, "token": token})
        return _as_new(request, token, invitation)
    except NotFound:
        return render(request, "portal/link_gone.html", {"what": "invitation"}, status=404)


def _with_login(request: HttpRequest, user: User, token: str, invitation: Invitation) -> HttpResponse:
    is_other = user.email != invitation.email
    if request.method == "POST" and is_other:
        return redirect("portal:join", token)
    if request.method != "POST":
        return render(request, "portal/join.html", {"invitation": invitation, "token": token, "is_other": is_other})
    context.acts(actor_type="user", actor_id=str(user.pk), merchant_id=invitation.merchant_id)
    return _joined(request, join(token=token, user=user))


def _as_new(request: HttpRequest, token: str, invitation: Invitation) -> HttpResponse:
    form = JoinForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            member = join_as_new(token=token, name=form.cleaned_data["name"], password=form.cleaned_data["password"])
            sessions.begin(request, member.user, merchant_id=member.merchant_id)
            return _joined(request, member)
        except NotFound:
            raise
        except ApiError as refused:
            form.refuse(refused)
    return render(request, "portal/join.html", {"invitation": invitation, "form": form}, status=400 if form.errors else 200)


def _joined(request: HttpRequest, member: Member) -> HttpResponse:
    request.session[CHOSEN_MERCHANT] = member.merchant_id
    messages.success(request, f"You now work for {member.merchant.company_name}.")
    return redirect("portal:home")
