"""Who may see a portal page: signed in, member of a merchant, and in a role that allows it."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from audit import context
from merchants.models import Member, User
from merchants.selectors import membership
from merchants.states import MAY_REVEAL_KEYS
from mypay.kit.errors import ApiError, NotFound

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
        member = membership(user) if isinstance(user, User) else None
        if member is None:
            return render(request, "portal/no_merchant.html", status=403)
        context.acts(actor_type="user", actor_id=str(user.pk), merchant_id=member.merchant_id)
        try:
            return page(request, member, *args, **kwargs)
        except NotFound as refused:
            raise Http404(refused.message) from None
        except ApiError as refused:
            return render(request, "portal/refused.html", {"member": member, "message": refused.message}, status=refused.status)

    return never_cache(login_required(view))


def may_reveal_keys(member: Member) -> bool:
    """Whether the member's role may see a key in clear."""
    return member.role in MAY_REVEAL_KEYS
