"""The landing page and the merchant portal, thin: read the request, ask the selectors, render."""

import json

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from audit import context
from audit.services.record import record
from audit.tags import Tag
from merchants.models import Member
from merchants.selectors import api_keys, membership
from merchants.services.issue_key import reveal_key
from payouts.render import payout_json
from payouts.selectors import get_payout
from payouts.states import PayoutStatus
from portal import quickstart, selectors
from portal.access import may_reveal_keys, member_page
from portal.forms import ConfirmPasswordForm, SignInForm
from portal.links import Tab, page_url, paging
from portal.timeline import timeline

CURRENCY = "PKR"


@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """What this is, where everything is, and a first payout to copy."""
    base_url = request.build_absolute_uri("/").rstrip("/")
    told = {"curl": quickstart.curl(base_url), "samples": quickstart.samples(), "is_demo": quickstart.is_demo()}
    return render(request, "landing.html", told)


class SignIn(LoginView):
    """Sign in by e-mail address and password; both ends are audited, guessing is slowed down."""

    template_name = "portal/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        user = form.get_user()
        member = membership(user)
        merchant_id = member.merchant_id if member else None
        context.acts(actor_type="user", actor_id=str(user.pk), merchant_id=merchant_id)
        record(tag=Tag.USER_LOGGED_IN, resource_id=user.pk, merchant_id=merchant_id)
        return super().form_valid(form)

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        return _waiting(super().form_invalid(form), getattr(form, "wait", None))


def _waiting(response: HttpResponse, seconds: int | None) -> HttpResponse:
    """The answer as it is, or as 429 with Retry-After after too many wrong passwords."""
    if seconds is not None:
        response.status_code = 429
        response["Retry-After"] = str(seconds)
    return response


@require_safe
@member_page
def home(request: HttpRequest, member: Member) -> HttpResponse:
    """Balances, the newest payouts and the clock."""
    merchant = member.merchant
    shown = {
        "balances": selectors.balances(merchant),
        "payouts": selectors.latest_payouts(merchant),
        "clock": selectors.merchant_clock(merchant),
    }
    return render(request, "portal/home.html", {"member": member, **shown})


@require_safe
@member_page
def payouts(request: HttpRequest, member: Member) -> HttpResponse:
    """All payouts, by status and reference."""
    status = request.GET.get("status", "").upper()
    search = request.GET.get("q", "").strip()[:255]
    cursor = request.GET.get("cursor", "")
    page = selectors.payouts_page(member.merchant, status=status, search=search, cursor=cursor)
    shown = {
        "page": page,
        "status": status,
        "search": search,
        "tabs": _status_tabs(status, search),
        **paging(cursor, page.pagination["nextCursor"], reverse("portal:payouts"), {"status": status, "q": search}),
    }
    return render(request, "portal/payouts.html", {"member": member, **shown})


def _status_tabs(current: str, search: str) -> list[Tab]:
    choices = [("", "All"), *PayoutStatus.choices]
    return [
        Tab(str(label), page_url(reverse("portal:payouts"), {"status": value, "q": search}), value == current) for value, label in choices
    ]


@require_safe
@member_page
def payout(request: HttpRequest, member: Member, payout_id: str) -> HttpResponse:
    """One payout and everything that became of it."""
    found = get_payout(member.merchant, payout_id)
    shown = {
        "payout": found,
        "moments": timeline(member.merchant, found.pk),
        "as_json": json.dumps(payout_json(found), indent=2, ensure_ascii=False),
        "metadata": json.dumps(found.metadata, indent=2, ensure_ascii=False) if found.metadata else "",
    }
    return render(request, "portal/payout.html", {"member": member, **shown})


@require_safe
@member_page
def history(request: HttpRequest, member: Member) -> HttpResponse:
    """The ledger of one of the merchant's balances."""
    merchant, path = member.merchant, reverse("portal:history")
    held = [balance.currency for balance in selectors.balances(merchant)]
    if not held:
        return render(request, "portal/history.html", {"member": member})
    currency = request.GET.get("currency", CURRENCY if CURRENCY in held else held[0])
    cursor = request.GET.get("cursor", "")
    page = selectors.history_page(merchant, currency, cursor)
    shown = {
        "page": page,
        "currency": currency,
        "tabs": [Tab(code, page_url(path, {"currency": code}), code == currency) for code in held if len(held) > 1],
        **paging(cursor, page.pagination["nextCursor"], path, {"currency": currency}),
    }
    return render(request, "portal/history.html", {"member": member, **shown})


@require_safe
@member_page
def keys(request: HttpRequest, member: Member) -> HttpResponse:
    """The merchant's API keys, masked."""
    shown = {"keys": api_keys(member.merchant), "may_reveal": may_reveal_keys(member)}
    return render(request, "portal/keys.html", {"member": member, **shown})


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@member_page
def key(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    """One key: asks for the user's password, then shows the key in clear on that one answer."""
    row = selectors.api_key(member.merchant, pk)
    if not may_reveal_keys(member):
        raise PermissionDenied
    form = ConfirmPasswordForm(request.POST if request.method == "POST" else None, member=member)
    shown = {"member": member, "key": row, "form": form}
    if request.method != "POST":
        return render(request, "portal/key.html", shown)
    if not form.is_valid():
        return _waiting(render(request, "portal/key.html", shown, status=400), form.wait)
    return render(request, "portal/key.html", {**shown, "clear": reveal_key(row)})
