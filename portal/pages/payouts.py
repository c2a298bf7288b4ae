"""Payouts: the list, and one with its timeline."""

import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from merchants.models import Member
from payouts.render import payout_json
from payouts.selectors import get_payout
from payouts.states import PayoutStatus
from portal import selectors
from portal.access import member_page
from portal.links import Tab, page_url, paging
from portal.timeline import timeline


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
