"""Refunds: the list, and one with its timeline."""

import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from merchants.models import Member
from payments.models import Refund
from payments.render import refund_json
from payments.selectors import get_refund
from portal import meaning, searches
from portal.access import member_page
from portal.lists import listed
from portal.money_forms import RefundFilters
from portal.parts import Detail, details
from portal.timeline import timeline


@require_safe
@member_page
def refunds(request: HttpRequest, member: Member) -> HttpResponse:
    """All refunds, newest first."""
    shown = listed(request, member.merchant, "refunds", RefundFilters(request.GET), searches.refunds)
    return render(request, "portal/refunds.html", {"member": member, **shown})


@require_safe
@member_page
def refund(request: HttpRequest, member: Member, refund_id: str) -> HttpResponse:
    """One refund and everything that became of it."""
    found = get_refund(member.merchant, refund_id)
    shown = {
        "refund": found,
        "meaning": meaning.of_refund(found),
        "rows": _details(found),
        "moments": timeline(member.merchant, found),
        "metadata": json.dumps(found.metadata, indent=2, ensure_ascii=False) if found.metadata else "",
        "as_json": json.dumps(refund_json(found), indent=2, ensure_ascii=False),
    }
    return render(request, "portal/refund.html", {"member": member, **shown})


def _details(refund: Refund) -> list[Detail]:
    return details(
        Detail("Payment", refund.payment.checkout.reference, url=reverse("portal:payment", args=[refund.payment_id])),
        Detail("Refund id", str(refund.pk), is_code=True, copies=True),
        Detail("Reason", refund.reason),
        Detail("Method", refund.payment.get_method_display()),
        Detail("Payer", refund.payment.payer),
        Detail("Created", at=refund.created_at),
        Detail("Last change", at=refund.updated_at),
    )
