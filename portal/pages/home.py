"""The portal's first page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from merchants.models import Member
from portal import selectors
from portal.access import member_page


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
