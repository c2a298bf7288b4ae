"""Who may see a portal page: signed in, member of a merchant, and in a role that allows it."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache

from audit import context
from merchants.models import Member, User
from merchants.selectors import membership
from merchants.states import Act, may
from mypay.kit.errors import ApiError, NotFound
from portal import sessions

CHOSEN_MERCHANT = "merchant_id"
CONFIRMED_SECONDS = 600
_CONFIRMED_AT = "confirmed_at"
P = ParamSpec("P")
Page = Callable[Concatenate[HttpRequest, Member, P], HttpResponseBase]
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def member_page(page: Page[P]) -> View[P]:
    """A page of the signed-in user's merchant, which it is given; never kept by any cache.

    Signed out: to the sign-in page. Without a merchant: a page that says so. What the page's
    reads refuse becomes a page too: NotFound the 404, anything else its message.
    """

    @wraps(page)
    def view(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        user = request.user
        member = membership(user, request.session.get(CHOSEN_MERCHANT)) if isinstance(user, User) else None
        if member is None:
            return render(request, "portal/no_merchant.html", status=403)
        if isinstance(user, User):
            member.user = user  # was read with the session
        context.acts(actor_type="user", actor_id=str(user.pk), merchant_id=member.merchant_id)
        sessions.look(request)
        try:
            return page(request, member, *args, **kwargs)
        except NotFound as refused:
            raise Http404(refused.message) from None
        except ApiError as refused:
            return render(request, "portal/refused.html", {"member": member, "message": refused.message}, status=refused.status)

    return never_cache(login_required(view))


def acting(act: Act) -> Callable[[Page[P]], View[P]]:
    """A member's page that only some roles may use; the others get the 403 page."""

    def decorate(page: Page[P]) -> View[P]:
        @wraps(page)
        def allowed(request: HttpRequest, member: Member, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not may(member.role, act):
                raise PermissionDenied
            return page(request, member, *args, **kwargs)

        return member_page(allowed)

    return decorate


def demand(member: Member, act: Act) -> None:
    """For a page that all may see and some may change: the 403 page for the others' changes."""
    if not may(member.role, act):
        raise PermissionDenied


def confirmed(page: Page[P]) -> Page[P]:
    """Asks for the user's password first, unless it was given in this session a few minutes ago.

    Goes between `acting` and the page. A form that comes too late is asked for again.
    """

    @wraps(page)
    def guarded(request: HttpRequest, member: Member, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if is_confirmed(request):
            return page(request, member, *args, **kwargs)
        return ask_password(request)

    return guarded


def ask_password(request: HttpRequest) -> HttpResponseBase:
    """To the page that asks for the password, which leads back: to the page itself, or to the one whose form was sent."""
    back = request.get_full_path() if request.method in ("GET", "HEAD") else _sent_from(request)
    return redirect(f"{reverse('portal:confirm')}?{urlencode({'next': back})}")


def _sent_from(request: HttpRequest) -> str:
    sender = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(sender, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return sender if is_ours and sender else request.get_full_path()


def is_confirmed(request: HttpRequest) -> bool:
    """Whether the user gave the password within the last minutes."""
    return float(request.session.get(_CONFIRMED_AT, 0)) > time.time() - CONFIRMED_SECONDS


def confirm(request: HttpRequest) -> None:
    """The user has just given the password."""
    request.session[_CONFIRMED_AT] = time.time()
