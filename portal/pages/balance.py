"""The ledger as a merchant sees it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from merchants.models import Member
from portal import selectors
from portal.access import member_page
from portal.links import Tab, page_url, paging

CURRENCY = "PKR"


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
