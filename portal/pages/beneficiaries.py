"""Beneficiaries: whom the merchant pays again and again."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from merchants.models import Member
from merchants.states import Act, may
from mypay.kit.api import Reply
from mypay.kit.exports import export
from mypay.kit.idempotency import Claim
from payouts.export import BENEFICIARY_COLUMNS, beneficiary_cells
from payouts.render import beneficiary_json
from payouts.selectors import find_beneficiaries, get_beneficiary, list_beneficiaries
from payouts.services.beneficiaries import add_by_claim, change_by_claim, remove_beneficiary
from portal.access import acting, member_page
from portal.acts import act
from portal.links import paging
from portal.parts import exports
from portal.payout_forms import BeneficiaryFilters, BeneficiaryForm, of_beneficiary


@require_safe
@member_page
def beneficiaries(request: HttpRequest, member: Member) -> HttpResponse:
    """All beneficiaries, newest first."""
    path, filters = reverse("portal:beneficiaries"), BeneficiaryFilters(request.GET)
    query, cursor = filters.query(), request.GET.get("cursor", "")
    page = list_beneficiaries(member.merchant, {**query, "cursor": cursor})
    shown = {
        "page": page,
        "filters": filters,
        "query": query,
        "clear_url": path if query else "",
        "exports": exports(reverse("portal:beneficiaries-file"), query) if page.rows else [],
        "may_pay": may(member.role, Act.MOVE_MONEY),
        **paging(cursor, page.pagination["nextCursor"], path, query),
    }
    return render(request, "portal/beneficiaries.html", {"member": member, **shown})


@require_safe
@member_page
def beneficiaries_file(request: HttpRequest, member: Member) -> StreamingHttpResponse:
    """The list as CSV or JSON, streamed."""
    rows = find_beneficiaries(member.merchant, BeneficiaryFilters(request.GET).query())
    format = request.GET.get("format", "csv")
    return export(rows, name="beneficiaries", format=format, columns=BENEFICIARY_COLUMNS, cells=beneficiary_cells, item=beneficiary_json)


@require_http_methods(["GET", "HEAD", "POST"])
@acting(Act.MOVE_MONEY)
def new_beneficiary(request: HttpRequest, member: Member) -> HttpResponse:
    """Add a beneficiary by a form."""
    form = BeneficiaryForm(request.POST if request.method == "POST" else None)

    def call(claim: Claim) -> Reply:
        return add_by_claim(merchant=member.merchant, body=form.body(), claim=claim)

    if form.is_bound and act(request, member, form, call):
        messages.success(request, f"{form.cleaned_data['name']} is a beneficiary now.")
        return redirect("portal:beneficiaries")
    shown = {"form": form, "title": "New beneficiary"}
    return render(request, "portal/beneficiary.html", {"member": member, **shown}, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@acting(Act.MOVE_MONEY)
def beneficiary(request: HttpRequest, member: Member, beneficiary_id: str) -> HttpResponse:
    """Change a beneficiary's name or account, or remove it."""
    row = get_beneficiary(member.merchant, beneficiary_id)
    form = BeneficiaryForm(request.POST if request.method == "POST" else None, initial=of_beneficiary(row))

    def call(claim: Claim) -> Reply:
        return change_by_claim(merchant=member.merchant, beneficiary_id=str(row.pk), body=form.body(), claim=claim)

    if form.is_bound and act(request, member, form, call):
        messages.success(request, "The beneficiary is changed.")
        return redirect("portal:beneficiaries")
    shown = {"form": form, "title": row.name, "row": row}
    return render(request, "portal/beneficiary.html", {"member": member, **shown}, status=400 if form.errors else 200)


@require_POST
@acting(Act.MOVE_MONEY)
def remove(request: HttpRequest, member: Member, beneficiary_id: str) -> HttpResponse:
    """Take a beneficiary off the list; what was paid stays."""
    row = remove_beneficiary(merchant=member.merchant, beneficiary_id=beneficiary_id)
    messages.success(request, f"{row.name} is no beneficiary any more.")
    return redirect("portal:beneficiaries")
