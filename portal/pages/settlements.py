"""The portal's settlement pages, thin: what settled, its statement, as a page, as a file and to print."""

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from merchants.models import Member
from mypay.kit.exports import csv_file
from payments.pending import upcoming
from payments.selectors import get_settlement, list_settlements
from payments.settlement_render import LINE_COLUMNS, line_cells
from payments.statements import Statement, totals
from portal import meaning
from portal.access import member_page
from portal.links import Tab, page_url, paging
from portal.parts import exports
from portal.timeline import timeline

PRINTED_LINES = 2000


@require_safe
@member_page
def settlements(request: HttpRequest, member: Member) -> HttpResponse:
    """What has settled, newest first, and what will."""
    path, pending = reverse("portal:settlements"), upcoming(member.merchant)
    currency, cursor = request.GET.get("currency", "").upper()[:5], request.GET.get("cursor", "")
    page = list_settlements(member.merchant, {"currency": currency, "cursor": cursor})
    choices = [("", "All"), *((row.currency, row.currency) for row in pending)] if len(pending) > 1 else []
    shown = {
        "page": page,
        "pending": pending,
        "currency": currency,
        "exports": exports(reverse("portal:settlements-file"), {"currency": currency} if currency else {}),
        "tabs": [Tab(label, page_url(path, {"currency": code}), code == currency) for code, label in choices],
        **paging(cursor, page.pagination["nextCursor"], path, {"currency": currency}),
    }
    return render(request, "portal/settlements.html", {"member": member, **shown})


@require_safe
@member_page
def settlement(request: HttpRequest, member: Member, settlement_id: str) -> HttpResponse:
    """One settlement: its sums and the lines of its statement."""
    found = get_settlement(member.merchant, settlement_id)
    statement, cursor = Statement(found), request.GET.get("cursor", "")
    page = statement.page({"cursor": cursor})
    links = paging(cursor, page.pagination["nextCursor"], reverse("portal:settlement", args=[found.pk]), {})
    told = {"meaning": meaning.of_settlement(found), "moments": timeline(member.merchant, found)}
    shown = {"settlement": found, "lines": page.rows, "line_count": statement.count, **told, **links}
    return render(request, "portal/settlement.html", {"member": member, **shown})


@require_safe
@member_page
def statement_print(request: HttpRequest, member: Member, settlement_id: str) -> HttpResponse:
    """The statement on paper, with the sums of its lines."""
    found = get_settlement(member.merchant, settlement_id)
    statement = Statement(found)
    lines = statement.first(PRINTED_LINES)
    shown = {"settlement": found, "lines": lines, "totals": totals(lines), "line_count": statement.count}
    return render(request, "portal/statement.html", {"member": member, **shown})


@require_safe
@member_page
def statement_file(request: HttpRequest, member: Member, settlement_id: str) -> StreamingHttpResponse:
    """The whole statement as CSV, as the API gives it."""
    found = get_settlement(member.merchant, settlement_id)
    lines = (line_cells(line, found.currency) for line in Statement(found))
    return csv_file(LINE_COLUMNS, lines, name=f"settlement-{found.pk}")
